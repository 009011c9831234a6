// Reads a model URI: which store, which path in it. Every form that KServe's storage initializer and agent take.
import { posix } from 'node:path';
import { readAbfsUri } from './azure-uri.ts';
import { readHttpUri } from './http-uri.ts';
import { readHuggingFaceUri } from './hugging-face-uri.ts';
import type { ModelUri } from './model-uri.ts';
import { shownText } from './shown-text.ts';
import { readUriPath, refuseDots, uriProblem } from './uri-path.ts';

const knownForms = 's3://, gs://, https://, http://, abfss://, abfs://, hf://, file:// and absolute paths';

/** Of S3, GCS and what is like them, old and new: also upper case and "_", which some still have. */
const bucketName = /^(?!.*\.\.)[A-Za-z0-9][\w.-]{0,254}$/;

/**
 * Paths have no "/" at either end, '' being all of the bucket. Keys of s3:// and gs:// are taken as they are written, with "%",
 * "?" and "#" in them; paths of http(s) and Azure are percent-encoded, as in every URL. A text that begins with "/" is a path of
 * this machine: KServe mounts a volume of pvc:// and hands over /mnt/pvc/<path>. Line ends behind the URI are dropped.
 * @throws OutriggerError MODEL_URI_INVALID, which shows no secret of the URI
 */
export function readModelUri(given: string): ModelUri {
  const text = given.replace(/[\r\n]+$/, '');
  if (/\p{Cc}/u.test(text) || !text.isWellFormed())
    throw uriProblem(text, 'it holds a control character or no valid Unicode');
  if (text.startsWith('/')) return readFilePath(text, text);
  const [, scheme = '', rest = ''] = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/is.exec(text) ?? [];
  return readOfScheme(text, scheme.toLowerCase(), rest);
}

function readOfScheme(text: string, scheme: string, rest: string): ModelUri {
  switch (scheme) {
    case 's3':
    case 'gs':
      return { scheme, ...readBucket(text, rest) };
    case 'http':
    case 'https':
      return readHttpUri(text);
    case 'abfs':
    case 'abfss':
      return readAbfsUri(text);
    case 'hf':
      return readHuggingFaceUri(text, rest);
    case 'file':
      return readFileUri(text, rest);
    default:
      throw uriProblem(text, scheme === '' ? whyNoScheme(text) : whyUnknown(scheme));
  }
}

function readBucket(text: string, rest: string): { bucket: string; path: string } {
  const slash = rest.indexOf('/');
  const bucket = slash < 0 ? rest : rest.slice(0, slash);
  if (bucket === '') throw uriProblem(text, 'it names no bucket');
  if (!bucketName.test(bucket))
    throw uriProblem(text, 'what stands between "//" and the next "/" is no name of a bucket');
  return { bucket, path: slash < 0 ? '' : readUriPath(text, rest.slice(slash)) };
}

/** RFC 8089; the path is not percent-decoded, as KServe does not. */
function readFileUri(text: string, rest: string): ModelUri {
  const path = rest.replace(/^localhost(?=\/)/i, '');
  if (!path.startsWith('/')) throw uriProblem(text, 'its path is not absolute; write file:///path, with three "/"');
  return readFilePath(text, path);
}

function readFilePath(text: string, path: string): ModelUri {
  refuseDots(text, path);
  const plain = posix.normalize(path).replace(/\/$/, '');
  if (plain === '') throw uriProblem(text, 'it names all of the file system; name a folder or a file');
  return { scheme: 'file', path: plain };
}

/** `s3:/b/p` and relative paths are what is written most by mistake. Nothing of the text is shown: it may begin with a secret. */
function whyNoScheme(text: string): string {
  const [, scheme] = /^(s3|gs|https?|abfss?|hf|file):/i.exec(text) ?? [];
  if (scheme !== undefined) return `two "/" have to follow "${scheme}:"`;
  return `it has no scheme; known are ${knownForms}, which a folder of this machine wants`;
}

function whyUnknown(scheme: string): string {
  switch (scheme) {
    case 'pvc':
      return 'only KServe can resolve pvc://<claim>/<path>: mount the claim and write /mnt/pvc/<path>, or where it is mounted';
    case 'gcs':
      return 'the scheme of Google Cloud Storage is gs://';
    default:
      return `the scheme ${shownText(scheme)}:// is not known; known are ${knownForms}`;
  }
}
