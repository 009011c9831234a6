// models.json: can it be read, which entries are wrong, and do the stores that it names answer?
import { readFile } from 'node:fs/promises';
import type { PullerConfig } from '../config/slices.ts';
import { OutriggerError } from '../errors.ts';
import { readModelsFile } from '../puller/models-file/read-models-file.ts';
import { reservedNames, withoutReserved } from '../puller/models-file/reserved-names.ts';
import type { WantedModel, WantedModels } from '../puller/models-file/wanted-model.ts';
import { readModelUri } from '../storage/uri/read-model-uri.ts';
import { redactUri } from '../storage/uri/redact-uri.ts';
import { type Check, type Finding, note, ok, problem, warning } from './finding.ts';
import { checkStore } from './store.ts';

const group = 'Models';
/** Stores are asked side by side; a thousand models of a thousand hosts are not all asked. */
const maxStores = 20;
/** Below the deadline of a check: a store that is silent must not hide what the others say. */
const standardStoreMs = 4500;

/** `storeMs`: for each store. */
export function modelChecks(puller: PullerConfig, storeMs = standardStoreMs): readonly Check[] {
  const reading = readWanted(puller);
  return [
    { group, subject: puller.modelsFile, run: async () => judgeModelsFile(await reading, puller) },
    {
      group,
      subject: 'the stores of models',
      run: async (signal) => checkStores(await reading, { puller, storeMs, signal }),
    },
  ];
}

/** Never rejects. */
async function readWanted(puller: PullerConfig): Promise<WantedModels | Error> {
  try {
    return withoutReserved(readModelsFile(await readFile(puller.modelsFile, 'utf8')), reservedNames(puller));
  } catch (error) {
    return error as Error;
  }
}

function judgeModelsFile(wanted: WantedModels | Error, { modelsFile }: PullerConfig): readonly Finding[] {
  if (wanted instanceof Error) return [judgeUnreadable(wanted, modelsFile)];
  const { models, refused, notes } = wanted;
  const count = `${models.size} model${models.size === 1 ? '' : 's'}`;
  return [
    models.size === 0 ? note(`${modelsFile} wants no model`) : ok(`${modelsFile} wants ${count}`),
    ...refused.map(({ reason }) =>
      problem(`${modelsFile}: ${reason}`, 'correct this entry; the others are not touched'),
    ),
    ...notes.map((said) => warning(`${modelsFile}: ${said}`)),
  ];
}

function judgeUnreadable(error: Error, modelsFile: string): Finding {
  const { code = '' } = error as NodeJS.ErrnoException;
  if (error instanceof OutriggerError) {
    return problem(`${modelsFile}: ${error.message}`, 'correct it; until then the last good one stays in force');
  }
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return problem(`${modelsFile} is not there`, 'name its folder by --config-dir; the agent waits for it');
  }
  if (code === 'EACCES') return problem(`${modelsFile} may not be read by this user`, 'chmod a+r, or another user');
  return problem(`${modelsFile} cannot be read: ${error.message}`);
}

interface Around {
  readonly puller: PullerConfig;
  readonly storeMs: number;
  readonly signal: AbortSignal;
}

/** Of each host and bucket the first model: the credentials are the same for the others. */
async function checkStores(wanted: WantedModels | Error, around: Around): Promise<readonly Finding[]> {
  if (wanted instanceof Error) return [];
  const firstOf = new Map<string, WantedModel>();
  for (const model of wanted.models.values()) {
    const place = placeOf(model.uri);
    if (!firstOf.has(place)) firstOf.set(place, model);
  }
  const asked = [...firstOf.values()].slice(0, maxStores);
  const findings = await Promise.all(asked.map((model) => checkModel(model, around)));
  const more = firstOf.size - asked.length;
  return more === 0 ? findings : [...findings, note(`${more} more stores are not asked`)];
}

function checkModel({ name, uri }: WantedModel, { puller, storeMs, signal: all }: Around): Promise<Finding> {
  const what = `model ${JSON.stringify(name)}`;
  const signal = AbortSignal.any([all, AbortSignal.timeout(storeMs)]);
  const question = { uri, shown: redactUri(uri), storage: puller.storage, signal };
  return checkStore(question, { what, empty: (text) => problem(text, 'check storageUri in models.json') });
}

function placeOf(text: string): string {
  const uri = readModelUri(text);
  switch (uri.scheme) {
    case 's3':
    case 'gs':
      return `${uri.scheme} ${uri.bucket}`;
    case 'azure':
      return `azure ${uri.host} ${uri.container} ${uri.sas ?? ''}`;
    case 'http':
      return `http ${new URL(uri.url).origin}`;
    case 'hf':
      return `hf ${uri.model.split('/', 1)[0]}`;
    case 'file':
      return `file ${uri.path}`; // each is a place of its own
  }
}
