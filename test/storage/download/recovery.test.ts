import { describe, expect, it } from 'vitest';
import type { Setback } from '../../../src/storage/download/attempt-verdict.ts';
import { Part } from '../../../src/storage/download/part.ts';
import { startProgress } from '../../../src/storage/download/progress.ts';
import { Recovery } from '../../../src/storage/download/recovery.ts';
import type { RemoteStore } from '../../../src/storage/object-store.ts';
import { FileUnderWay, remoteObject, scriptedStore } from '../../support/stores/file-under-way.ts';
import { quickTransfer } from '../../support/stores/pulls.ts';

const status = (code: number, retryAfterMs: number | null = null): Setback => {
  return { kind: 'status', status: code, retryAfterMs, text: '' };
};

function recovering(store: Partial<RemoteStore> = {}, { maxBackoffMs = 0, maxAttempts = 3 } = {}) {
  const progress = startProgress();
  const requeued: Part[] = [];
  const slowed = { times: 0 };
  const ending = new AbortController();
  const recovery = new Recovery({
    shownUri: 's3://models/m',
    store: scriptedStore(store),
    transfer: { ...quickTransfer, maxAttempts, maxBackoffMs },
    progress,
    signal: ending.signal,
    requeue: (parts) => requeued.push(...parts),
    slowDown: () => {
      slowed.times += 1;
    },
    random: () => 0,
  });
  return { recovery, progress, requeued, slowed, ending };
}

const counts = () => ({ failures: 0, renewals: 0 });

describe('after an attempt that failed', () => {
  it('others follow, as many as allowed; then the words name model, key and remedy', async () => {
    const { recovery, progress } = recovering();
    const [object, tries] = [remoteObject(), counts()];
    await recovery.pause(status(500), { counts: tries, object });
    await recovery.pause(status(500), { counts: tries, object });
    await expect(recovery.pause(status(500), { counts: tries, object })).rejects.toMatchObject({
      code: 'STORE_FAILED',
      message: expect.stringMatching(/^s3:\/\/models\/m: "m\/weights": the store answered 500; another pull/),
    });
    expect(progress.retries).toBe(2);
  });

  it('a range that made progress has all its attempts again', async () => {
    await using way = await FileUnderWay.open();
    const { recovery } = recovering();
    const part = way.file.begin()[0]!;
    for (let byte = 0; byte < 4; byte += 1) {
      const from = part.next;
      part.take(Buffer.from('x'));
      await recovery.after(status(500), { part, from });
      await recovery.after(status(500), { part, from: part.next });
    }
    expect(part.done).toBe(true);
  });

  it('a stream begins at its first byte, and what it brought counts no more', async () => {
    await using way = await FileUnderWay.open({ ranges: false });
    const { recovery, progress } = recovering();
    const part = way.file.begin()[0]!;
    part.take(Buffer.from('012'));
    way.file.writtenBytes = progress.doneBytes = 3;
    await recovery.after(status(500), { part, from: 0 });
    expect([part.next, progress.doneBytes, part.failures]).toEqual([0, 0, 1]);
  });

  it('by 429 or 503 fewer connections are asked for', async () => {
    const { recovery, slowed } = recovering();
    for (const code of [429, 503, 500])
      await recovery.pause(status(code), { counts: counts(), object: remoteObject() });
    expect(slowed.times).toBe(2);
  });

  it('a Retry-After of hours is capped, and its wait ends with the pull', async () => {
    const object = remoteObject();
    await recovering().recovery.pause(status(503, 3_600_000), { counts: counts(), object });
    const { recovery, ending } = recovering({}, { maxBackoffMs: 3_600_000 });
    const waiting = recovery.pause(status(503, 3_600_000), { counts: counts(), object });
    ending.abort();
    await waiting;
  });

  it('by 403 credentials are renewed, up to three times, if they can be', async () => {
    let renewals = 0;
    const { recovery } = recovering({ renew: () => Boolean(++renewals) });
    const [object, tries] = [remoteObject(), counts()];
    for (let time = 0; time < 3; time += 1) await recovery.pause(status(403), { counts: tries, object });
    await expect(recovery.pause(status(403), { counts: tries, object })).rejects.toMatchObject({
      code: 'STORE_DENIED',
    });
    expect(renewals).toBe(3);
    const { recovery: other } = recovering();
    await expect(other.pause(status(403), { counts: counts(), object })).rejects.toMatchObject({
      code: 'STORE_DENIED',
      message: expect.stringContaining('allow these credentials'),
    });
  });

  it('what the disk refused ends the pull with its own words', async () => {
    await using way = await FileUnderWay.open();
    const { recovery } = recovering();
    const part = way.file.begin()[0]!;
    const cause = Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC', syscall: 'write' });
    const setback: Setback = { kind: 'failure', failure: { kind: 'receiver', message: 'ENOSPC', cause } };
    await expect(recovery.after(setback, { part, from: 0 })).rejects.toMatchObject({ code: 'DISK_FULL' });
  });

  it('no line end and no turned writing of a key gets into the words', async () => {
    const { recovery } = recovering();
    const error = recovery.failed(remoteObject({ key: 'm/\n\u202efake' }), { code: 'STORE_FAILED', text: 'so' });
    expect(error.message).toContain('"m/\\u{a}\\u{202e}fake"');
  });
});

describe('an object that changed', () => {
  it('is looked at once for all connections that saw it, and counts as one change', async () => {
    await using way = await FileUnderWay.open({ bytes: 80 });
    let looks = 0;
    const now = remoteObject({ bytes: 80, version: '"v2"' });
    const { recovery, progress, requeued } = recovering({
      look: async () => {
        looks += 1;
        return now;
      },
    });
    const parts = way.file.begin();
    expect(parts.length).toBe(20);
    await Promise.all(parts.map((part) => recovery.after(status(412), { part, from: part.next })));
    expect([looks, way.file.changes, progress.restarts, requeued.length]).toEqual([1, 1, 1, 20]);
    expect(parts.every(({ stale }) => stale)).toBe(true);
    expect(way.file.object.version).toBe('"v2"');
  });

  it('takes back what the figures said of it, that of earlier pulls too', async () => {
    await using way = await FileUnderWay.open();
    const part = way.file.begin()[0]!;
    part.take(Buffer.from('0123'));
    way.file.partDone(part);
    await way.reopen({});
    const [missing] = way.file.begin();
    const { recovery, progress } = recovering({ look: async () => remoteObject({ bytes: 6, version: '"v2"' }) });
    Object.assign(progress, { listedBytes: 10, doneBytes: 4, keptBytes: 4 });
    await recovery.after(status(412), { part: missing!, from: 4 });
    expect(progress).toMatchObject({ listedBytes: 6, doneBytes: 0, keptBytes: 0 });
  });

  it('again and again is given up, and one that is gone at once', async () => {
    await using way = await FileUnderWay.open();
    const { recovery } = recovering({ look: async () => remoteObject() });
    const change = () => recovery.after(status(412), { part: new Part(way.file, { first: 0, last: 3 }), from: 0 });
    for (let time = 0; time < 5; time += 1) await change();
    await expect(change()).rejects.toMatchObject({ code: 'OBJECT_CHANGED' });
    await using other = await FileUnderWay.open();
    const gone = recovering().recovery.after(status(404), { part: other.file.begin()[0]!, from: 0 });
    await expect(gone).rejects.toMatchObject({ code: 'OBJECT_CHANGED', message: expect.stringContaining('deleted') });
  });

  it('whose look hangs keeps no ended pull waiting', async () => {
    await using way = await FileUnderWay.open();
    const { recovery, ending } = recovering({ look: () => new Promise(() => undefined) });
    const looking = recovery.after(status(412), { part: way.file.begin()[0]!, from: 0 });
    ending.abort();
    await looking;
    expect(way.file.epoch).toBe(0);
  });

  it('of which no ranges are served comes in one stream', async () => {
    await using way = await FileUnderWay.open();
    const { recovery, requeued } = recovering();
    await recovery.after({ kind: 'no-ranges' }, { part: way.file.begin()[0]!, from: 0 });
    expect(requeued.map(({ range }) => range)).toEqual([null]);
  });
});
