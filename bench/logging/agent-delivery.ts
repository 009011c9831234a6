// The agent's own way of events to a sink, without the request path: its queue and its sender, in a process of their own.
// argv: events, then flags of the agent. Prints a Delivered as JSON.

import { readConfig } from '../../src/config/read.ts';
import type { SinkConfig } from '../../src/config/slices.ts';
import type { Log } from '../../src/log.ts';
import { LogMetrics } from '../../src/log-metrics.ts';
import { planBatches } from '../../src/logger/batch-plan.ts';
import { openCloudEventsCarrier } from '../../src/logger/delivery/cloud-events-carrier.ts';
import { openEventSender } from '../../src/logger/delivery/event-sender.ts';
import { openEncoding } from '../../src/logger/encoding/event-encoding.ts';
import { eventTypes, type LogEvent } from '../../src/logger/event/log-event.ts';
import type { EventSource } from '../../src/logger/queue/event-queue.ts';
import { openMemoryQueue } from '../../src/logger/queue/memory-queue.ts';
import { openSinkClient } from '../../src/logger/sink/sink-client.ts';
import { openSpool } from '../../src/logger/spool/spool.ts';
import { openSpoolQueue } from '../../src/logger/spool/spool-queue.ts';
import { inferJson } from '../payloads.ts';
import { EVENT_BYTES, timed } from './delivered.ts';

const complain = (_fields: object, message: string) => void process.stderr.write(`${message}\n`);
const log: Log = { debug: () => undefined, info: () => undefined, warn: complain, error: complain };
const payload = inferJson(EVENT_BYTES);
const fixed = [
  ...['specversion', '1.0', 'type', eventTypes.request, 'source', 'http://localhost:9081/'],
  ...['inferenceservicename', '', 'namespace', '', 'component', '', 'endpoint', ''],
];

function makeEvent(number: number): LogEvent {
  const now = new Date().toISOString();
  const attributes = [
    ...['id', `0f8fad5b-d9cb-469f-a165-${number.toString(16).padStart(12, '0')}`, 'time', now, 'recordedtime', now],
    ...['metadata', '{}', 'modelname', 'bench', 'path', '/v2/models/bench/infer'],
  ];
  return {
    kind: 'request',
    fixed,
    attributes,
    contentType: 'application/json',
    contentEncoding: null,
    data: [payload],
    dataBytes: payload.length,
  };
}

async function openQueue(config: NonNullable<ReturnType<typeof readConfig>['logger']>) {
  const metrics = new LogMetrics();
  const [{ url, label }] = config.sinks as readonly [SinkConfig];
  const account = metrics.sink(label);
  const spool = config.spool === null ? null : await openSpool({ config: config.spool, metrics, log });
  const queue =
    spool === null
      ? openMemoryQueue({ ...config.queue, metrics: account })
      : openSpoolQueue({ spool, sink: url, memory: config.queue, metrics: account });
  return { queue, spool, url, label, account };
}

const [count, ...flags] = process.argv.slice(2) as [string, ...string[]];
const events = Number(count);
/** Made before the time runs: making them is part of a request's price (S12). */
const waiting = Array.from({ length: events }, (_, number) => makeEvent(number));
const config = readConfig({ argv: flags, env: {} }).logger!;
const { queue, spool, url, label, account } = await openQueue(config);
let left = 0;
let onDelivered: (() => void) | null = null;
const source: EventSource = {
  take: () => queue.take(),
  end(queued, ending) {
    if (ending !== 'delivered') throw new Error(`an event was not delivered but ${ending}`);
    queue.end(queued, ending);
    if (--left === 0) onDelivered?.();
  },
  onReady: (listener) => queue.onReady(listener),
  get depth() {
    return queue.depth;
  },
  get bytes() {
    return queue.bytes;
  },
};
const { workers, timeoutMs, tls, bearerTokenFile, format } = config.delivery;
const client = openSinkClient({ url, workers, timeoutMs, tls, bearerTokenFile, log });
const sender = openEventSender({
  ...{ source, carrier: openCloudEventsCarrier(openEncoding(format), client), deadLetters: null },
  batch: planBatches('http', config),
  ...{ config: config.delivery, metrics: account, log, label },
});

function deliver(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  [left, onDelivered] = [events, resolve];
  for (const event of waiting) void queue.offer(event);
  return promise;
}

await deliver(); // its code is compiled by then
process.stdout.write(JSON.stringify(await timed(events, deliver)));
await sender[Symbol.asyncDispose]();
await queue.close();
await spool?.[Symbol.asyncDispose]();
