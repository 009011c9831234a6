// Events whose payload follows from their id, so that whoever reads one can tell whether it is whole; and a spool to put them into.
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LogMetrics } from '../../../src/log-metrics.ts';
import { attributeOf, type LogEvent } from '../../../src/logger/event/log-event.ts';
import type { EventQueue, QueuedEvent } from '../../../src/logger/queue/event-queue.ts';
import { openSpool, type Spool, type SpoolParts } from '../../../src/logger/spool/spool.ts';
import { openSpoolQueue } from '../../../src/logger/spool/spool-queue.ts';

const fixed = Object.freeze(['specversion', '1.0', 'type', 'test', 'source', 'http://test/']);
const sinkUrl = 'http://user:secret@sink.test/events?tenant=1';

export function eventOf(id: string, dataBytes = 500): LogEvent {
  const data = payloadOf(id, dataBytes);
  return {
    kind: id.length % 2 === 0 ? 'request' : 'response',
    fixed,
    attributes: ['id', id, 'time', '2026-11-21T00:00:00Z'],
    contentType: 'application/octet-stream',
    contentEncoding: null,
    data: [data.subarray(0, dataBytes >> 1), data.subarray(dataBytes >> 1)],
    dataBytes,
  };
}

export function idOf(event: LogEvent): string {
  return attributeOf(event, 'id') ?? '';
}

/** It is the event that was offered, to the last byte. */
export function isWhole(event: LogEvent): boolean {
  const id = idOf(event);
  const { kind, attributes, contentType } = eventOf(id, event.dataBytes);
  return (
    Buffer.concat(event.data).equals(payloadOf(id, event.dataBytes)) &&
    JSON.stringify([event.kind, event.attributes, event.contentType, event.fixed]) ===
      JSON.stringify([kind, attributes, contentType, fixed])
  );
}

function payloadOf(id: string, bytes: number): Buffer {
  const digest = createHash('sha256').update(id).digest();
  return Buffer.alloc(bytes, digest);
}

interface Said {
  readonly level: string;
  readonly message: string;
}

export interface OpenedSpool extends AsyncDisposable {
  readonly spool: Spool;
  readonly queue: EventQueue;
  readonly metrics: LogMetrics;
  readonly said: Said[];
}

export type SpoolSettings = Partial<Omit<SpoolParts, 'config'> & SpoolParts['config']> & {
  readonly url?: string;
  readonly memoryBytes?: number;
  readonly memoryEvents?: number;
};

export async function openSpoolIn(dir: string, settings: SpoolSettings = {}): Promise<OpenedSpool> {
  const {
    maxBytes = 2 ** 30,
    sync = 'normal',
    waitMs = 60_000,
    memoryBytes = 2 ** 26,
    memoryEvents = 10_000,
  } = settings;
  const said: Said[] = [];
  const say = (level: string) => (_fields: object, message: string) => void said.push({ level, message });
  const log = { debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error') };
  const metrics = new LogMetrics();
  const { retryMs = 0, maxPages } = settings;
  const config = { dir, maxBytes, sync, waitMs };
  const spool = await openSpool({ config, metrics, log, retryMs, ...(maxPages === undefined ? {} : { maxPages }) });
  const memory = { maxBytes: memoryBytes, maxEvents: memoryEvents };
  const queue = openSpoolQueue({ spool, sink: settings.url ?? sinkUrl, memory, metrics: metrics.sink('sink') });
  return {
    spool,
    queue,
    metrics,
    said,
    async [Symbol.asyncDispose]() {
      await queue[Symbol.asyncDispose]();
      await spool[Symbol.asyncDispose]();
    },
  };
}

/** Takes `count` events, in pages as they come. */
export function takeEvents(queue: EventQueue, count: number, taken: (queued: QueuedEvent) => void): Promise<void> {
  return new Promise((resolve) => {
    let left = count;
    const take = (): void => {
      for (let queued = left > 0 ? queue.take() : undefined; queued !== undefined; queued = queue.take()) {
        taken(queued);
        left -= 1;
        if (left === 0) break;
      }
      if (left === 0) resolve();
    };
    queue.onReady(take);
    take();
  });
}

export class TestFolder implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'outrigger-spool-'));

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
