import { describe, expect, it } from 'vitest';
import { type HpackField, HpackTable } from '../../../src/lanes/h2/hpack-table.ts';
import { seededRandom } from '../../support/random.ts';
import { seed } from '../../support/seed.ts';

function fieldOf(value: string, bytes: number): HpackField {
  return { name: 'x', slot: 0, value, bytes };
}

describe('an HPACK table', () => {
  it('knows the static fields under 1 to 61, with the slots of their names', () => {
    const table = new HpackTable((name) => name.length);
    expect(table.at(1)).toEqual({ name: ':authority', slot: 10, value: '', bytes: 42 });
    expect(table.at(16)).toEqual({ name: 'accept-encoding', slot: 15, value: 'gzip, deflate', bytes: 60 });
    expect(table.at(61)).toEqual({ name: 'www-authenticate', slot: 16, value: '', bytes: 48 });
    expect([table.at(0), table.at(62)]).toEqual([undefined, undefined]);
  });

  it('is emptied by a field that it cannot hold', () => {
    const table = new HpackTable(() => 0);
    table.resize(100);
    table.add(fieldOf('fits', 100));
    expect(table.at(62)?.value).toBe('fits');
    table.add(fieldOf('does not', 101));
    expect([table.count, table.bytes, table.at(62)]).toEqual([0, 0, undefined]);
  });

  it('keeps the newest that fit, in order, however it grew and shrank', () => {
    const random = seededRandom(seed);
    const table = new HpackTable(() => 0);
    let kept: HpackField[] = []; // newest first
    let maxBytes = 4096;
    for (let round = 0; round < 2000; round++) {
      if (random() < 0.02) {
        maxBytes = Math.floor(random() * 5000);
        table.resize(maxBytes);
      } else {
        const field = fieldOf(String(round), 32 + Math.floor(random() * 90));
        table.add(field);
        kept.unshift(field);
      }
      let bytes = 0;
      const fits = kept.findIndex((field) => {
        bytes += field.bytes;
        return bytes > maxBytes;
      });
      if (fits >= 0) kept = kept.slice(0, fits);
      expect(table.count).toBe(kept.length);
      for (const i of [0, 1, kept.length >> 1, kept.length - 1, kept.length]) {
        if (i >= 0) expect(table.at(62 + i)).toBe(kept[i]);
      }
    }
  });
});
