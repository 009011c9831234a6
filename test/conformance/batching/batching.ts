// An agent that batches in front of an oracle, with models already known to it, and how requests come into one batch without luck.
import { setTimeout as wait } from 'node:timers/promises';
import type { PassReason } from '../../../src/batcher/pass-reason.ts';
import { eventually } from '../../support/eventually.ts';
import { type Oracle, type OracleProtocol, openOracle } from '../../support/oracle-runtime/oracle.ts';
import { startTestAgent, type TestAgent } from '../../support/test-agent.ts';
import { begin, type CallUnderWay, type Received, send } from './caller.ts';
import { infer, input, predict, type Sent } from './sent.ts';

export interface BatchingSettings {
  /** --max-batchsize; default 3. The models of the oracle take 8 at most. */
  readonly rows?: number;
  /** Default 5000: what a batch that does not fill up makes of a test is a failure. */
  readonly latencyMs?: number;
  readonly policy?: 'window' | 'adaptive';
  /** Of the oracle. */
  readonly protocol?: OracleProtocol;
  readonly flags?: readonly string[];
  /** Paths to be warmed up; default: the oracle's `echo` and `m` over V2. */
  readonly known?: readonly string[];
  /** Called before anything is asked of the oracle. */
  readonly prepare?: (oracle: Oracle) => void;
}

export interface Batching {
  readonly oracle: Oracle;
  readonly agent: TestAgent;
  begin(sent: Sent): CallUnderWay;
  send(sent: Sent): Promise<Received>;
  /** One after the other joins the queue; the last fills the batch. Answers in the same order. */
  gather(members: readonly Sent[]): Promise<Received[]>;
  /** All at once. */
  sendAll(requests: readonly Sent[]): Promise<Received[]>;
  /** What each gets from the runtime itself. */
  alone(requests: readonly Sent[]): Promise<Received[]>;
  /** Waits until so many rows wait in the batcher. */
  waiting(rows: number): Promise<void>;
  /** Requests passed on alone, for that reason or for any. */
  passed(reason?: PassReason): number;
  /** A metric, summed over the series with these labels. */
  metric(name: string, labels?: Readonly<Record<string, string>>): number;
}

/** For expect.poll: its second is short on a busy machine. */
export const patient = { interval: 5 };

const modelPath = (model: string): string => `/v2/models/${model}/infer`;

export async function startBatching(settings: BatchingSettings = {}): Promise<Batching> {
  const { rows = 3, latencyMs = 5000, policy = 'window', protocol = 'http1', flags = [], prepare } = settings;
  const oracle = await openOracle(0, protocol);
  prepare?.(oracle);
  const batcher = ['--enable-batcher', '--max-batchsize', String(rows), '--max-latency', String(latencyMs)];
  const agent = await startTestAgent(oracle.port, [...batcher, '--batch-policy', policy, ...flags]);
  const batching = overAgent(oracle, agent);
  for (const path of settings.known ?? [modelPath('echo'), modelPath('m')])
    await warmUp(batching, path, Math.min(rows, 8));
  oracle.forget();
  return batching;
}

/** Asks until the model's limits are read, up to the test's own deadline; a full batch each time, which waits for nobody. */
async function warmUp(batching: Batching, path: string, rows: number): Promise<void> {
  const row = '[1,1]';
  const list = `[${Array.from({ length: rows }, () => row)}]`;
  const sent = path.startsWith('/v1/')
    ? { ...predict(`{"instances":${list}}`), path }
    : infer(`{"inputs":[${input('x', 'FP32', [rows, 2], list)}]}`, { path });
  for (let unread = 1; unread > 0; ) {
    const before = batching.passed('model_unread');
    await batching.send(sent);
    unread = batching.passed('model_unread') - before;
    if (unread > 0) await wait(1);
  }
}

function overAgent(oracle: Oracle, agent: TestAgent): Batching {
  const metric: Batching['metric'] = (name, labels = {}) => metricOf(agent, name, labels);
  const waiting = (rows: number): Promise<void> =>
    eventually(`${rows} rows wait`, () => metric('outrigger_batch_waiting_rows') === rows, { everyMs: 1 });
  return {
    oracle,
    agent,
    metric,
    waiting,
    begin: (sent) => begin(agent.port, sent),
    send: (sent) => send(agent.port, sent),
    sendAll: (requests) => Promise.all(requests.map((sent) => send(agent.port, sent))),
    gather: async (members) => {
      const answers: Promise<Received>[] = [];
      for (const member of members) {
        const before = metric('outrigger_batch_waiting_rows');
        answers.push(send(agent.port, member));
        if (answers.length === members.length) break;
        await eventually('a member waits', () => metric('outrigger_batch_waiting_rows') > before, { everyMs: 1 });
      }
      return await Promise.all(answers);
    },
    alone: async (requests) => {
      const answers: Received[] = [];
      const calls = oracle.calls.length;
      for (const sent of requests) answers.push(await send(oracle.port, sent));
      oracle.forget();
      if (calls > 0) throw new Error('ask what the runtime answers before the test begins: its calls are forgotten');
      return answers;
    },
    passed: (reason) => metric('outrigger_batch_passed_total', reason === undefined ? {} : { reason }),
  };
}

function metricOf({ metrics }: TestAgent, name: string, labels: Readonly<Record<string, string>>): number {
  const suffixed = name.replace(/_(count|sum)$/, '');
  const instrument = metrics.instruments.find((each) => each.name === name || each.name === suffixed);
  if (instrument === undefined) throw new Error(`no metric ${name}`);
  const suffix = instrument.name === name ? '' : name.slice(suffixed.length);
  const matching = [...instrument.samples()].filter(
    (sample) =>
      sample.suffix === suffix && Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
  );
  return matching.reduce((sum, { value }) => sum + value, 0);
}

/** What of an answer its caller can tell apart. */
export function seen({ status, headers, body }: Received) {
  return {
    status,
    type: headers['content-type'],
    headerBytes: headers['inference-header-content-length'],
    body: body.toString('latin1'),
  };
}
