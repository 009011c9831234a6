// Fifty kill -9 of the built `outrigger pull`: the next run goes on, nothing recorded is fetched again, nothing half counts.
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { readMarkers } from '../../src/storage/folder/marker.ts';
import { builtProgram } from '../e2e/support/built-program.ts';
import type { Verdict } from '../real/compare.ts';
import { bytesFor } from '../real/stores/s3-models.ts';
import { seededRandom } from '../support/random.ts';
import { seed } from '../support/seed.ts';
import { runPull, startPull } from '../support/stores/pull-program.ts';
import { PullFolder } from '../support/stores/pulls.ts';
import { S3Server, testAccount } from '../support/stores/s3-server.ts';
import { isBody } from '../support/stores/store-faults.ts';
import { summarize } from '../support/stores/verdict-summary.ts';

const kills = 50;
const connections = 4;
const partBytes = 8 * 2 ** 20;
const program = await builtProgram();
const random = seededRandom(seed);

/** Six ranges, and 150 files of one. */
const model = new Map<string, Buffer>([['large', bytesFor('large', 6 * partBytes - 5)]]);
for (let nth = 0; nth < 150; nth += 1) model.set(`small/${nth}`, bytesFor(`small ${nth}`, 2_000 + 97 * nth));

/** Ranges that the current run asked for, by path; so many bytes left the server. */
let asked: { readonly path: string; readonly first: number; readonly last: number }[] = [];
let sentBytes = 0;
/** Told of each answer with bytes. */
let onAnswer = (_count: number): void => undefined;

await using server = await S3Server.start({
  alter: (request, answer, response) => {
    if (!isBody(request) || answer.status >= 300) return answer;
    const [, first = 0, last = answer.body.length - 1] =
      /bytes=(\d+)-(\d+)/.exec(request.headers.get('range') ?? '') ?? [];
    asked.push({ path: request.key.slice(2), first: Number(first), last: Number(last) });
    sentBytes += answer.body.length;
    onAnswer(asked.length);
    // Slow enough to be killed in the middle of anything.
    setTimeout(
      () => {
        response.writeHead(answer.status, { ...answer.headers, 'content-length': String(answer.body.length) });
        response.end(answer.body);
      },
      5 + random() * 10,
    );
    return null;
  },
});
for (const [path, body] of model) server.put('models', `m/${path}`, body);

/** What the folder says it has: whole files, and ranges of others. */
interface Recorded {
  readonly files: ReadonlySet<string>;
  readonly parts: readonly { readonly path: string; readonly first: number; readonly last: number }[];
}

interface JournalLine {
  readonly is: string;
  readonly number: number;
  readonly path: string;
  readonly first: number;
  readonly last: number;
}

function readRecorded(target: string): Recorded {
  const journal = join(target, '.outrigger/journal');
  const lines = existsSync(journal) ? readFileSync(journal, 'utf8').split('\n').slice(0, -1) : [];
  const records = lines.map((line) => JSON.parse(line) as JournalLine);
  const paths = new Map(records.filter(({ path }) => path !== undefined).map(({ number, path }) => [number, path]));
  return {
    files: new Set(records.filter(({ is }) => is === 'completed').map(({ path }) => path)),
    parts: records
      .filter(({ is }) => is === 'part')
      .map(({ number, first, last }) => ({ path: paths.get(number) ?? '', first, last })),
  };
}

function recordedBytes({ files, parts }: Recorded): number {
  const whole = [...files].reduce((sum, path) => sum + model.get(path)!.length, 0);
  const ranges = parts.filter(({ path }) => !files.has(path));
  return whole + ranges.reduce((sum, { first, last }) => sum + last - first + 1, 0);
}

function fetchedAgain({ files, parts }: Recorded): string[] {
  const again = asked.filter(
    ({ path, first, last }) =>
      files.has(path) || parts.some((part) => part.path === path && part.first <= last && first <= part.last),
  );
  return again.map(({ path, first, last }) => `${path} ${first}-${last}`);
}

async function halfCounted(folder: PullFolder): Promise<string | null> {
  if (!existsSync(folder.path)) return null;
  const markers = await readMarkers(folder.path);
  if (markers.size === 0) return null;
  return wrongFiles(folder);
}

function wrongFiles(folder: PullFolder): string | null {
  const files = folder.files();
  const wrong = [...model].filter(([path, body]) => files[path]?.equals(body) !== true).map(([path]) => path);
  const more = Object.keys(files).length - model.size;
  return wrong.length === 0 && more <= 0 ? null : `a marker, and wrong: ${wrong.slice(0, 5)}, ${more} more`;
}

const env = {
  AWS_ENDPOINT_URL: server.url,
  AWS_ACCESS_KEY_ID: testAccount.accessKeyId,
  AWS_SECRET_ACCESS_KEY: testAccount.secretAccessKey,
};
const runOf = (target: string) => ({
  program,
  uri: 's3://models/m',
  target,
  env,
  flags: ['--store-connections', String(connections)],
});

/** When it dies: at so many answers and a moment later, which is in the middle of the work; or at any time. */
type Death = { readonly atAnswer: number; readonly laterMs: number } | { readonly afterMs: number } | null;

/** One run, killed at that point unless it ends before. */
async function runKilled(folder: PullFolder, death: Death) {
  const before = readRecorded(folder.path);
  asked = [];
  sentBytes = 0;
  const pull = startPull(runOf(folder.path));
  const kill = (): boolean => pull.child.kill('SIGKILL');
  const timers: NodeJS.Timeout[] = [];
  onAnswer = (count) => {
    if (death !== null && 'atAnswer' in death && count === death.atAnswer) timers.push(setTimeout(kill, death.laterMs));
  };
  if (death !== null && 'afterMs' in death) timers.push(setTimeout(kill, death.afterMs));
  const ended = await pull.ended;
  for (const timer of timers) clearTimeout(timer);
  const problems: string[] = [];
  const again = fetchedAgain(before);
  if (again.length > 0) problems.push(`fetched again: ${again.slice(0, 5)}`);
  if (ended.exitCode === null) {
    const lost = sentBytes - (recordedBytes(readRecorded(folder.path)) - recordedBytes(before));
    const isPlacing = existsSync(folder.path) && readdirSync(folder.path).some((name) => name !== '.outrigger');
    if (!isPlacing && lost > connections * partBytes) problems.push(`${lost} bytes were fetched for nothing`);
  }
  const half = await halfCounted(folder);
  if (half !== null) problems.push(half);
  return { ended, problems };
}

const verdicts: Verdict[] = [];
let converged = 0;
using folder = new PullFolder();
const timed = performance.now();
await runPull(runOf(folder.path));
const wholeMs = performance.now() - timed;
rmSync(folder.path, { recursive: true });
for (let killed = 0; killed < kills; ) {
  const atAnswer = 1 + Math.floor(random() * 60);
  const anyTime = { afterMs: wholeMs * (0.3 + 0.9 * random()) };
  const death = random() < 0.6 ? { atAnswer, laterMs: random() * 20 } : anyTime;
  const { ended, problems } = await runKilled(folder, death);
  if (ended.exitCode === null) killed += 1;
  else if (ended.exitCode !== 0)
    problems.push(`a run that went on ended with ${ended.exitCode}: ${ended.stdout.slice(-300)}`);
  else {
    converged += 1;
    const wrong = wrongFiles(folder);
    if (wrong !== null) problems.push(wrong);
    rmSync(folder.path, { recursive: true });
  }
  const name = `run ${verdicts.length + 1} (${ended.exitCode === null ? `killed at ${JSON.stringify(death)}` : 'ended'})`;
  verdicts.push({ name, difference: problems.length === 0 ? null : problems.join('; ') });
  console.log(`${problems.length === 0 ? 'ok  ' : 'FAIL'} ${name}: ${asked.length} answers`);
}
const last = await runKilled(folder, null);
const difference = [...last.problems, wrongFiles(folder) ?? [], last.ended.exitCode === 0 ? [] : 'it failed']
  .flat()
  .join('; ');
verdicts.push({ name: 'the last run', difference: difference === '' ? null : difference });
console.log(`${kills} kills, ${converged + 1} models came whole, a run takes ${Math.round(wholeMs)} ms`);
summarize(verdicts);
