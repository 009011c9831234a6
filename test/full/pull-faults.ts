// Three hundred pulls by the built program from a store that misbehaves at random: what counts as a model is always right.
import { createHash } from 'node:crypto';
import { builtProgram } from '../e2e/support/built-program.ts';
import type { Verdict } from '../real/compare.ts';
import { bytesFor } from '../real/stores/s3-models.ts';
import { seededRandom } from '../support/random.ts';
import { seed } from '../support/seed.ts';
import { runPull } from '../support/stores/pull-program.ts';
import { PullFolder } from '../support/stores/pulls.ts';
import { s3Object } from '../support/stores/s3-answers.ts';
import { type Alter, S3Server, testAccount } from '../support/stores/s3-server.ts';
import { isBody, storeFaults } from '../support/stores/store-faults.ts';
import { summarize } from '../support/stores/verdict-summary.ts';

const pulls = 300;
const atOnce = 6;
const program = await builtProgram();
const random = seededRandom(seed);
const below = (limit: number): number => Math.floor(random() * limit);

/** Two of each file: the store may swap them under way. Three ranges, one range, less. */
const editions = [20_000_000, 8_388_608, 100_000, 1, 0].map((bytes, nth) => ({
  path: `file${nth}`,
  bodies: [bytesFor(`first ${nth}`, bytes), bytesFor(`second ${nth}`, Math.max(bytes - nth, 0))] as const,
}));
const md5s = editions.map(({ bodies }) => bodies.map((body) => createHash('md5').update(body).digest('hex')));

interface Plan {
  readonly name: string;
  /** No two of these faults add up to more than a pull gets over. */
  readonly alters: readonly Alter[];
  readonly keepsFailing: boolean;
  /** After so many answers with bytes the second edition is there. */
  readonly swapAfter: number | null;
  readonly checksums: boolean;
}

function planPull(bodyOf: (key: string) => Buffer): Plan {
  const faults = Array.from({ length: 1 + below(3) }, () => storeFaults[below(storeFaults.length)]!);
  const keepsFailing = random() < 0.1;
  const swapAfter = random() < 0.25 ? 1 + below(6) : null;
  const worst = storeFaults[below(storeFaults.length)]!;
  const unending: Alter = (request, answer, response) => worst.alter(bodyOf)(request, answer, response);
  return {
    name: [...faults.map(({ name }) => name), swapAfter === null ? [] : `swaps after ${swapAfter}`].flat().join(', '),
    alters: keepsFailing ? [unending] : faults.map(({ alter }) => alter(bodyOf)),
    keepsFailing,
    swapAfter,
    checksums: random() < 0.5,
  };
}

function put(server: S3Server, edition: 0 | 1, checksums: boolean): void {
  for (const { path, bodies } of editions) {
    const sha256 = createHash('sha256').update(bodies[edition]).digest('base64');
    const headers = checksums ? { 'x-amz-checksum-sha256': sha256, 'x-amz-checksum-type': 'FULL_OBJECT' } : {};
    server.put('models', `m/${path}`, s3Object(bodies[edition], { headers }));
  }
}

const outcomes = new Map<string, number>();

async function pullOnce(nth: number): Promise<Verdict> {
  let served = 0;
  const bodyOf = (key: string): Buffer => server.bucket('models').get(key)!.body;
  const plan = planPull(bodyOf);
  await using server: S3Server = await S3Server.start({
    alter: (request, answer, response) => {
      if (isBody(request)) served += 1;
      if (served === plan.swapAfter) put(server, 1, plan.checksums);
      let altered: typeof answer | null = answer;
      for (const alter of plan.alters) altered = altered && alter(request, altered, response);
      return altered;
    },
  });
  put(server, 0, plan.checksums);
  using folder = new PullFolder();
  const { accessKeyId, secretAccessKey } = testAccount;
  const keys = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
  const limits = { S3_READ_TIMEOUT: '1', S3_MAX_ATTEMPTS: plan.keepsFailing ? '3' : '10' };
  const env = { AWS_ENDPOINT_URL: server.url, ...keys, ...limits };
  const ended = await runPull({ program, uri: 's3://models/m', target: folder.path, env });
  const outcome = ended.exitCode === 0 ? 'pulled' : `${ended.code}`;
  outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  return { name: `pull ${nth} (${plan.name}; ${outcome})`, difference: whatIsWrong(folder, ended.exitCode, plan) };
}

function whatIsWrong(folder: PullFolder, exitCode: number | null, { keepsFailing, swapAfter }: Plan): string | null {
  const files = folder.filesIfAny().length === 0 ? {} : folder.files();
  if (exitCode !== 0) {
    if (Object.keys(files).length > 0) return `it failed, and left ${Object.keys(files)}`;
    return keepsFailing || swapAfter !== null ? null : 'it failed for what a pull gets over';
  }
  if (!folder.whole) return 'it ended well without a marker';
  const wrong = editions.filter(({ path }, nth) => {
    const found = createHash('md5')
      .update(files[path] ?? 'missing')
      .digest('hex');
    return !md5s[nth]!.includes(found);
  });
  if (wrong.length > 0) return `wrong bytes in ${wrong.map(({ path }) => path)}`;
  return Object.keys(files).length === editions.length ? null : `files: ${Object.keys(files)}`;
}

const verdicts: Verdict[] = [];
let next = 0;
const worker = async (): Promise<void> => {
  while (next < pulls) {
    next += 1;
    verdicts.push(await pullOnce(next));
  }
};
await Promise.all(Array.from({ length: atOnce }, worker));
console.log(`${pulls} pulls: ${[...outcomes].map(([outcome, count]) => `${count} ${outcome}`).join(', ')}`);
summarize(verdicts);
