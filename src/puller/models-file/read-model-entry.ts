// One entry of models.json: the model that it wants, or why it cannot be used.
import * as v from 'valibot';
import { OutriggerError } from '../../errors.ts';
import { ownMember } from '../../storage/folder/marker.ts';
import { readModelUri } from '../../storage/uri/read-model-uri.ts';
import { specUri } from '../../storage/uri/redact-uri.ts';
import { shownText } from '../../storage/uri/shown-text.ts';
import { filesKeyOf } from './files-key.ts';
import { folderNameRule, isFolderName } from './folder-name.ts';
import { readQuantityBytes } from './memory-quantity.ts';
import type { RefusedModel, WantedModel } from './wanted-model.ts';

/** What is kept of a spec is written to a marker, by recursion: no deeper than any spec there is. */
const maxSpecDepth = 32;

const URI = 'a text that is not empty';
const MEMORY = 'a Kubernetes quantity such as 1Gi, 500M or 1000000000';
const DEPTH = `at most ${maxSpecDepth} levels of arrays and objects`;

// Each message completes "expected ...".
const modelName = v.pipe(v.string(folderNameRule), v.check(isFolderName, folderNameRule));
const modelSpec = v.pipe(
  v.custom<Readonly<Record<string, unknown>>>(isRecord, 'an object'), // for valibot an array is one, too
  v.looseObject({
    storageUri: v.pipe(v.optional(v.string(URI), ''), v.nonEmpty(URI)),
    framework: v.optional(v.string('a text'), ''),
    memory: v.pipe(
      v.optional(v.union([v.string(), v.number()], MEMORY), ''),
      v.transform((memory) => (memory === '' ? 0 : readQuantityBytes(String(memory)))),
      v.number(MEMORY),
    ),
  }),
  v.check((spec) => isShallow(spec, maxSpecDepth), DEPTH),
);

/** @param index of the entry in the file, from 0 */
export function readModelEntry(entry: unknown, index: number): WantedModel | RefusedModel {
  const place = `models[${index}]`;
  const written = spelled(entry, ['modelName', 'modelSpec']);
  if (!isRecord(written)) return { name: null, reason: `${place}: expected an object, got ${kindOf(entry)}` };
  const named = v.safeParse(modelName, written.modelName);
  const shown = typeof written.modelName === 'string' ? `${place} "${shownText(written.modelName)}"` : place;
  const refused = (why: string) => ({ name: named.success ? named.output : null, reason: `${shown}: ${why}` });
  if (!named.success) return refused(described('modelName', named.issues));
  const asked = spelled(written.modelSpec, ['storageUri', 'framework', 'memory']);
  const read = v.safeParse(modelSpec, asked);
  if (!read.success) return refused(described('modelSpec', read.issues));
  const { storageUri: uri, memory: bytes, framework } = read.output;
  const why = whyNoModelUri(uri);
  if (why !== null) return refused(`modelSpec.storageUri: ${why}`);
  const spec = withoutOwn({ ...(asked as object), storageUri: specUri(uri) });
  const memoryBytes = bytes === 0 ? null : bytes;
  return { name: named.output, uri, spec, filesKey: filesKeyOf(spec), memoryBytes, framework };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Of an object: known names by our spelling, since Go's JSON takes them in any case; the last one counts, null is as good as none. */
function spelled(given: unknown, names: readonly string[]): unknown {
  if (!isRecord(given)) return given;
  const members = new Map<string, unknown>();
  for (const [key, value] of Object.entries(given)) {
    const known = names.find((name) => name.toLowerCase() === key.toLowerCase());
    if (known === undefined) members.set(key, value);
    else if (value !== null) members.set(known, value);
  }
  return Object.fromEntries(members);
}

/** The marker has a member of its own beside those of the spec. */
function withoutOwn(spec: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(spec).filter(([name]) => name !== ownMember));
}

function isShallow(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return levels > 0 && Object.values(value).every((inner) => isShallow(inner, levels - 1));
}

/** The message shows no secret of the URI. */
function whyNoModelUri(uri: string): string | null {
  try {
    readModelUri(uri);
    return null;
  } catch (error) {
    if (error instanceof OutriggerError) return error.message;
    throw error;
  }
}

/** What is there is not quoted: it may be a secret in the wrong place. */
function described(root: string, issues: readonly v.BaseIssue<unknown>[]): string {
  return issues
    .map((issue) => {
      const path = v.getDotPath(issue);
      const got = issue.kind === 'schema' && issue.input !== null ? `, got ${kindOf(issue.input)}` : '';
      return `${path === null ? root : `${root}.${path}`}: expected ${issue.message}${got}`;
    })
    .join('; ');
}

function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
