// The built `outrigger pull` onto a small tmpfs: too little room from the start, room that others take under way, room again.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readMarkers } from '../../src/storage/folder/marker.ts';
import { builtProgram } from '../e2e/support/built-program.ts';
import type { Verdict } from '../real/compare.ts';
import { judge } from '../real/stores/claims.ts';
import { expectSameFiles } from '../real/stores/pulled.ts';
import { bytesFor } from '../real/stores/s3-models.ts';
import { seededRandom } from '../support/random.ts';
import { seed } from '../support/seed.ts';
import { type EndedPull, runPull } from '../support/stores/pull-program.ts';
import { S3Server, testAccount } from '../support/stores/s3-server.ts';
import { isBody } from '../support/stores/store-faults.ts';
import { summarize } from '../support/stores/verdict-summary.ts';

const diskMiB = 48;
const rounds = 10;
const program = await builtProgram();
const random = seededRandom(seed);
const model = Object.fromEntries(
  Array.from({ length: 40 }, (_, nth) => [`file${nth}`, bytesFor(`file ${nth}`, nth === 0 ? 20_000_000 : 400_000)]),
);
const modelBytes = Object.values(model).reduce((sum, { length }) => sum + length, 0);

/** Called with every answer that brings bytes. */
const hooks = { onBody: (): void => undefined };
await using server = await S3Server.start({
  alter: (request, answer, response) => {
    if (!isBody(request)) return answer;
    hooks.onBody();
    setTimeout(() => {
      response.writeHead(answer.status, { ...answer.headers, 'content-length': String(answer.body.length) });
      response.end(answer.body);
    }, 5);
    return null;
  },
});
for (const [path, body] of Object.entries(model)) server.put('models', `m/${path}`, body);

const mount = mkdtempSync(join(tmpdir(), 'outrigger-small-disk-'));
const target = join(mount, 'model');
const ballast = join(mount, 'ballast');
const flags = ['--store-connections', '4'];
const env = {
  AWS_ENDPOINT_URL: server.url,
  AWS_ACCESS_KEY_ID: testAccount.accessKeyId,
  AWS_SECRET_ACCESS_KEY: testAccount.secretAccessKey,
};
const pull = (): Promise<EndedPull> => runPull({ program, uri: 's3://models/m', target, env, flags });

/** Others take bytes until so few are left; fewer, where the pull writes at the same time. */
function leaveFree(bytes: number): void {
  const { bavail, bsize } = statfsSync(mount);
  const size = Math.max(bavail * bsize - bytes, 0);
  try {
    writeFileSync(ballast, Buffer.alloc(size));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  }
}

async function expectRefused(ended: EndedPull): Promise<void> {
  if (ended.code !== 'DISK_FULL')
    throw new Error(`it ended with ${ended.exitCode} ${ended.stdout.slice(-500)}${ended.stderr}`);
  const placed = existsSync(target) ? readdirSync(target).filter((name) => name !== '.outrigger') : [];
  if (placed.length > 0) throw new Error(`placed: ${placed}`);
  if (existsSync(target) && (await readMarkers(target)).size > 0) throw new Error('a half model has a marker');
}

function expectWhole(ended: EndedPull): void {
  if (ended.exitCode !== 0)
    throw new Error(`it ended with ${ended.exitCode} ${ended.stdout.slice(-500)}${ended.stderr}`);
  const names = readdirSync(target).filter((name) => !/^SUCCESS\.[0-9a-f]{64}$/.test(name));
  expectSameFiles(Object.fromEntries(names.map((name) => [name, readFileSync(join(target, name))])), model);
}

function startAnew(): void {
  hooks.onBody = () => undefined;
  rmSync(target, { recursive: true, force: true });
  rmSync(ballast, { force: true });
}

async function tooLittleFromTheStart(): Promise<void> {
  leaveFree(modelBytes - 1_000_000);
  let bodies = 0;
  hooks.onBody = () => {
    bodies += 1;
  };
  await expectRefused(await pull());
  if (bodies > 0) throw new Error(`${bodies} answers with bytes were fetched for nothing`);
  rmSync(ballast);
  expectWhole(await pull());
}

/** The disk fills up at some answer; later there is room, and what was fetched before is not fetched again. */
async function takenUnderWay(): Promise<void> {
  const fullAt = 1 + Math.floor(random() * 35);
  const leftBytes = Math.floor(random() * 300_000);
  let bodies = 0;
  hooks.onBody = () => {
    bodies += 1;
    if (bodies === fullAt) leaveFree(leftBytes);
  };
  await expectRefused(await pull());
  hooks.onBody = () => undefined;
  rmSync(ballast);
  const ended = await pull();
  expectWhole(ended);
  const { fetchedBytes = modelBytes } = ended.result ?? {};
  if (fullAt > 25 && fetchedBytes >= modelBytes) throw new Error(`all was fetched again after answer ${fullAt}`);
}

async function fillDisks(): Promise<Verdict[]> {
  const verdicts = [await judge('too little room from the start', tooLittleFromTheStart)];
  for (let round = 0; round < rounds; round += 1) {
    startAnew();
    verdicts.push(await judge(`room that others take under way, round ${round}`, takenUnderWay));
  }
  return verdicts;
}

const size = `size=${diskMiB}m`;
const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', size, 'none', mount]).status === 0;
try {
  if (mounted) summarize(await fillDisks());
  else console.log('not run: this machine lets nobody mount a small tmpfs\n0 passed, 0 failed');
} finally {
  if (mounted) spawnSync('umount', [mount]);
  rmSync(mount, { recursive: true });
}
