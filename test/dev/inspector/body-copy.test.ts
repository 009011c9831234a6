// What a copy holds is what it reserved, however small the chunks are.
import { expect, it } from 'vitest';
import { BodyCopy } from '../../../src/dev/inspector/body-copy.ts';

const maxBytes = 256 * 1024;

function openCopy(room = Number.POSITIVE_INFINITY) {
  const reserved: number[] = [];
  const sum = () => reserved.reduce((total, bytes) => total + bytes, 0);
  const copy = new BodyCopy((bytes) => {
    if (sum() + bytes > room) return false;
    reserved.push(bytes);
    return true;
  });
  return { copy, reserved, sum };
}

it('a body that comes whole takes its own length', () => {
  const { copy, reserved } = openCopy();
  copy.add(Buffer.from('abc'));
  expect([reserved, copy.bytes, copy.body]).toEqual([[3], 3, { bytes: Buffer.from('abc'), passedBytes: 3 }]);
});

it('a stream that comes byte by byte is one buffer, not one for each byte', () => {
  const { copy, reserved, sum } = openCopy();
  for (let at = 0; at < 300_000; at += 1) copy.add(Uint8Array.of(at));
  expect(reserved.length).toBeLessThan(20);
  expect([sum(), copy.bytes, copy.passedBytes]).toEqual([maxBytes, maxBytes, 300_000]);
  const kept = copy.body?.bytes ?? Buffer.alloc(0);
  expect(kept.equals(Buffer.from(Uint8Array.from({ length: maxBytes }, (_, at) => at)))).toBe(true);
});

it('is of its own memory, and no part of the chunks', () => {
  const { copy } = openCopy();
  const chunks = [Buffer.from('ab'), Buffer.from('cde'), Buffer.from('f')];
  for (const chunk of chunks) {
    copy.add(chunk);
    chunk.fill('x');
  }
  expect(copy.body?.bytes.toString()).toBe('abcdef');
});

it('counts on where there is no room, and when it was dropped', () => {
  const { copy } = openCopy(4);
  copy.add(Buffer.from('abcd'));
  copy.add(Buffer.from('efgh'));
  expect([copy.bytes, copy.body?.bytes.toString(), copy.passedBytes]).toEqual([4, 'abcd', 8]);
  copy.drop();
  copy.add(Buffer.from('ij'));
  expect([copy.bytes, copy.body, copy.passedBytes]).toEqual([0, null, 10]);
});
