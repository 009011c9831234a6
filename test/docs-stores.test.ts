// Does docs/stores.md say what the code does? Its command lines, URIs, flags and variables.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { environmentName } from '../src/config/option.ts';
import { optionNames } from '../src/config/options.ts';
import { readPullConfig } from '../src/config/pull-config.ts';
import { pullOptions } from '../src/config/pull-options.ts';
import { errorCodes } from '../src/errors.ts';
import { readModelUri } from '../src/storage/uri/read-model-uri.ts';

const root = join(import.meta.dirname, '..');
const page = readFileSync(join(root, 'docs/stores.md'), 'utf8');
const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter((path) =>
  path.endsWith('.ts'),
);
const source = sources.map((path) => readFileSync(join(root, 'src', path), 'utf8')).join('\n');
const words = [...page.matchAll(/`([^`\n]+)`/g)].map(([, word]) => word as string);

it('prose lines are no longer than 130 characters', () => {
  expect(page.split('\n').filter((line) => line.length > 130 && !line.startsWith('|'))).toEqual([]);
});

describe('each command line', () => {
  it.each(page.match(/^outrigger pull .*$/gm) ?? [])('%s is understood', (line) => {
    const { pairs } = readPullConfig(line.split(' ').slice(2), {});
    for (const { uri } of pairs) expect(() => readModelUri(uri)).not.toThrow();
  });
});

it('every source of the table is one, with the scheme that its row tells', () => {
  const [, rows = ''] = /\| URI \| store .*\n\|.*\n((?:\|.*\n)+)/.exec(page) ?? [];
  const examples = rows.split('\n').flatMap((row) => row.split('|')[1]?.match(/`([^`]+)`/g) ?? []);
  const uris = examples.map((example) => example.slice(1, -1)).filter((uri) => /^\/|:\/\/.*\//.test(uri));
  expect(uris.length).toBeGreaterThan(8);
  expect(uris.map((uri) => readModelUri(uri).scheme)).toEqual(
    expect.arrayContaining(['s3', 'gs', 'azure', 'hf', 'http', 'file']),
  );
});

it('every variable that it names is read', () => {
  const optionVariables = [...Object.keys(pullOptions), ...optionNames].map(environmentName);
  const elsewhere = ['GCE_METADATA_HOST']; // by google-auth-library
  const variables = words.filter((word) => /^[A-Z][A-Z0-9]*(_[A-Z0-9]+)+$/.test(word));
  expect(variables.length).toBeGreaterThan(40);
  // AZURE_CLIENT_ID and its like are put together from their halves.
  const isRead = (name: string) => source.includes(name) || source.includes(`'${name.replace(/^AZURE_/, '')}'`);
  const known = [...optionVariables, ...elsewhere, ...errorCodes];
  expect(variables.filter((name) => !known.includes(name as (typeof known)[number]) && !isRead(name))).toEqual([]);
});

it('every flag that it names is one', () => {
  const flags = [...page.matchAll(/(?<![\w-])--([a-z][a-z-]+)/g)].map(([, name]) => name as string);
  const known: readonly string[] = [...Object.keys(pullOptions), ...optionNames];
  expect(flags.filter((name) => !known.includes(name))).toEqual([]);
});

it('the numbers that it tells are the defaults', () => {
  const { storage, limits } = readPullConfig(['s3://b/m', '/m'], {});
  const { minConnections, maxConnections, partBytes, idleTimeoutMs, maxAttempts } = storage.transfer;
  const flowing = page.replace(/\s+/g, ' ');
  expect(flowing).toContain(`begins with ${minConnections} connections and adds more, up to ${maxConnections},`);
  expect(flowing).toContain(`ranges of ${partBytes / 2 ** 20} MiB`);
  expect(flowing).toContain(`no byte for ${idleTimeoutMs / 1000} seconds`);
  expect(flowing).toContain(`${maxAttempts} times in a row`);
  expect(flowing).toContain(`| ${limits.maxFiles} |`);
});
