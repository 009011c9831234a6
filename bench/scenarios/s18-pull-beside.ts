// S18: what do requests feel of a large model that the same process pulls meanwhile?
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { backendSpec } from '../backends.ts';
import { type BatchLoadResult, runOpenLoop } from '../batching/batch-load.ts';
import type { Call } from '../batching/workloads.ts';
import { checkHttp } from '../checks.ts';
import { runWrk } from '../load.ts';
import { inferCall } from '../logging/log-load.ts';
import { writeInferJson } from '../payloads.ts';
import { readCoreBusyUs, readCpuUs } from '../proc-stat.ts';
import type { Server } from '../process.ts';
import { type Bench, type Row, type Scenario, toRow } from '../scenario.ts';
import { median } from '../statistics.ts';
import { agentWith, LOAD_CORE, SUBJECT_CORE } from '../subjects.ts';

const CONNECTIONS = 64;
const SHARE_OF_CAPACITY = 0.3;
const CAPACITY_SECONDS = 3;
const WARM_UP_MS = 500;
const MOST_P99 = 1.5; // times the p99 without a pull
const MODEL_BYTES = 4 * 2 ** 30; // more than is pulled while the load lasts
const RATE = 16 * 2 ** 20; // of the store, bytes a second and connection
const BEGUN_BYTES = 64 * 2 ** 20; // connections have grown by then
const MAX_STRANGERS_PERCENT = 5;
const WAIT_MS = 30_000;
const POLL_MS = 20;
const STORE = join(import.meta.dirname, '../pull/paced-store.ts');

interface Round {
  readonly before: BatchLoadResult;
  readonly during: BatchLoadResult;
  /** Of the pull, while the load was measured. */
  readonly mibPerSecond: number;
  /** Share of the agent's core that other processes took while nothing was pulled. */
  readonly strangersPercent: number;
}

export const pullBeside: Scenario = {
  name: 'S18',
  title: 'HTTP, 1 KB POST at 30 % of capacity, beside the pull of a large model',
  method:
    'Poisson arrivals on 64 connections at 30 % of what wrk gets through the same agent; p99 while models.json wants nothing, then while the same process pulls an object over HTTP to tmpfs, in turns. The agent has one core with all of its threads; the store, the runtime and the load have the other, the store behind the others.',
  tools: ['wrk', 'nginx', 'taskset'],
  seconds: 3,
  async run(bench) {
    const folder = mkdtempSync('/dev/shm/outrigger-bench-');
    try {
      const seen = await measure(bench, folder);
      bench.note(strangersNote(seen));
      return rows(seen);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

async function measure(bench: Bench, modelDir: string): Promise<readonly Round[]> {
  const { rig, rounds, agentScript, say } = bench;
  const payload = writeInferJson(join(rig.folder, 'body.json'), '1 KB');
  const backend = await rig.start(backendSpec({ kind: 'small', core: LOAD_CORE, bodyBytes: payload.bytes.length }));
  const store = await rig.start({ core: LOAD_CORE, command: ({ port }) => storeCommand(port) });
  const models = new Models({ configDir: join(rig.folder, 'config'), modelDir, storePort: store.port });
  const agent = await rig.start(agentWith(agentScript, 'pulling', models.flags).spec(backend));
  await checkHttp(agent, backend, payload);
  const wrk = { port: agent.port, core: LOAD_CORE, connections: CONNECTIONS, seconds: CAPACITY_SECONDS, payload };
  const { requestsPerSecond } = await runWrk(wrk);
  const call = await inferCall(backend, payload.bytes);
  const load = () => runLoad(agent, { call, requestsPerSecond: SHARE_OF_CAPACITY * requestsPerSecond, bench });
  const seen: Round[] = [];
  for (let round = 0; round <= rounds; round++) {
    const { result: before, strangersPercent } = await withStrangers(agent, load);
    await models.pull(`model-${round}`);
    const fromBytes = models.bytesHere();
    const during = await load();
    const mibPerSecond = (models.bytesHere() - fromBytes) / 2 ** 20 / (bench.seconds + WARM_UP_MS / 1000);
    if (!models.pulling) throw new Error('the model was there before the load had ended: give the store more bytes');
    await models.drop();
    say(
      `round ${round}: p99 ${before.p99Ms.toFixed(2)} -> ${during.p99Ms.toFixed(2)} ms beside ${mibPerSecond.toFixed(0)} MiB/s`,
    );
    if (round > 0) seen.push({ before, during, mibPerSecond, strangersPercent }); // the first has code compiled
  }
  return seen;
}

/** It has what the others leave of their core: else its work would be taken for the agent's. */
function storeCommand(port: number): [string, ...string[]] {
  return ['nice', '-n', '19', process.execPath, STORE, ...[port, MODEL_BYTES, RATE, 0, 0, 0].map(String)];
}

interface Load {
  readonly call: Call;
  readonly requestsPerSecond: number;
  readonly bench: Bench;
}

function runLoad({ port }: Server, { call, requestsPerSecond, bench }: Load): Promise<BatchLoadResult> {
  const { seconds } = bench;
  return runOpenLoop({
    port,
    connections: CONNECTIONS,
    calls: [call],
    requestsPerSecond,
    warmUpMs: WARM_UP_MS,
    seconds,
  });
}

/** Strangers go where a core looks idle, which is the agent's while nothing is pulled: then the pull seems to do good. */
async function withStrangers({ pid }: Server, load: () => Promise<BatchLoadResult>) {
  const from = { cpuUs: readCpuUs(pid), coreUs: readCoreBusyUs(SUBJECT_CORE), atMs: performance.now() };
  const result = await load();
  const strangersUs = readCoreBusyUs(SUBJECT_CORE) - from.coreUs - (readCpuUs(pid) - from.cpuUs);
  return { result, strangersPercent: Math.max(0, strangersUs) / 10 / (performance.now() - from.atMs) };
}

function strangersNote(rounds: readonly Round[]): string | null {
  const share = median(rounds.map(({ strangersPercent }) => strangersPercent));
  if (share <= MAX_STRANGERS_PERCENT) return null;
  return `other processes took ${share.toFixed(0)} % of core ${SUBJECT_CORE} while nothing was pulled: the ratio says nothing`;
}

interface ModelsParts {
  readonly configDir: string;
  readonly modelDir: string;
  readonly storePort: number;
}

/** What models.json wants, and what of it is on the disk. */
class Models {
  readonly #parts: ModelsParts;
  #name: string | null = null;

  constructor(parts: ModelsParts) {
    this.#parts = parts;
    mkdirSync(parts.configDir, { recursive: true });
    this.#want(null);
  }

  get flags(): readonly string[] {
    const { configDir, modelDir } = this.#parts;
    return ['--enable-puller', '--config-dir', configDir, '--model-dir', modelDir, '--runtime-api', 'none'];
  }

  /** Not whole yet. */
  get pulling(): boolean {
    return this.#name !== null && !existsSync(join(this.#parts.modelDir, this.#name));
  }

  /** Resolves when it is well under way. */
  async pull(name: string): Promise<void> {
    this.#want(name);
    await until(() => this.bytesHere() >= BEGUN_BYTES, `the pull of ${name} does not begin`);
  }

  /** Resolves when nothing of it is left. */
  async drop(): Promise<void> {
    this.#want(null);
    await until(() => this.bytesHere() === 0, 'the model is not deleted');
  }

  /** What the files take: a file under way has its whole length from the beginning. */
  bytesHere(): number {
    const { modelDir } = this.#parts;
    const found = readdirSync(modelDir, { recursive: true, encoding: 'utf8' });
    const paths = found.filter((path) => !path.startsWith('.outrigger/.lock')); // the agent's own
    return paths.reduce((sum, path) => {
      const stats = statSync(join(modelDir, path), { throwIfNoEntry: false });
      return sum + (stats?.isFile() ? stats.blocks * 512 : 0);
    }, 0);
  }

  #want(name: string | null): void {
    const { configDir, storePort } = this.#parts;
    const storageUri = `http://127.0.0.1:${storePort}/model.bin`;
    const wanted =
      name === null ? [] : [{ modelName: name, modelSpec: { storageUri, framework: 'onnx', memory: '1Gi' } }];
    writeFileSync(join(configDir, 'models.json'), JSON.stringify(wanted));
    this.#name = name;
  }
}

async function until(holds: () => boolean, otherwise: string): Promise<void> {
  const giveUpMs = performance.now() + WAIT_MS;
  while (!holds()) {
    if (performance.now() > giveUpMs) throw new Error(otherwise);
    await sleep(POLL_MS);
  }
}

function rows(rounds: readonly Round[]): Row[] {
  const p99 = (of: 'before' | 'during') => rounds.map((round) => round[of].p99Ms);
  const rates = (of: 'before' | 'during') => rounds.map((round) => round[of].requestsPerSecond);
  return [
    toRow({ subject: 'nothing pulled', metric: 'p99 ms', samples: p99('before'), requestsPerSecond: rates('before') }),
    toRow({
      subject: 'beside the pull',
      metric: 'p99 ms',
      samples: p99('during'),
      requestsPerSecond: rates('during'),
      reference: p99('before'),
      gate: { atMost: MOST_P99 },
    }),
    toRow({ subject: 'the pull', metric: 'MiB/s', samples: rounds.map(({ mibPerSecond }) => mibPerSecond) }),
  ];
}
