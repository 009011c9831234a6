// Model URIs of Hugging Face: hf://<owner>/<model>[:<revision>][/<path>].
import type { ModelUri } from './model-uri.ts';
import { readUriPath, uriProblem } from './uri-path.ts';

/** huggingface_hub validate_repo_id: neither "-" nor "." at an end, neither twice. */
const repositoryName = /^(?=.{1,96}$)[A-Za-z0-9_](?:[A-Za-z0-9_]|[.-](?![.-]))*(?<![.-])$/;

/** A branch, tag or commit; git check-ref-format, without what would need encoding. */
const revisionPart = /^(?!.*\.\.)[A-Za-z0-9_][\w.+-]*$/;

/** Repositories of other kinds, as the hub's own links have them. */
const otherKinds: readonly string[] = ['datasets', 'spaces', 'models', 'kernels', 'buckets'];

const form = 'expected hf://<owner>/<model>[:<revision>][/<path>]';

/**
 * No revision, or an empty one: main. A revision ends at the next "/", but for refs/pr/<n> and refs/convert/<name>; "/" in
 * others is written %2F. The path is taken as it is. @throws OutriggerError MODEL_URI_INVALID
 */
export function readHuggingFaceUri(text: string, rest: string): Extract<ModelUri, { scheme: 'hf' }> {
  const match = /^([^/:]*)\/([^/:]*)(?::(refs\/(?:pr|convert)\/[^/]*|[^/]*))?(\/.*)?$/s.exec(rest);
  const [, owner = '', name = '', given = '', path = ''] = match ?? [];
  if (otherKinds.includes(owner)) throw uriProblem(text, `${owner} of the hub are not models; ${form}`);
  if (!repositoryName.test(owner) || !repositoryName.test(name)) throw uriProblem(text, form);
  const revision = given === '' ? 'main' : given.replaceAll(/%2f/gi, '/');
  if (!revision.split('/').every((part) => revisionPart.test(part))) {
    throw uriProblem(text, `its revision is no name of a branch, tag or commit; ${form}`);
  }
  return { scheme: 'hf', model: `${owner}/${name}`, revision, path: readUriPath(text, path) };
}
