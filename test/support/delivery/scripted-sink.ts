// A sender with its queue, in front of a sink that does what the test says: no sockets, and time only when the test moves it.
import { onTestFinished } from 'vitest';
import type { DeliveryConfig } from '../../../src/config/slices.ts';
import type { Log } from '../../../src/log.ts';
import { LogMetrics } from '../../../src/log-metrics.ts';
import type { DeadLetters } from '../../../src/logger/dead-letters/dead-letter.ts';
import { openCloudEventsCarrier } from '../../../src/logger/delivery/cloud-events-carrier.ts';
import type { Attempt, EventEncoding, SinkClient } from '../../../src/logger/delivery/delivery.ts';
import { openEventSender } from '../../../src/logger/delivery/event-sender.ts';
import type { BatchBounds } from '../../../src/logger/delivery/fresh-parcels.ts';
import { attributeOf } from '../../../src/logger/event/log-event.ts';
import { openMemoryQueue } from '../../../src/logger/queue/memory-queue.ts';
import { logEvent } from './log-event.ts';
import { ManualClock } from './test-clock.ts';

export const delivery: DeliveryConfig = {
  workers: 5,
  timeoutMs: 10_000,
  format: 'binary',
  batchEvents: 100,
  batchBytes: 1_000_000,
  lingerMs: 0,
  maxAttempts: 10,
  maxBackoffMs: 30_000,
  tls: { caFile: null, caRequired: false, skipVerify: false, certFile: null, keyFile: null },
  bearerTokenFile: null,
};

export function batchBounds({ format, batchEvents, batchBytes, lingerMs }: DeliveryConfig): BatchBounds {
  const batched = format === 'batched';
  const [events, waitMs] = batched ? [batchEvents, lingerMs] : [1, 0];
  return { events, bytes: batchBytes, queuedBytes: 2 ** 28, lingerMs: waitMs };
}

/** What the scripted sink says; null: nothing yet, the test answers by `pending`. */
export type Say = number | 'refused' | { readonly status: number; readonly retryAfter: string } | null;

export function attemptOf(say: Exclude<Say, null>): Attempt {
  if (say === 'refused') return { kind: 'failed', code: 'refused', message: 'connect ECONNREFUSED' };
  const { status, retryAfter } = typeof say === 'number' ? { status: say, retryAfter: null } : say;
  return { kind: 'answered', status, retryAfter, text: `says ${status}` };
}

interface Post {
  readonly ids: readonly string[];
  readonly atMs: number; // since the clock began
  /** The first one counts. */
  readonly answer: (say: Exclude<Say, null>) => void;
}

export interface LoggedLine {
  readonly level: keyof Log;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly message: string;
}

export function recordingLog(): { readonly log: Log; readonly lines: LoggedLine[] } {
  const lines: LoggedLine[] = [];
  const write = (level: keyof Log) => (fields: object, message: string) => {
    lines.push({ level, fields: { ...fields }, message });
  };
  return { lines, log: { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') } };
}

/** The body is the ids of the events, one a line. */
const idsOnly: EventEncoding = {
  encode(events) {
    const body = Buffer.from(events.map((event) => attributeOf(event, 'id')).join('\n'));
    return { headers: '', body: [body], bodyBytes: body.length };
  },
};

export interface ScriptedOptions {
  readonly config?: Partial<DeliveryConfig>;
  readonly deadLetters?: DeadLetters;
  readonly maxEvents?: number;
  readonly seed?: number;
  /** Of the carrier. Default false. */
  readonly together?: boolean;
}

/** `decide` is asked for each POST, with the ids of its events; answers come in the next turn of the clock, after `tookMs`. */
export function openScripted(decide: (ids: readonly string[]) => Say, options: ScriptedOptions = {}) {
  const { config = {}, deadLetters = null, maxEvents = 100_000, seed = 1, together = false } = options;
  const whole = { ...delivery, ...config };
  const clock = new ManualClock(seed);
  const metrics = new LogMetrics().sink('http://sink');
  const { log, lines } = recordingLog();
  const queue = openMemoryQueue({ maxBytes: 2 ** 30, maxEvents, metrics });
  const posts: Post[] = [];
  const sink = { decide, tookMs: 1, disposed: false };
  const client: SinkClient = {
    post({ body }, done) {
      const ids = Buffer.concat(body).toString().split('\n');
      let answered = false;
      const answer: Post['answer'] = (say) => {
        if (!answered) clock.after(sink.tookMs, () => done(attemptOf(say)));
        answered = true;
      };
      posts.push({ ids, atMs: clock.passedMs, answer });
      const say = sink.decide(ids);
      if (say !== null) answer(say);
    },
    async [Symbol.asyncDispose]() {
      sink.disposed = true;
    },
  };
  const sender = openEventSender({
    source: queue,
    carrier: { ...openCloudEventsCarrier(idsOnly, client), together },
    batch: batchBounds(whole),
    deadLetters,
    config: whole,
    metrics,
    log,
    label: 'http://sink',
    clock,
  });
  onTestFinished(() => sender[Symbol.asyncDispose]());
  const offer = (...ids: string[]) => {
    for (const id of ids) queue.offer(logEvent(id));
  };
  return { clock, metrics, lines, queue, posts, sink, sender, offer };
}

/** Each event is somewhere: what was received, and what became of it. */
export function balanceOf({ metrics, queue }: Pick<ReturnType<typeof openScripted>, 'metrics' | 'queue'>) {
  const { received, delivered, deadLettered, dropped } = metrics.totals;
  return {
    received,
    accounted: delivered + deadLettered + dropped + queue.depth,
    queued: metrics.queued.value - queue.depth,
  };
}
