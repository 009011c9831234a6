import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { failureOf } from '../../../src/logger/spool/spool-failure.ts';
import { type NewRow, SpoolStore } from '../../../src/logger/spool/spool-store.ts';
import { TestFolder } from '../../support/spool/spooled-events.ts';

function openIn(folder: TestFolder, maxPages: number | null = null): SpoolStore {
  return new SpoolStore({ file: fileOf(folder), sync: 'normal', maxPages });
}

const fileOf = (folder: TestFolder): string => join(folder.path, 'events.db');

function rows(first: number, count: number, { sink = 1, bytes = 100 } = {}): NewRow[] {
  return Array.from({ length: count }, (_, nth) => ({
    id: first + nth,
    sink,
    kind: nth % 3,
    data: new Uint8Array(bytes).fill(first + nth),
  }));
}

const idsFrom = (first: number, count: number): number[] => Array.from({ length: count }, (_, nth) => first + nth);
const wide = { after: 0, upTo: 1e6, maxRows: 1000, maxBytes: 1e9 };

function failureFrom(act: () => void): unknown {
  try {
    act();
  } catch (error) {
    return failureOf(error).kind;
  }
  return null;
}

describe('the store', () => {
  it('reads back what was written, and counts it by sink and kind', () => {
    using folder = new TestFolder();
    {
      using store = openIn(folder);
      store.write([...rows(1, 4), ...rows(5, 3, { sink: 2 })], []);
    }
    using store = openIn(folder);
    const page = store.page({ ...wide, sink: 1 });
    expect(page.rows.map(({ id, kind, bytes }) => [id, kind, bytes])).toEqual([
      [1, 0, 100],
      [2, 1, 100],
      [3, 2, 100],
      [4, 0, 100],
    ]);
    expect(page.rows.every(({ id, data }) => data.every((byte) => byte === id))).toBe(true);
    expect(store.found()).toContainEqual({ sink: 1, kind: 0, rows: 2, bytes: 200, lastId: 4 });
    expect(store.found()).toContainEqual({ sink: 2, kind: 2, rows: 1, bytes: 100, lastId: 7 });
  });

  it('reads pages by rows, by bytes, and at least one row', () => {
    using folder = new TestFolder();
    using store = openIn(folder);
    store.write(rows(1, 10), []);
    const pageOf = (bounds: object) => {
      const { rows: found, complete } = store.page({ ...wide, sink: 1, ...bounds });
      return [found.map(({ id }) => id), complete];
    };
    expect(pageOf({ maxRows: 3 })).toEqual([[1, 2, 3], false]);
    expect(pageOf({ after: 3, maxBytes: 250 })).toEqual([[4, 5], false]);
    expect(pageOf({ after: 5, maxBytes: 1 })).toEqual([[6], false]);
    expect(pageOf({ after: 6, upTo: 8 })).toEqual([[7, 8], true]);
    expect(pageOf({ after: 10 })).toEqual([[], true]);
    store.write([], [1, 2, 99]);
    expect(pageOf({ upTo: 4 })).toEqual([[3, 4], true]);
  });

  it('writes all of a transaction or nothing, and goes on after a full disk', () => {
    using folder = new TestFolder();
    using store = openIn(folder, 20);
    store.write(rows(1, 10), []);
    expect(failureFrom(() => store.write(rows(11, 1000, { bytes: 5_000 }), [1]))).toBe('full');
    expect(store.page({ ...wide, sink: 1 }).rows.map(({ id }) => id)).toEqual(idsFrom(1, 10));
    store.write(rows(2000, 1), [1]);
    expect(store.page({ ...wide, sink: 1 }).rows.map(({ id }) => id)).toEqual([...idsFrom(2, 9), 2000]);
  });

  it('gives the room of deleted rows back to the disk, and keeps its log short', () => {
    using folder = new TestFolder();
    using store = openIn(folder);
    const log = `${fileOf(folder)}-wal`;
    for (let turn = 0; turn < 60; turn += 1) {
      store.write(rows(turn * 10, 10, { bytes: 100_000 }), []);
      store.tidy();
      expect(statSync(log).size).toBeLessThan(32 * 1024 * 1024);
    }
    expect(statSync(fileOf(folder)).size).toBeGreaterThan(50_000_000);
    store.write([], idsFrom(0, 600));
    while (store.tidy());
    store[Symbol.dispose]();
    expect(statSync(fileOf(folder)).size).toBeLessThan(20_000_000);
  });

  it('is for one user at a time', () => {
    using folder = new TestFolder();
    using store = openIn(folder);
    expect(failureFrom(() => openIn(folder))).toBe('in_use');
    store.write(rows(1, 1), []);
  });

  it('says of a file that is no database that it is damaged, and of a folder that it is broken', () => {
    using folder = new TestFolder();
    writeFileSync(fileOf(folder), Buffer.alloc(10_000, 'x'));
    expect(failureFrom(() => openIn(folder))).toBe('damaged');
    expect(failureFrom(() => new SpoolStore({ file: folder.path, sync: 'full', maxPages: null }))).toBe('broken');
  });
});
