import { describe, expect, it } from 'vitest';
import { type BodyFraming, ChunkedFraming, LengthFraming } from '../../../src/lanes/wire/body-framing.ts';

/** The data that a framing finds in one read, and where it stopped. */
function take(framing: BodyFraming, text: string): { data: string; rest: string } {
  const bytes = Buffer.from(text, 'latin1');
  const stop = framing.take(bytes, 0, bytes.length);
  return { data: bytes.toString('latin1', framing.dataStart, framing.dataEnd), rest: text.slice(stop) };
}

describe('a body with a length', () => {
  it('ends at its last byte, and what follows is not its own', () => {
    const framing = new LengthFraming(5);
    expect(take(framing, 'abc')).toEqual({ data: 'abc', rest: '' });
    expect(framing).toMatchObject({ done: false, leftBytes: 2 });
    expect(take(framing, 'deGET')).toEqual({ data: 'de', rest: 'GET' });
    expect(framing).toMatchObject({ done: true, leftBytes: 0 });
  });

  it('of Infinity never ends by itself', () => {
    const framing = new LengthFraming(Number.POSITIVE_INFINITY);
    expect(take(framing, 'abc')).toEqual({ data: 'abc', rest: '' });
    expect(framing).toMatchObject({ done: false, leftBytes: Number.POSITIVE_INFINITY });
  });
});

describe('a body in chunks', () => {
  it('gives the data of several chunks in one piece, and its trailers at the end', () => {
    const framing = new ChunkedFraming(100);
    expect(take(framing, '3\r\nabc\r\n2;x=y\r\nde\r\n4\r\nf')).toEqual({ data: 'abcdef', rest: '' });
    expect(framing.done).toBe(false);
    expect(take(framing, 'ghi\r\n0\r\nX-Sum: 1\r\n\r\nGET')).toEqual({ data: 'ghi', rest: 'GET' });
    expect(framing).toMatchObject({ done: true, trailers: ['X-Sum', '1'] });
  });

  it('gives nothing of a read that holds only framing', () => {
    const framing = new ChunkedFraming(100);
    expect(take(framing, '00')).toEqual({ data: '', rest: '' });
    expect(take(framing, '3\r\n')).toEqual({ data: '', rest: '' });
    expect(take(framing, 'abc')).toEqual({ data: 'abc', rest: '' });
  });
});
