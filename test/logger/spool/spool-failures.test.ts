import { once } from 'node:events';
import { existsSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { openSpoolQueue } from '../../../src/logger/spool/spool-queue.ts';
import { eventually } from '../../support/eventually.ts';
import {
  eventOf,
  idOf,
  type OpenedSpool,
  openSpoolIn,
  TestFolder,
  takeEvents,
} from '../../support/spool/spooled-events.ts';

async function offerMany({ queue }: OpenedSpool, count: number, prefix: string): Promise<void> {
  await Promise.all(Array.from({ length: count }, (_, nth) => queue.offer(eventOf(`${prefix}${nth}`, 2_000))));
}

function identityOf({ metrics }: OpenedSpool): number {
  const account = metrics.sink('sink');
  const { received, delivered, deadLettered, dropped } = account.totals;
  return received - delivered - deadLettered - dropped - account.queued.value;
}

describe('a full disk', () => {
  it('leaves events to memory, says so once, and is used again when it has room', async () => {
    using folder = new TestFolder();
    await using opened = await openSpoolIn(folder.path, { maxPages: 20 });
    const { queue, metrics, said } = opened;
    for (let turn = 0; turn < 10; turn += 1) await offerMany(opened, 10, `t${turn}-`);
    expect(queue.depth).toBe(100);
    expect(metrics.unspooled('failed').value).toBeGreaterThan(10);
    expect(said).toEqual([{ level: 'error', message: expect.stringContaining('the disk is full') }]);
    const seen = new Set<string>();
    await takeEvents(queue, 100, (queued) => {
      seen.add(idOf(queued.event));
      queue.end(queued, 'delivered');
    });
    expect(seen.size).toBe(100);
    await eventually('it is said that the disk is used again', () => said.some(({ level }) => level === 'info'));
    const failedBefore = metrics.unspooled('failed').value;
    await offerMany(opened, 10, 'later');
    expect(metrics.unspooled('failed').value).toBe(failedBefore);
    expect(identityOf(opened)).toBe(0);
  });

  it('drops what memory has no room for, and keeps the account', async () => {
    using folder = new TestFolder();
    await using opened = await openSpoolIn(folder.path, { maxPages: 20, memoryBytes: 40_000 });
    for (let turn = 0; turn < 10; turn += 1) await offerMany(opened, 10, `t${turn}-`);
    const drops = opened.metrics.sink('sink').drops;
    expect(drops.get('queue_full')!.value).toBeGreaterThan(10);
    expect([...drops.keys()]).toEqual(['queue_full']);
    expect(opened.queue.bytes).toBeLessThanOrEqual(40_000);
    expect(identityOf(opened)).toBe(0);
  });

  it('at the end: says how many stay and how many are lost', async () => {
    using folder = new TestFolder();
    await using opened = await openSpoolIn(folder.path, { maxPages: 20 });
    for (let turn = 0; turn < 10; turn += 1) await offerMany(opened, 10, `t${turn}-`);
    const { kept, dropped } = await opened.queue.close();
    expect(kept + dropped).toBe(100);
    expect(Math.min(kept, dropped)).toBeGreaterThan(10);
    expect(opened.metrics.sink('sink').drops.get('shutdown')!.value).toBe(dropped);
    await opened.spool[Symbol.asyncDispose]();
    await using again = await openSpoolIn(folder.path);
    expect(again.queue.depth).toBe(kept);
  });
});

describe('--log-spool-max-bytes', () => {
  it('drops the newest, and takes others when there is room again', async () => {
    using folder = new TestFolder();
    await using opened = await openSpoolIn(folder.path, { maxBytes: 50_000, memoryEvents: 5 });
    await offerMany(opened, 40, 'e');
    const drops = opened.metrics.sink('sink').drops.get('spool_full')!.value;
    expect(opened.queue.depth).toBe(40 - drops);
    expect(opened.metrics.spoolBytes.value).toBeLessThanOrEqual(50_000);
    expect(drops).toBeGreaterThan(10);
    await takeEvents(opened.queue, 10, (queued) => opened.queue.end(queued, 'delivered'));
    await offerMany(opened, 5, 'later');
    expect(opened.metrics.sink('sink').drops.get('spool_full')!.value).toBe(drops);
    expect(identityOf(opened)).toBe(0);
  });
});

describe('a spool that is full of events of a dead sink', () => {
  it('harms no other sink: its events go through memory, which is said and counted', async () => {
    using folder = new TestFolder();
    await using opened = await openSpoolIn(folder.path, { maxBytes: 50_000, memoryEvents: 5 });
    await offerMany(opened, 100, 'dead');
    const { spool, metrics } = opened;
    const unspooled = metrics.unspooled('full').value;
    const alive = metrics.sink('alive');
    const memory = { maxBytes: 10_000_000, maxEvents: 100 };
    await using queue = openSpoolQueue({ spool, sink: 'http://alive/', memory, metrics: alive });
    for (let nth = 0; nth < 7; nth += 1) await queue.offer(eventOf(`e${nth}`));
    await takeEvents(queue, 7, (queued) => queue.end(queued, 'delivered'));
    expect(alive.totals).toEqual({ received: 7, delivered: 7, deadLettered: 0, dropped: 0 });
    expect(metrics.unspooled('full').value).toBe(unspooled + 7);
    expect(opened.said).toEqual([{ level: 'error', message: expect.stringContaining('--log-spool-max-bytes') }]);
  });
});

describe('a folder that is taken away while the spool is open', () => {
  it('is made anew, which is said, and what comes from then on is in it', async () => {
    using folder = new TestFolder();
    const dir = join(folder.path, 'spool');
    let kept = 0;
    {
      await using opened = await openSpoolIn(dir);
      await offerMany(opened, 3, 'before');
      rmSync(dir, { recursive: true });
      await eventually('the loss is seen', () => {
        opened.queue.offer(eventOf('after'));
        return opened.said.length > 0;
      });
      expect(opened.said).toContainEqual({ level: 'error', message: expect.stringContaining('taken away') });
      expect(identityOf(opened)).toBe(0);
      ({ kept } = await opened.queue.close());
      expect(kept).toBeGreaterThan(0);
    }
    await using again = await openSpoolIn(dir);
    expect(again.queue.depth).toBe(kept);
  });
});

describe('a folder that cannot be used', () => {
  it('leaves events to memory, and is used as soon as it can be, with what it held', async () => {
    using folder = new TestFolder();
    const dir = join(folder.path, 'spool');
    {
      await using first = await openSpoolIn(dir);
      await offerMany(first, 3, 'first');
    }
    renameSync(dir, join(folder.path, 'away'));
    writeFileSync(dir, 'a file');
    await using opened = await openSpoolIn(dir);
    expect(opened.said).toEqual([{ level: 'error', message: expect.stringContaining('memory only') }]);
    expect(opened.queue.offer(eventOf('alone'))).toBeNull();
    expect(opened.metrics.unspooled('failed').value).toBe(1);
    rmSync(dir);
    renameSync(join(folder.path, 'away'), dir);
    await eventually('the folder is found', () => {
      opened.queue.offer(eventOf('again'));
      return opened.said.some(({ level }) => level === 'info');
    });
    expect(opened.queue.depth).toBe(opened.metrics.sink('sink').totals.received);
    expect(opened.queue.depth).toBeGreaterThan(4);
    await opened.queue.offer(eventOf('last'));
    const { dropped } = await opened.queue.close();
    expect(dropped).toBe(0);
  });

  it('is refused to a second process, which goes on in memory', async () => {
    using folder = new TestFolder();
    await using first = await openSpoolIn(folder.path);
    await first.queue.offer(eventOf('one'));
    {
      await using second = await openSpoolIn(folder.path);
      expect(second.said).toEqual([{ level: 'error', message: expect.stringContaining('another process') }]);
      expect(second.queue.offer(eventOf('two'))).toBeNull();
      expect(idOf(second.queue.take()!.event)).toBe('two');
    }
    await first.queue.offer(eventOf('three'));
    expect(await first.queue.close()).toEqual({ kept: 2, dropped: 0 });
  });
});

describe('a damaged database', () => {
  it('is put aside with an error, and a new one begun', async () => {
    using folder = new TestFolder();
    writeFileSync(join(folder.path, 'events.db'), Buffer.alloc(100_000, 'no database'));
    await using opened = await openSpoolIn(folder.path);
    expect(opened.said).toEqual([{ level: 'error', message: expect.stringContaining('begun anew') }]);
    expect(existsSync(join(folder.path, 'events.damaged.db'))).toBe(true);
    await opened.queue.offer(eventOf('one'));
    expect(await opened.queue.close()).toEqual({ kept: 1, dropped: 0 });
  });

  it('with an unknown version is put aside, too', async () => {
    using folder = new TestFolder();
    const database = new DatabaseSync(join(folder.path, 'events.db'));
    database.exec('CREATE TABLE other (a); PRAGMA user_version = 7');
    database.close();
    await using opened = await openSpoolIn(folder.path);
    expect(opened.said[0]!.message).toContain('version 7');
    expect(readdirSync(folder.path)).toContain('events.damaged.db');
  });

  it('with rows that are no events loses these alone, counted', async () => {
    using folder = new TestFolder();
    {
      await using first = await openSpoolIn(folder.path);
      await offerMany(first, 10, 'e');
    }
    const database = new DatabaseSync(join(folder.path, 'events.db'));
    for (const id of [2, 5]) {
      const { data } = database.prepare('SELECT data FROM events WHERE id = ?').get(id) as { data: Uint8Array };
      data[data.length >> 1]! ^= 1;
      database.prepare('UPDATE events SET data = ? WHERE id = ?').run(data, id);
    }
    database.exec("UPDATE events SET data = 'text' WHERE id = 7");
    database.close();
    await using opened = await openSpoolIn(folder.path);
    await takeEvents(opened.queue, 7, (queued) => opened.queue.end(queued, 'delivered'));
    await eventually('all ended', () => opened.queue.depth === 0);
    expect(opened.metrics.sink('sink').drops.get('corrupt')!.value).toBe(3);
    expect(opened.metrics.spoolBytes.value).toBe(0);
    expect(opened.said).toEqual([{ level: 'error', message: expect.stringContaining('3 events') }]);
    expect(identityOf(opened)).toBe(0);
  });
});

describe('the thread of the disk', () => {
  it('writes all turns that wait in one transaction', async () => {
    using folder = new TestFolder();
    const file = join(import.meta.dirname, '../../../src/logger/spool/spool-worker.ts');
    const worker = new Worker(file, { workerData: { dir: folder.path, sync: 'full', maxPages: null } });
    worker.postMessage({ kind: 'open' });
    for (let turn = 1; turn <= 10; turn += 1) {
      const data = new Uint8Array(100);
      const columns = { ids: [turn], sinks: [1], kinds: [0], offsets: [0], lengths: [100] };
      worker.postMessage({ kind: 'turn', turn, ...columns, data, deletes: [] });
    }
    worker.postMessage({ kind: 'close' });
    const heard: unknown[] = [];
    worker.on('message', (message) => heard.push(message));
    await once(worker, 'exit');
    expect(heard).toEqual([
      { kind: 'opened', found: [] },
      { kind: 'written', turn: 10 },
      { kind: 'closed', failure: null },
    ]);
  });
});
