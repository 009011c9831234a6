// Payload logging as one part of the agent: the stage of the request path, and for each sink a queue and its sender.

import { setImmediate as turn } from 'node:timers/promises';
import type { LoggerConfig, SinkConfig } from '../config/slices.ts';
import type { Middleware } from '../http/exchange.ts';
import type { Log } from '../log.ts';
import type { LogMetrics, SinkMetrics } from '../log-metrics.ts';
import { planBatches } from './batch-plan.ts';
import type { BlobThread } from './blob/blob-thread.ts';
import type { DeadLetters } from './dead-letters/dead-letter.ts';
import { openDeadLetters } from './dead-letters/open-dead-letters.ts';
import { openCloudEventsCarrier } from './delivery/cloud-events-carrier.ts';
import type { Carrier } from './delivery/delivery.ts';
import { type EventSender, openEventSender } from './delivery/event-sender.ts';
import type { SinkHealth } from './delivery/sink-health.ts';
import { openEncoding } from './encoding/event-encoding.ts';
import { PayloadLogger } from './payload-logger.ts';
import type { EventQueue } from './queue/event-queue.ts';
import { openMemoryQueue } from './queue/memory-queue.ts';
import { openSinkClient } from './sink/sink-client.ts';
import { openSpool, type Spool } from './spool/spool.ts';
import { openSpoolQueue } from './spool/spool-queue.ts';

/** One sink, for /status. */
interface SinkState extends SinkHealth {
  /** Its address without secrets. */
  readonly sink: string;
  readonly queued: number;
  readonly queuedBytes: number;
  readonly oldestSeconds: number | null;
}

export interface Logger extends AsyncDisposable {
  readonly stage: Middleware;
  reports(): readonly SinkState[];
  /**
   * No more events come: delivers what waits, for so long. What is left stays in the spool, or is dropped and named in the log.
   * Called once; disposing does the same without any time.
   */
  drain(forMs: number): Promise<void>;
  /** Draining, now or later, gets no more time: somebody wants the agent to end at once. */
  cut(): void;
}

export interface LoggerParts {
  readonly config: LoggerConfig;
  readonly metrics: LogMetrics;
  readonly log: Log;
  /** Answers tell the stages in front which events tell of them. */
  readonly inspected?: boolean;
}

interface OpenSink {
  readonly label: string;
  readonly queue: EventQueue;
  readonly sender: EventSender;
  readonly metrics: SinkMetrics;
}

export async function openLogger({ config, metrics, log, inspected = false }: LoggerParts): Promise<Logger> {
  const stores = await openStores({ config, metrics, log });
  const spool = config.spool === null ? null : await openSpool({ config: config.spool, metrics, log });
  const deadLetters = openDeadLetters({ config: config.deadLetters, delivery: config.delivery, log });
  const sinks = config.sinks.map((sink) => openSink(sink, { config, metrics, log, spool, deadLetters, stores }));
  const { promise: cut, resolve: cutNow } = Promise.withResolvers<void>();
  let closing: Promise<void> | null = null;
  const close = async (forMs: number): Promise<void> => {
    const deadlineMs = performance.now() + forMs;
    await turn(); // the events of the last exchanges
    await Promise.all(sinks.map((sink) => closeSink(sink, { deadlineMs, cut, log })));
    await stores?.[Symbol.asyncDispose]();
    await deadLetters?.[Symbol.asyncDispose]();
    await spool?.[Symbol.asyncDispose]();
  };
  const drain = (forMs: number): Promise<void> => {
    closing ??= close(forMs);
    return closing;
  };
  const outlets = sinks.map(({ queue, metrics: account }) => ({ intake: queue, metrics: account }));
  return {
    stage: (next) => new PayloadLogger({ config, metrics, log, outlets, next, inspected }).handle,
    reports: () => sinks.map(report),
    drain,
    cut: cutNow,
    [Symbol.asyncDispose]: () => drain(0),
  };
}

interface SinkParts extends LoggerParts {
  readonly spool: Spool | null;
  readonly deadLetters: DeadLetters | null;
  readonly stores: BlobThread | null;
}

/** @throws OutriggerError: a URL names no bucket */
async function openStores({ config, log }: LoggerParts): Promise<BlobThread | null> {
  const { sinks, blob, delivery } = config;
  if (blob === null) return null;
  const { BlobThread } = await import('./blob/blob-thread.ts');
  const stores = new Map(sinks.filter(({ kind }) => kind === 'store').map(({ url, label }) => [url, label]));
  const settings = { urls: [...stores.keys()], config: blob, timeoutMs: delivery.timeoutMs };
  return new BlobThread(settings, (url, reason) => {
    log.warn({ sink: stores.get(url), reason }, 'sink cannot be used: its events wait until it can');
  });
}

function openSink(sink: SinkConfig, parts: SinkParts): OpenSink {
  const { config, metrics, log, spool, deadLetters, stores } = parts;
  const { kind, url, label } = sink;
  const account = metrics.sink(label);
  const queue =
    spool === null
      ? openMemoryQueue({ ...config.queue, metrics: account })
      : // The signature in the URL of a store is a new one some day, the store is the same.
        openSpoolQueue({ spool, sink: kind === 'store' ? label : url, memory: config.queue, metrics: account });
  account.oldestSeconds.follow(() => ageOf(queue) ?? 0);
  const sender = openEventSender({
    source: queue,
    carrier: kind === 'store' && stores !== null ? stores.carrier(url) : openHttpCarrier(sink, parts),
    batch: planBatches(kind, config),
    eager: spool === null, // the stage offers events after the turn; a spool's are offered at once, to be on disk soon
    deadLetters,
    config: config.delivery,
    metrics: account,
    log,
    label,
  });
  return { label, queue, sender, metrics: account };
}

function openHttpCarrier({ url, label }: SinkConfig, { config, log }: SinkParts): Carrier {
  const { workers, timeoutMs, tls, bearerTokenFile, format } = config.delivery;
  const client = openSinkClient({ url, workers, timeoutMs, tls, bearerTokenFile, log });
  client.reach((failure) => {
    if (failure === null || failure.code === 'closed') return;
    log.warn({ sink: label, reason: failure.message }, 'sink cannot be reached: its events wait until it can');
  });
  return openCloudEventsCarrier(openEncoding(format), client);
}

async function closeSink(
  { label, queue, sender }: OpenSink,
  { deadlineMs, cut, log }: { readonly deadlineMs: number; readonly cut: Promise<void>; readonly log: Log },
): Promise<void> {
  if (queue.depth > 0) log.info({ sink: label, events: queue.depth }, 'delivering the events that wait');
  await Promise.race([sender.flush(deadlineMs), cut]);
  await sender[Symbol.asyncDispose]();
  const { lastError, lastDeliveryMs } = sender.health;
  // The line that said it first may be hours old, or was not due yet.
  const failed = lastError !== null && lastError.atMs > (lastDeliveryMs ?? 0);
  const reason = failed ? lastError.message : 'the time was over';
  const { kept, dropped } = await queue.close();
  if (kept > 0)
    log.warn(
      { sink: label, reason, events: kept },
      `${kept} events stay in the spool and are delivered after the next start`,
    );
  if (dropped > 0)
    log.error(
      { sink: label, reason, events: dropped },
      `${dropped} events could not be delivered before the end and are lost`,
    );
}

function report({ label, queue, sender }: OpenSink): SinkState {
  const age = ageOf(queue);
  const oldestSeconds = age === null ? null : Math.round(age * 1000) / 1000;
  return { sink: label, ...sender.health, queued: queue.depth, queuedBytes: queue.bytes, oldestSeconds };
}

/** Seconds. */
function ageOf({ oldestMs }: EventQueue): number | null {
  return oldestMs === null ? null : (performance.now() - oldestMs) / 1000;
}
