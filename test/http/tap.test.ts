import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { setBreakReason } from '../../src/http/stream-reset.ts';
import { tapBody } from '../../src/http/tap.ts';

function tapped(body: Readable) {
  const chunks: string[] = [];
  const ends: boolean[] = [];
  tapBody(body, { chunk: (chunk) => chunks.push(Buffer.from(chunk).toString()), over: (broken) => ends.push(broken) });
  return { chunks, ends };
}

describe('a tap', () => {
  it('sees what the reader sees, and one end', async () => {
    const body = Readable.from([Buffer.from('one'), Buffer.from('two')]);
    const { chunks, ends } = tapped(body);
    expect((await buffer(body)).toString()).toBe('onetwo');
    await turn();
    expect(chunks.join('')).toBe('onetwo');
    expect(ends).toEqual([false]);
  });

  it('starts nothing before somebody reads', async () => {
    const body = new PassThrough();
    const { chunks } = tapped(body);
    body.write('early');
    await turn();
    await turn();
    expect(chunks).toEqual([]);
    body.end();
    expect((await buffer(body)).toString()).toBe('early');
    expect(chunks).toEqual(['early']);
  });

  it('tells of a body that broke off, once', async () => {
    const body = new PassThrough();
    const { ends } = tapped(body);
    body.on('error', () => undefined);
    body.destroy(new Error('gone'));
    await turn();
    await turn();
    expect(ends).toEqual([true]);
  });

  it('takes an end that its peer meant as a break for one', async () => {
    const body = Readable.from([Buffer.from('half')]);
    setBreakReason(body, new Error('reset'));
    const { ends } = tapped(body);
    await buffer(body);
    await turn();
    expect(ends).toEqual([true]);
  });
});
