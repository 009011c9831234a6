// Are the bytes those that were added, in order, and is their memory bounded by them?
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ChunkList } from '../../../src/batcher/body/chunk-list.ts';
import { seed } from '../../support/seed.ts';

function listOf(chunks: readonly Buffer[], wholeBytes: number | null): ChunkList {
  const list = new ChunkList(wholeBytes);
  for (const chunk of chunks) list.add(chunk);
  return list;
}

test('chunks of any sizes come out in order, with and without a known length, also when looked at in between', () => {
  const sizes = fc.array(fc.oneof(fc.nat(20), fc.integer({ min: 4_000, max: 4_200 }), fc.nat(70_000)), {
    maxLength: 12,
  });
  fc.assert(
    fc.property(sizes, fc.boolean(), fc.nat(12), (lengths, known, lookAfter) => {
      const chunks = lengths.map((length, index) => Buffer.alloc(length, index + 1));
      const expected = Buffer.concat(chunks);
      const list = new ChunkList(known ? expected.length : null);
      for (const [index, chunk] of chunks.entries()) {
        list.add(chunk);
        if (index === lookAfter) list.pieces();
      }
      expect(list.bytes).toBe(expected.length);
      expect(Buffer.concat(list.pieces()).equals(expected)).toBe(true);
      expect(list.joined().equals(expected)).toBe(true);
    }),
    { seed, numRuns: 200 },
  );
});

test('one chunk that is the whole body is not copied', () => {
  const chunk = Buffer.alloc(70_000);
  expect(listOf([chunk], 70_000).joined()).toBe(chunk);
  expect(listOf([chunk], null).joined()).toBe(chunk);
});

test('a body of known length is one block of that length', () => {
  const list = listOf([Buffer.alloc(65_536), Buffer.alloc(65_536)], 200_000);
  expect(list.pieces()).toHaveLength(1);
  expect(list.joined().buffer.byteLength).toBe(200_000);
});

test('a body of known length goes into the memory that it is given, which may be larger', () => {
  const memory = Buffer.alloc(300_000, 7);
  const list = new ChunkList(131_072, () => memory);
  list.add(Buffer.alloc(65_536, 1));
  list.add(Buffer.alloc(65_536, 2));
  expect(list.joined().buffer).toBe(memory.buffer);
  expect(list.joined().equals(Buffer.concat([Buffer.alloc(65_536, 1), Buffer.alloc(65_536, 2)]))).toBe(true);
});

test('a body cut into single bytes takes few pieces', () => {
  const chunks = Array.from({ length: 100_000 }, (_, index) => Buffer.from([index % 256]));
  const list = listOf(chunks, null);
  expect(list.pieces().length).toBeLessThan(10);
  expect(list.joined().equals(Buffer.concat(chunks))).toBe(true);
});
