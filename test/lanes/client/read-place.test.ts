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
  expect(place.isOwn(own)).toBe(true);
  return { buffers, place, own };
}

it('gives its buffer back only when the next read lands elsewhere', () => {
  const { buffers, place, own } = placed();
  place.wanted = false;
  expect(buffers.lend()).not.toBe(own);
  expect(place.next()).toBe(buffers.shared);
  expect(buffers.lend()).toBe(own);
});

it('never reads into bytes that are being written, and goes on with them afterwards', () => {
  const { buffers, place, own } = placed();
  place.lendOn();
  expect(place.next()).toBe(buffers.shared);
  place.freed();
  expect(place.next()).toBe(own);
});

it('gives a buffer whose last bytes are being written back when they have left', () => {
  const { buffers, place, own } = placed();
  place.lendOn();
  expect(place.next()).toBe(buffers.shared);
  place.wanted = false;
  expect(place.next()).toBe(buffers.shared);
  expect(buffers.lend()).not.toBe(own);
  place.freed();
  expect(buffers.lend()).toBe(own);
});

it('loses a buffer that is being written when nobody will tell the end of it', () => {
  const { buffers, place, own } = placed();
  place.lendOn();
  place.close();
  place.freed();
  expect(buffers.lend()).not.toBe(own);
  expect(() => buffers.giveBack(own)).toThrow('not lent');
});
