// Does docs/models.md say what the code does? Its commands, options, states, metrics, error codes, files and numbers.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { optionNames } from '../src/config/options.ts';
import { pullerOptions } from '../src/config/puller-options.ts';
import { readConfig } from '../src/config/read.ts';
import { errorCodes, OutriggerError } from '../src/errors.ts';
import { openMetrics } from '../src/metrics.ts';
import { modelStates } from '../src/model-report.ts';
import { afterFailure } from '../src/puller/model/setback.ts';
import { layoutOf } from '../src/puller/model-dir/layout.ts';
import { readModelsFile } from '../src/puller/models-file/read-models-file.ts';

const root = join(import.meta.dirname, '..');
const page = readFileSync(join(root, 'docs/models.md'), 'utf8');
const flowing = page.replaceAll(/\s+/g, ' ');
const words = [...page.matchAll(/`([^`\n]+)`/g)].map(([, word]) => word as string);
const source = readdirSync(join(root, 'src/puller'), { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .map((path) => readFileSync(join(root, 'src/puller', path), 'utf8'))
  .join('\n');

function mentions(pattern: RegExp): string[] {
  return [...new Set([...page.matchAll(pattern)].map(([, mention]) => mention as string))];
}

/** First cells of the rows below a heading of a table. */
function firstCells(heading: RegExp): string[] {
  const [, rows = ''] = new RegExp(`${heading.source}.*\\n\\|.*\\n((?:\\|.*\\n)+)`).exec(page) ?? [];
  return rows.split('\n').flatMap((row) => /^\| `([^`]+)`/.exec(row)?.[1] ?? []);
}

it('prose lines are no longer than 130 characters', () => {
  expect(page.split('\n').filter((line) => line.length > 130 && !line.startsWith('|'))).toEqual([]);
});

describe('each command line', () => {
  const lines = [...mentions(/^outrigger (.*)$/gm), ...mentions(/command: (--component.*)$/gm)];
  expect(lines.length).toBe(6);

  it.each(lines)('%s is understood, and all of it has an effect', (line) => {
    const { puller, notices } = readConfig({ argv: line.split(' '), env: {} });
    expect(puller?.modelDir).toBe('/mnt/models');
    expect(puller?.modelsFile).toBe('/mnt/configs/models.json');
    expect(notices).toEqual([]);
  });
});

it('names every option of models, and no other flag but those of runtimes', () => {
  const flags = mentions(/(?<![\w-])--([a-z][a-z_-]+)/g);
  const missing = Object.keys(pullerOptions).filter((name) => !flags.includes(name));
  expect(missing).toEqual([]);
  const runtimes = mentions(/^((?:tritonserver|mlserver|torchserve|tensorflow_model_server|ovms) (?:.*\\\n)*.*)$/gm);
  const foreign = [...runtimes.join('\n').matchAll(/--([a-z_-]+)/g)].map(([, name]) => name);
  const known: readonly unknown[] = [...optionNames, ...foreign];
  expect(flags.filter((name) => !known.includes(name))).toEqual([]);
});

it('its runtimes are those of --runtime-api', () => {
  expect(firstCells(/\| `--runtime-api` \|/).join('|')).toBe(pullerOptions['runtime-api'].kind.label);
});

it('its table of states has them all, in the order of the code', () => {
  expect(firstCells(/\| state \| meaning/)).toEqual([...modelStates]);
});

it('every error code is one, and those that count at once are those of the code', () => {
  const codes = words.filter((word) => /^[A-Z]+(_[A-Z]+)+$/.test(word) && !word.startsWith('AWS_'));
  const others = ['UNAVAILABLE', 'PERMISSION_DENIED']; // of gRPC
  expect(codes.length).toBeGreaterThan(20);
  const known: readonly string[] = [...errorCodes, ...others];
  expect(codes.filter((code) => !known.includes(code))).toEqual([]);

  const clock = { nowMs: 0, random: 0, retry: { firstMs: 1, maxMs: 1 } };
  const permanent = errorCodes.filter((code) => afterFailure(null, new OutriggerError(code, ''), clock).permanent);
  const [, said = ''] = /- or failed for good: (.*?) count at once;/.exec(flowing) ?? [];
  expect((said.match(/[A-Z_]{3,}/g) ?? []).toSorted()).toEqual(permanent.toSorted());
});

it('names every metric of models, with its labels', () => {
  const { instruments, requests } = openMetrics().models;
  const named = mentions(/`(outrigger_\w+)(?:\{[^`]*\})?`/g);
  expect(named.toSorted()).toEqual(instruments.map(({ name }) => name).toSorted());
  for (const outcome of Object.keys(requests)) expect(words).toContain(outcome);
});

it('what the log is said to tell, it tells', () => {
  const [, list = ''] = /and in the log: (.*?), each with its/.exec(flowing) ?? [];
  const messages = [...list.matchAll(/`([^`]+)`/g)].map(([, message]) => message as string);
  expect(messages.length).toBe(5);
  for (const message of messages) expect(source).toContain(`'${message}'`);
});

it('the example of models.json is a good one', () => {
  const [, text = ''] = /```json\n(.*?)```/s.exec(page) ?? [];
  const { models, refused, notes } = readModelsFile(text);
  expect([refused, notes]).toEqual([[], []]);
  expect([...models.values()].map(({ memoryBytes }) => memoryBytes)).toEqual([2 ** 30, 500_000_000]);
});

it('the layout is that of the code', () => {
  const { root: folder, own, ...inner } = layoutOf('<model-dir>');
  expect(own).toBe(`${folder}/.outrigger`);
  for (const path of Object.values(inner)) expect(page).toContain(`\n${path}/ `);
});

const sayings: readonly [file: string, constant: string, sentence: (value: number) => string][] = [
  ['model/plan.ts', 'readOnMs', (ms) => `not before ${ms / 1000} seconds after the swap`],
  ['first-models.ts', 'absentMs', (ms) => `counts as empty after ${ms / 1000} seconds`],
  ['residency/room-wait.ts', 'maxWaitMs', (ms) => `waits, at most ${ms / 1000} seconds, then is tried later`],
  ['model-dir/open-patiently.ts', 'maxWaitMs', (ms) => `every ${ms / 1000} seconds in the end`],
  ['gate/model-gate.ts', 'maxPeekedBytes', (bytes) => `looked for in ${bytes / 1024} KiB`],
  ['models-file/read-model-entry.ts', 'maxSpecDepth', (levels) => `| ${levels} levels of arrays and objects |`],
  ['model/settlement.ts', 'maxNamed', (models) => `${models === 5 ? 'five' : models} models at most and how many more`],
  ['budget/use-account.ts', 'halfLifePerModel', (uses) => `half after ${uses === 2 ? 'two' : uses} for each model`],
];

it.each(sayings)('the number that it tells of %s, %s, is the one of the code', (file, constant, sentence) => {
  const code = readFileSync(join(root, 'src/puller', file), 'utf8');
  const [, value = ''] = new RegExp(`const ${constant} = ([\\d_]+)`).exec(code) ?? [];
  expect(flowing).toContain(sentence(Number(value.replaceAll('_', ''))));
});

it('the waits between attempts are as it says', () => {
  const { puller } = readConfig({ argv: ['--enable-puller'], env: {} });
  expect(puller?.retry).toEqual({ firstMs: 1_000, maxMs: 60_000 });
  expect(flowing).toContain('after 1 second, then twice as long each time, up to 60, less up to half by chance');
});
