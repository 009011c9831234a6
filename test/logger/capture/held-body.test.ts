import { PassThrough, Readable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { breakReasonOf, setBreakReason } from '../../../src/http/stream-reset.ts';
import { holdLastByte } from '../../../src/logger/capture/held-body.ts';

function open(body: Readable, contentLength: number | null, owed: Promise<unknown> | null = null) {
  const seen: boolean[] = [];
  const copied: string[] = [];
  const held = holdLastByte(body, {
    contentLength,
    chunk: (chunk) => copied.push(Buffer.from(chunk).toString()),
    seen: (broken) => {
      seen.push(broken);
      return owed;
    },
  });
  const got: string[] = [];
  const ends: string[] = [];
  held.on('data', (chunk: Buffer) => got.push(chunk.toString()));
  held.on('end', () => ends.push('end'));
  held.on('error', () => ends.push('error'));
  held.resume();
  return { held, seen, copied, got, ends };
}

async function turns(): Promise<void> {
  for (let i = 0; i < 5; i += 1) await turn();
}

describe('an answer whose end is awaited', () => {
  it('passes at once but for its end, when its length is not known', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const body = new PassThrough();
    const { got, ends, seen } = open(body, null, promise);
    body.write('one');
    await turns();
    expect(got).toEqual(['one']);
    body.end('two');
    await turns();
    expect(got.join('')).toBe('onetwo');
    expect(seen).toEqual([false]);
    expect(ends).toEqual([]);
    resolve();
    await turns();
    expect(ends).toEqual(['end']);
  });

  it('holds the chunk that completes a known length', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const body = new PassThrough();
    const { got, ends, copied } = open(body, 6, promise);
    body.write('one');
    body.write('two');
    body.end();
    await turns();
    expect(copied.join('')).toBe('onetwo');
    expect(got).toEqual(['one']);
    resolve();
    await turns();
    expect(got.join('')).toBe('onetwo');
    expect(ends).toEqual(['end']);
  });

  it('waits for nothing when nothing is owed', async () => {
    const { got, ends } = open(Readable.from([Buffer.from('abc')]), 3);
    await turns();
    expect([got.join(''), ends]).toEqual(['abc', ['end']]);
  });

  it('breaks where the body broke, for the same reason', async () => {
    const body = new PassThrough();
    body.on('error', () => undefined);
    const { held, seen, ends } = open(body, 10);
    body.write('half');
    await turns();
    const reason = new Error('reset by the runtime');
    setBreakReason(body, reason);
    body.destroy(new Error('gone'));
    await turns();
    expect(seen).toEqual([true]);
    expect(ends).toEqual(['error']);
    expect(breakReasonOf(held)).toBe(reason);
  });

  it('lets go of the body when nobody reads it any more', async () => {
    const body = new PassThrough();
    const { held, seen } = open(body, null);
    body.write('half');
    await turns();
    held.destroy();
    await turns();
    expect(body.destroyed).toBe(true);
    expect(seen).toEqual([true]);
  });
});
