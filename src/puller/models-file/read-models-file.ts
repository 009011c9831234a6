// The text of models.json to the models that it wants: each entry stands for itself, a broken one stops no other.
import { OutriggerError } from '../../errors.ts';
import { foldedName } from './folder-name.ts';
import { findJsonBreak } from './json-break.ts';
import { readModelEntry } from './read-model-entry.ts';
import type { RefusedModel, WantedModel, WantedModels } from './wanted-model.ts';

/**
 * `[{"modelName": "m", "modelSpec": {"storageUri": "s3://b/m", "framework": "sklearn", "memory": "1G"}}]`, as KServe's agent reads
 * it: names in upper or lower case, other members passed over, `null` an empty set, the last of two entries of one name.
 * @throws OutriggerError MODELS_FILE_INVALID when it is no JSON array; says where, and quotes nothing
 */
export function readModelsFile(text: string): WantedModels {
  const entries = readArray(text.replace(/^\ufeff/, '')).map(readModelEntry);
  const lastOf = new Map(entries.map(({ name }, index) => [name, index]));
  const models = new Map<string, WantedModel>();
  const refused: RefusedModel[] = [];
  const notes: string[] = [];
  for (const [index, entry] of entries.entries()) {
    const { name } = entry;
    const last = lastOf.get(name) ?? index;
    if (name !== null && last !== index)
      notes.push(
        `models[${index}] "${name}" does not count: models[${last}] has the same name, and the last one counts`,
      );
    else if ('reason' in entry) refused.push(entry);
    else models.set(entry.name, entry);
  }
  return { models, refused, notes: [...notes, ...twinNotes(models.keys())] };
}

function readArray(text: string): readonly unknown[] {
  const content = parse(text);
  if (content === null) return []; // Go's nil slice
  if (Array.isArray(content)) return content;
  throw invalid(
    `expected an array of models, got ${typeof content === 'object' ? 'an object' : `a ${typeof content}`}`,
  );
}

/** The parser's own message quotes the text, whose URIs may hold secrets. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const { line, column, expected } = findJsonBreak(Buffer.from(text));
    throw invalid(`no JSON: line ${line}, column ${column}: expected ${expected}`);
  }
}

function invalid(why: string): OutriggerError {
  return new OutriggerError('MODELS_FILE_INVALID', why);
}

/** Not refused: on the file systems of Linux they are two folders, and to every runtime two models. */
function twinNotes(names: Iterable<string>): string[] {
  const seen = new Map<string, string>();
  const notes: string[] = [];
  for (const name of names) {
    const twin = seen.get(foldedName(name));
    if (twin !== undefined)
      notes.push(`"${twin}" and "${name}" are one folder on a volume that tells no upper from lower case`);
    seen.set(foldedName(name), name);
  }
  return notes;
}
