// What `npm test` tries some hundreds of: 21,000 deaths of runtimes and clients at any byte, and what the process has left of them.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { grpcGround, http1Ground } from '../kill/grounds.ts';
import { type Ground, type KillRun, type QuietState, runKills } from '../kill/run.ts';
import { eventually } from '../support/eventually.ts';

const seed = Number(process.env.TEST_SEED ?? Date.now() % 2 ** 31);
console.info(`TEST_SEED=${seed}`);
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** From here on the process has all that it needs, and may not grow. */
const settledRounds = 2000;
/**
 * Heap: less than 250 bytes a round, so no object of a round stays. Buffers: the lanes keep eight of 1 MB that lie idle. RSS goes up
 * in steps, by what the allocator keeps of the largest moment; less than 12 KB a round.
 */
const mayGrow = { heap: 2_000_000, buffers: 9_000_000, rss: 100_000_000 };

type Memory = Record<keyof typeof mayGrow, number>;

function memory(): Memory {
  for (let times = 0; times < 4; times++) collectGarbage();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heap: heapUsed, buffers: external, rss };
}

const openSockets = (): number => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;

async function kill<Case>(name: string, part: Pick<KillRun, 'way' | 'rounds'>, ground: Ground<Case>): Promise<number> {
  const problems: string[] = [];
  let first: Memory | null = null;
  const onQuiet = async ({ rounds, problems: found, idle, lostBuffers }: QuietState): Promise<void> => {
    // The test's own ends close a moment later than the lanes'.
    await eventually('only idle sockets are open', () => openSockets() === 2 * idle, { deadlineMs: 2000 }).catch(
      () => undefined,
    );
    const sockets = openSockets();
    const now = memory();
    if (sockets !== 2 * idle)
      problems.push(`${sockets} sockets are open, ${2 * idle} of them idle, behind ${rounds} rounds`);
    if (rounds === settledRounds) first = now;
    const inMegabytes = Object.entries(now).map(([what, bytes]) => `${what} ${(bytes / 1e6).toFixed(1)} MB`);
    console.info(
      `${name}: ${rounds} deaths, ${found} problems, ${inMegabytes.join(', ')}, ${lostBuffers} buffers lost`,
    );
    if (first === null || rounds < part.rounds) return;
    for (const what of Object.keys(mayGrow) as (keyof Memory)[]) {
      if (now[what] - first[what] > mayGrow[what])
        problems.push(`${what} grew from ${first[what]} to ${now[what]} bytes`);
    }
  };
  const run = { ...part, seed, slots: 12, bystanders: 6, patienceMs: 2000, everyRounds: 1000, onQuiet };
  const report = await runKills(run, ground);
  problems.push(...report.problems);
  const { echoes, stale } = report;
  console.info(`${name}: ${echoes} exchanges of others, ${stale} met a connection that had just ended`);
  if (stale > echoes / 100) problems.push(`${stale} of ${echoes} exchanges failed for others' deaths`);
  for (const problem of problems.slice(0, 100)) console.info(`${name}: ${problem}`);
  return problems.length;
}

const parts: readonly (readonly [
  name: string,
  rounds: number,
  run: (rounds: number, name: string) => Promise<number>,
])[] = [
  ['HTTP/1.1', 11_000, (rounds, name) => kill(name, { way: 'swap', rounds }, http1Ground())],
  ['HTTP/1.1 by public events', 4000, (rounds, name) => kill(name, { way: 'public', rounds }, http1Ground())],
  ['gRPC by public events', 2000, (rounds, name) => kill(name, { way: 'public', rounds }, grpcGround())],
  ['gRPC', 4000, (rounds, name) => kill(name, { way: 'swap', rounds }, grpcGround())],
];

let passed = 0;
let failed = 0;
for (const [name, rounds, run] of parts) {
  const problems = await run(rounds, name);
  failed += problems;
  passed += Math.max(0, rounds - problems);
}
console.info(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
