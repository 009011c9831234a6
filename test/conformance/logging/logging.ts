// An agent that logs to sinks of the test's own, before a runtime of the test's own.
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { expect } from 'vitest';
import { openExposition } from '../../../src/ops/exposition.ts';
import { serveHttp } from '../../support/runtimes/probed.ts';
import { startTestAgent, type TestAgent } from '../../support/test-agent.ts';
import { begin, type CallUnderWay, type Received, send } from '../batching/caller.ts';
import type { Sent } from '../batching/sent.ts';
import type { SeenEvent } from './seen-event.ts';
import { openSink, type Sink } from './sink.ts';

export interface LoggingSettings {
  readonly flags?: readonly string[];
  /** Default: reads the request, then answers `{"ok":true}`. */
  readonly runtime?: RequestListener;
  /** In place of `runtime`. */
  readonly runtimePort?: number;
  /** Default: one of its own. */
  readonly sinks?: readonly Sink[];
}

export interface Logging {
  readonly agent: TestAgent;
  /** The first one. */
  readonly sink: Sink;
  send(sent: Sent): Promise<Received>;
  begin(sent: Sent): CallUnderWay;
  /** Waits for so many events at the first sink, and for the agent to have none left: there are no more. */
  events(count: number): Promise<readonly SeenEvent[]>;
  /** The events of one exchange. */
  exchange(
    sent: Sent,
  ): Promise<{ readonly request: SeenEvent; readonly response: SeenEvent; readonly answer: Received }>;
  account(): Promise<Account>;
}

/** From /metrics: over all sinks, or of one. */
export interface Account {
  readonly received: number;
  readonly delivered: number;
  readonly deadLettered: number;
  readonly queued: number;
  readonly dropped: number;
}

export async function startLogging({
  flags = [],
  runtime,
  runtimePort,
  sinks,
}: LoggingSettings = {}): Promise<Logging> {
  const upstreamPort = runtimePort ?? (await serveHttp(runtime ?? answerOk)).port;
  const targets = sinks ?? [await openSink()];
  const urls = targets.flatMap(({ url }) => ['--log-url', url]);
  const agent = await startTestAgent(upstreamPort, [...urls, ...flags]);
  const [sink] = targets as [Sink];
  const events = async (count: number): Promise<readonly SeenEvent[]> => {
    await sink.taken(count);
    await expect.poll(async () => (await readAccount(agent, sink)).queued, { interval: 5 }).toBe(0);
    return sink.events();
  };
  return {
    agent,
    sink,
    events,
    send: (sent) => send(agent.port, sent),
    begin: (sent) => begin(agent.port, sent),
    async exchange(sent) {
      const before = sink.events().length;
      const answer = await send(agent.port, sent);
      const seen = (await events(before + 2)).slice(before);
      return { answer, request: only(seen, 'request'), response: only(seen, 'response') };
    },
    account: () => readAccount(agent),
  };
}

export function only(events: readonly SeenEvent[], type: string): SeenEvent {
  const [first, second] = events.filter((event) => event.type === type);
  if (first === undefined || second !== undefined)
    throw new Error(`not one event ${type}: ${events.map((each) => each.type)}`);
  return first;
}

export function post(
  body: string | Buffer,
  headers: Readonly<Record<string, string>> = {},
  path = '/v2/models/m/infer',
): Sent {
  return { path, headers: { 'Content-Type': 'application/json', ...headers }, body: Buffer.from(body) };
}

export function answerOk(incoming: IncomingMessage, outgoing: ServerResponse): void {
  incoming.resume();
  incoming.on('end', () => answer(outgoing, '{"ok":true}'));
}

export function answer(
  outgoing: ServerResponse,
  body: string | Buffer,
  headers: Readonly<Record<string, string>> = { 'Content-Type': 'application/json' },
): void {
  outgoing.writeHead(200, { ...headers, 'Content-Length': String(Buffer.byteLength(body)) }).end(body);
}

/** What /metrics says now. */
export function metricsPage({ metrics }: TestAgent): Promise<string> {
  return openExposition(metrics.instruments).render();
}

/** Of the page's lines. `sink`: of that one alone. */
export async function readAccount(agent: TestAgent, sink?: Sink): Promise<Account> {
  const page = await metricsPage(agent);
  const sum = (name: string): number => {
    const lines = [...page.matchAll(new RegExp(`^outrigger_log_events_${name}(\\{[^}]*\\})? (\\S+)$`, 'gm'))];
    const own = lines.filter(([, labels = '']) => sink === undefined || labels.includes(`sink="${sink.label}"`));
    return own.reduce((total, [, , value]) => total + Number(value), 0);
  };
  return {
    received: sum('received_total'),
    delivered: sum('delivered_total'),
    deadLettered: sum('dead_lettered_total'),
    queued: sum('queued'),
    dropped: sum('dropped_total'),
  };
}
