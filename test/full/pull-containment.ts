// A hundred hostile archives through the built program, a hundred thousand hostile keys through the rule: nothing leaves the folder.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve, sep } from 'node:path';
import { OutriggerError } from '../../src/errors.ts';
import { archiveHeadBytes, detectArchive } from '../../src/storage/archive/detect-archive.ts';
import { safePath } from '../../src/storage/uri/safe-path.ts';
import { builtProgram } from '../e2e/support/built-program.ts';
import type { Verdict } from '../real/compare.ts';
import type { HostileArchive } from '../support/archives/hostile-archive.ts';
import { hostileTars } from '../support/archives/hostile-tars.ts';
import { hostileZips } from '../support/archives/hostile-zips.ts';
import { goodArchives, mutated } from '../support/archives/mutations.ts';
import { limits } from '../support/archives/sandbox.ts';
import { seededRandom } from '../support/random.ts';
import { seed } from '../support/seed.ts';
import { runPull } from '../support/stores/pull-program.ts';
import { S3Server, testAccount } from '../support/stores/s3-server.ts';
import { summarize } from '../support/stores/verdict-summary.ts';

const keys = 100_000;
const archivesAtLeast = 100;
const atOnce = 3;
const random = seededRandom(seed);
const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;

const program = await builtProgram();
await using server = await S3Server.start();
const env = {
  AWS_ENDPOINT_URL: server.url,
  AWS_ACCESS_KEY_ID: testAccount.accessKeyId,
  AWS_SECRET_ACCESS_KEY: testAccount.secretAccessKey,
};
const flags = ['--max-files', String(limits.maxFiles), '--max-unpacked-bytes', String(limits.maxUnpackedBytes)];

type Archive = Pick<HostileArchive, 'what' | 'kind' | 'bytes'> & { readonly code: string | null };

/** A pull goes by the first bytes as well: under the name of another kind it may be a good one of its own. */
function isSoNamed({ kind, bytes }: HostileArchive): boolean {
  const found = detectArchive({ name: `model.${kind}`, contentType: null, head: bytes.subarray(0, archiveHeadBytes) });
  return found === null || found === kind;
}

/** The table, and broken copies of good ones up to a hundred; those may be good still. */
function archives(): Archive[] {
  const table: Archive[] = [...hostileTars, ...hostileZips].filter(isSoNamed);
  for (let nth = table.length; nth < archivesAtLeast; nth += 1) {
    const { kind, bytes } = pick(goodArchives);
    table.push({ what: `a mutation of a ${kind}`, kind, bytes: mutated(bytes, random), code: null });
  }
  return table;
}

/** Path and content of all below; special files are named as such. */
function snapshot(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).map((entry) => {
    const path = join(entry.parentPath, entry.name);
    const kind = entry.isFile() ? readFileSync(path, 'latin1') : entry.isDirectory() ? 'a folder' : 'neither';
    return `${path.slice(folder.length + 1)}: ${kind}`;
  });
}

async function pullArchive({ what, kind, bytes, code }: Archive, nth: number): Promise<Verdict> {
  const root = mkdtempSync(join(tmpdir(), 'outrigger-contained-'));
  const target = join(root, 'a', 'model');
  mkdirSync(target, { recursive: true });
  writeFileSync(join(root, 'neighbour'), 'untouched');
  writeFileSync(join(root, 'a', 'neighbour'), 'untouched');
  const around = (): string[] => snapshot(root).filter((line) => !line.startsWith(join('a', 'model', sep)));
  const before = around();
  server.put('archives', `${nth}/model.${kind}`, bytes);
  const ended = await runPull({ program, uri: `s3://archives/${nth}/model.${kind}`, target, env, flags });
  const problems: string[] = [];
  const inside = snapshot(target).filter((line) => !line.startsWith('.outrigger'));
  if (around().join() !== before.join()) problems.push(`around the folder: ${around()}`);
  if (inside.some((line) => line.endsWith(': neither'))) problems.push(`no plain files: ${inside}`);
  if (ended.exitCode !== 0 && inside.length > 0) problems.push(`refused with ${ended.code}, and left ${inside}`);
  if (code !== null && ended.code !== code) problems.push(`expected ${code}, got ${ended.exitCode} ${ended.code}`);
  if (ended.code === 'INTERNAL' || ended.stderr !== '') problems.push(`${ended.code} ${ended.stderr.slice(0, 300)}`);
  rmSync(root, { recursive: true });
  return { name: `${kind}: ${what}`, difference: problems.length === 0 ? null : problems.join('; ') };
}

const pieces = [
  ...[
    '..',
    '.',
    '/',
    '//',
    '\\',
    'a',
    'weights',
    'SUCCESS.',
    '0'.repeat(64),
    '.outrigger',
    '.Outrigger',
    ' ',
    '\0',
    '\n',
  ],
  ...['%2e%2e', '%2f', '~', '$HOME', 'ü', '\ud800', '\u202e', '‥', '．．', '／', 'con', ':', '*', 'é', 'x'.repeat(256)],
  ...['../', '/..', '/../', './', '/.', 'C:', '\x7f', '\u2028', '-rf', '|id', '`id`'],
];

/** Null: it is refused. */
function pathOf(key: string): string | null {
  try {
    return safePath(key);
  } catch (error) {
    if (error instanceof OutriggerError && error.code === 'UNSAFE_PATH') return null;
    throw error;
  }
}

/** Null: it can only be inside. */
function escapeOf(key: string, path: string): string | null {
  const folder = '/models/target';
  const placed = resolve(folder, path);
  if (placed !== `${folder}/${key}`) return `it became ${placed}`;
  if (/^(\.outrigger|SUCCESS\.[0-9a-f]{64})(\/|$)/i.test(path)) return 'it is a name of ours';
  return Buffer.from(path).toString() === path ? null : 'it is no Unicode';
}

const verdicts: Verdict[] = [];
const wrongKeys: string[] = [];
let accepted = 0;
for (let nth = 0; nth < keys; nth += 1) {
  const key = Array.from({ length: 1 + Math.floor(random() * 6) }, () => pick(pieces)).join(pick(['', '/', '']));
  const path = pathOf(key);
  if (path === null) continue;
  accepted += 1;
  const wrong = escapeOf(key, path);
  if (wrong !== null) wrongKeys.push(`${JSON.stringify(key)}: ${wrong}`);
}
verdicts.push({ name: `${keys} keys`, difference: wrongKeys.length === 0 ? null : wrongKeys.slice(0, 10).join('\n') });
const all = archives();
let next = 0;
const work = async (): Promise<void> => {
  while (next < all.length) {
    const nth = next;
    next += 1;
    verdicts.push(await pullArchive(all[nth]!, nth));
  }
};
await Promise.all(Array.from({ length: atOnce }, work));
console.log(`${keys} keys, of which ${accepted} are paths; ${all.length} archives`);
summarize(verdicts);
