import { describe, expect, it } from 'vitest';
import type { QueuedEvent } from '../../../src/logger/queue/event-queue.ts';
import { eventually } from '../../support/eventually.ts';
import {
  eventOf,
  idOf,
  isWhole,
  type OpenedSpool,
  openSpoolIn,
  type SpoolSettings,
  TestFolder,
  takeEvents,
} from '../../support/spool/spooled-events.ts';

const ids = (count: number, prefix = 'e'): string[] => Array.from({ length: count }, (_, nth) => `${prefix}${nth}`);

async function offerAll({ queue }: OpenedSpool, wanted: readonly string[]): Promise<void> {
  await Promise.all(wanted.map((id) => queue.offer(eventOf(id))));
}

/** What a new start on this folder finds, all of it delivered then. */
async function readAll(dir: string, settings: SpoolSettings = {}): Promise<string[]> {
  await using opened = await openSpoolIn(dir, settings);
  const found: QueuedEvent[] = [];
  await takeEvents(opened.queue, opened.queue.depth, (queued) => {
    found.push(queued);
    setImmediate(() => opened.queue.end(queued, 'delivered'));
  });
  expect(found.every(({ event }) => isWhole(event))).toBe(true);
  await eventually('all ended', () => opened.queue.depth === 0);
  return found.map(({ event }) => idOf(event)).sort();
}

describe('a queue with a spool', () => {
  it('gives at once what was offered, and says when the disk has it', async () => {
    using folder = new TestFolder();
    await using opened = await openSpoolIn(folder.path);
    const { queue, metrics } = opened;
    const offered = queue.offer(eventOf('one'));
    expect(idOf(queue.take()!.event)).toBe('one');
    expect(offered).toBeInstanceOf(Promise);
    await offered;
    expect(metrics.spoolWaitSeconds.count).toBe(1);
    expect(metrics.spoolBytes.value).toBeGreaterThan(500);
    expect(metrics.unspooled('late').value + metrics.unspooled('failed').value).toBe(0);
  });

  it('keeps what did not end for the next start, byte by byte, and nothing that has ended', async () => {
    using folder = new TestFolder();
    {
      await using opened = await openSpoolIn(folder.path);
      await offerAll(opened, ids(20));
      await takeEvents(opened.queue, 5, (queued) => opened.queue.end(queued, 'delivered'));
      opened.queue.take(); // on its way to the sink
      expect(await opened.queue.close()).toEqual({ kept: 15, dropped: 0 });
    }
    expect(await readAll(folder.path)).toEqual(ids(20).slice(5).sort());
    expect(await readAll(folder.path)).toEqual([]);
  });

  it('counts found events as received, by kind, and each event as ended once', async () => {
    using folder = new TestFolder();
    {
      await using first = await openSpoolIn(folder.path);
      await offerAll(first, ids(12));
    }
    await using opened = await openSpoolIn(folder.path);
    const account = opened.metrics.sink('sink');
    expect(account.totals.received).toBe(12);
    expect([opened.queue.depth, account.queued.value]).toEqual([12, 12]);
    expect(opened.queue.oldestMs).not.toBeNull();
    await takeEvents(opened.queue, 12, (queued) => {
      opened.queue.end(queued, 'delivered');
      opened.queue.end(queued, 'delivered');
    });
    expect(account.totals).toEqual({ received: 12, delivered: 12, deadLettered: 0, dropped: 0 });
    expect([opened.queue.depth, opened.queue.oldestMs, account.queued.value, opened.queue.bytes]).toEqual([
      0,
      null,
      0,
      0,
    ]);
    expect(opened.metrics.spoolBytes.value).toBe(0);
  });

  it('keeps a hundred times more events than memory has room for, and gives back every one', async () => {
    using folder = new TestFolder();
    const memoryBytes = 64 * 1024;
    await using opened = await openSpoolIn(folder.path, { memoryBytes });
    const { queue, metrics } = opened;
    for (let turn = 0; turn < 40; turn += 1) {
      await offerAll(opened, ids(100, `t${turn}-`));
      expect(queue.bytes).toBeLessThanOrEqual(memoryBytes);
    }
    expect(queue.depth).toBe(4_000);
    const seen = new Set<string>();
    let mostBytes = 0;
    await takeEvents(queue, 4_000, (queued) => {
      seen.add(idOf(queued.event));
      mostBytes = Math.max(mostBytes, queue.bytes);
      setImmediate(() => queue.end(queued, 'delivered'));
    });
    expect(seen.size).toBe(4_000);
    expect(mostBytes).toBeLessThanOrEqual(memoryBytes);
    await eventually('all ended', () => queue.depth === 0);
    expect(metrics.sink('sink').totals).toMatchObject({ received: 4_000, delivered: 4_000, dropped: 0 });
  });

  it('lets a fresh event pass those that wait on disk', async () => {
    using folder = new TestFolder();
    {
      await using first = await openSpoolIn(folder.path);
      for (let turn = 0; turn < 20; turn += 1) await offerAll(first, ids(100, `old${turn}-`));
    }
    await using opened = await openSpoolIn(folder.path, { memoryBytes: 256 * 1024 });
    await opened.queue.offer(eventOf('fresh'));
    let before = 0;
    await new Promise<void>((resolve) => {
      takeEvents(opened.queue, 2_001, (queued) => {
        if (idOf(queued.event) === 'fresh') resolve();
        before += 1;
        setImmediate(() => opened.queue.end(queued, 'delivered'));
      });
    });
    expect(before).toBeLessThan(500);
  });

  it('keeps its promise of every turn, with an fsync, too', async () => {
    using folder = new TestFolder();
    await using opened = await openSpoolIn(folder.path, { sync: 'full' });
    const pending: Promise<unknown>[] = [];
    for (let turn = 0; turn < 50; turn += 1) {
      for (const id of ids(4, `t${turn}-`)) pending.push(opened.queue.offer(eventOf(id))!);
      await new Promise(setImmediate);
    }
    await Promise.all(pending);
    await opened.spool[Symbol.asyncDispose]();
    expect(await readAll(folder.path)).toHaveLength(200);
  });

  it('lets an answer go on when the disk is late, counts it, and writes the event all the same', async () => {
    using folder = new TestFolder();
    {
      await using opened = await openSpoolIn(folder.path, { waitMs: 0 });
      const offered = opened.queue.offer(eventOf('one'));
      const untilMs = performance.now() + 20;
      setImmediate(() => {
        while (performance.now() < untilMs); // the answer of the disk comes after the timer
      });
      await offered;
      expect(opened.metrics.unspooled('late').value).toBe(1);
    }
    expect(await readAll(folder.path)).toEqual(['one']);
  });

  it('keeps the events of each sink apart, and says how many are of none that is configured', async () => {
    using folder = new TestFolder();
    {
      await using first = await openSpoolIn(folder.path, { url: 'http://gone.test/' });
      await offerAll(first, ids(3));
    }
    await using opened = await openSpoolIn(folder.path);
    expect(opened.queue.depth).toBe(0);
    await eventually('it is said', () => opened.said.length === 1);
    expect(opened.said[0]).toMatchObject({ level: 'warn', message: expect.stringContaining('3 events') });
  });

  it('finds the events of a sink whose password has changed', async () => {
    using folder = new TestFolder();
    {
      await using first = await openSpoolIn(folder.path, { url: 'http://user:old@sink.test/events' });
      await offerAll(first, ids(3));
    }
    expect(await readAll(folder.path, { url: 'http://user:new@sink.test/events' })).toHaveLength(3);
  });
});
