// Reads that are gathered come whole and in order, however Node and the event loop slice them.
import { describe, expect, it } from 'vitest';
import { GatheredReads } from '../../../src/storage/http/gathered-reads.ts';
import { eventually } from '../../support/eventually.ts';
import { seededRandom } from '../../support/random.ts';
import { seed } from '../../support/seed.ts';

/** Reads as Node does: it asks for room when the socket opens, and after each read. */
class Reads {
  readonly got: Buffer[] = [];
  readonly gathered = new GatheredReads((bytes, length) => this.got.push(Buffer.from(bytes.subarray(0, length))));
  readonly #onread = this.gathered.onread;
  #room = this.#ask();

  #ask(): Uint8Array {
    const { buffer } = this.#onread;
    return typeof buffer === 'function' ? buffer() : buffer;
  }

  read(bytes: Buffer): void {
    expect(this.#room.length).toBeGreaterThanOrEqual(bytes.length);
    this.#room.set(bytes);
    this.#onread.callback(bytes.length, this.#room);
    this.#room = this.#ask();
  }
}

describe('gathered reads', () => {
  it('come together when the event loop has nothing more to read', async () => {
    const reads = new Reads();
    for (const text of ['a', 'b', 'c']) reads.read(Buffer.from(text));
    expect(reads.got).toEqual([]);
    await eventually('they came', () => reads.got.length > 0);
    expect(reads.got.map(String)).toEqual(['abc']);
    reads.read(Buffer.from('d'));
    reads.gathered.flush();
    expect(reads.got.map(String)).toEqual(['abc', 'd']);
  });

  it('come at once when another record would find no room', () => {
    const reads = new Reads();
    for (let record = 0; record < 20; record += 1) reads.read(Buffer.alloc(16 * 1024, record));
    expect(reads.got.length).toBe(2);
    expect(reads.got[0]?.length).toBe(128 * 1024);
  });

  it('are what was read, in any rhythm', async () => {
    const random = seededRandom(seed);
    const reads = new Reads();
    const sent: Buffer[] = [];
    for (let round = 0; round < 500; round += 1) {
      const bytes = Buffer.alloc(1 + Math.floor(random() * 16 * 1024), round);
      sent.push(bytes);
      reads.read(bytes);
      if (random() < 0.2) await new Promise(setImmediate);
      if (random() < 0.1) reads.gathered.flush();
    }
    reads.gathered.flush();
    expect(Buffer.concat(reads.got).equals(Buffer.concat(sent))).toBe(true);
  });
});
