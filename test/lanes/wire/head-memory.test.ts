import { expect, it } from 'vitest';
import { HeadMemory } from '../../../src/lanes/wire/head-memory.ts';

it('gives every caller bytes of its own', () => {
  const memory = new HeadMemory();
  const lengths = [0, 1, 100, 2048, 2049, 9000, 8192, 700, 1];
  const taken = Array.from({ length: 20 }, () => lengths.map((length) => memory.take(length))).flat();
  taken.forEach((bytes, i) => {
    bytes.fill(i);
  });
  taken.forEach((bytes, i) => {
    expect(bytes.length).toBe(lengths[i % lengths.length]);
    expect(bytes.every((byte) => byte === i % 256)).toBe(true);
  });
});

it('of a small head holds no more than a slab in memory', () => {
  const memory = new HeadMemory();
  for (const length of [10, 2000, 2048]) expect(memory.take(length).buffer.byteLength).toBe(8192);
  expect(memory.take(3000).buffer.byteLength).toBe(3000);
});
