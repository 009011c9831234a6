import { expect, it } from 'vitest';
import { ReadPlace } from '../../../src/lanes/client/read-place.ts';
import { ReadBuffers } from '../../../src/lanes/socket/read-buffers.ts';

/** A place whose large body has just begun, with the buffer of its own. */
function placed(): { buffers: ReadBuffers; place: ReadPlace; own: Buffer } {
  const buffers = new ReadBuffers();
  const place = new ReadPlace(buffers);
  expect(place.next()).toBe(buffers.shared);
  place.wanted = true;
  const own = place.next();
  expect(own.length).toBeGreaterThan(buffers.shared.length);
  return { buffers, place, own };
}

it('gives its buffer back only when the next read lands elsewhere', () => {
  const { buffers, place, own } = placed();
  place.wanted = false;
  expect(buffers.lend()).not.toBe(own);
  expect(place.next()).toBe(buffers.shared);
  expect(buffers.lend()).toBe(own);
});

it('moves what came in the shared buffer to its own, and nothing that is there already', () => {
  const { buffers, place, own } = placed();
  const moved = place.keep(buffers.shared.fill('a').subarray(0, 1000));
  expect([moved.buffer === own.buffer, moved.toString()]).toEqual([true, 'a'.repeat(1000)]);
  const there = own.subarray(10, 20);
  expect(place.keep(there)).toBe(there);
});

it('reads behind bytes that are being written, and over them afterwards', () => {
  const { place, own } = placed();
  place.lendOn(place.keep(own.subarray(100, 1000)));
  const next = place.next();
  expect([next.buffer === own.buffer, next.byteOffset, next.length]).toEqual([true, 1000, own.length - 1000]);
  place.freed();
  expect(place.next()).toBe(own);
});

it('reads elsewhere when there is little room behind bytes that are being written, and overwrites none of them', () => {
  const { buffers, place, own } = placed();
  place.lendOn(own);
  expect(place.next()).toBe(buffers.shared);
  const other = place.keep(buffers.shared);
  expect([other.buffer === own.buffer, other.buffer === buffers.shared.buffer]).toEqual([false, false]);
});

it('gives a buffer whose last bytes are being written back when they have left', () => {
  const { buffers, place, own } = placed();
  place.lendOn(own.subarray(0, 1000));
  place.wanted = false;
  expect(place.next()).toBe(buffers.shared);
  expect(buffers.lend()).not.toBe(own);
  place.freed();
  expect(buffers.lend()).toBe(own);
});

it('loses a buffer that is being written when nobody will tell the end of it', () => {
  const { buffers, place, own } = placed();
  place.lendOn(own);
  place.close();
  place.freed();
  expect(buffers.lend()).not.toBe(own);
  expect(() => buffers.giveBack(own)).toThrow('not lent');
});

it('copies what must last when no buffer is left', () => {
  const buffers = new ReadBuffers();
  while (buffers.lend() !== null);
  const place = new ReadPlace(buffers);
  place.wanted = true;
  expect(place.next()).toBe(buffers.shared);
  const kept = place.keep(buffers.shared.fill('a').subarray(0, 3));
  buffers.shared.fill('b');
  place.lendOn(kept);
  expect([kept.toString(), place.next()]).toEqual(['aaa', buffers.shared]);
});
