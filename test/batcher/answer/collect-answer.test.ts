import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { collectAnswer, decodeAnswer, wholeAnswer } from '../../../src/batcher/answer/collect-answer.ts';
import { OutriggerError } from '../../../src/errors.ts';
import type { Body } from '../../../src/http/exchange.ts';
import { FlatHeaderBlock } from '../../../src/http/header-block.ts';

const answer = (body: Body, headers: readonly string[] = [], status = 200) => ({
  status,
  headers: new FlatHeaderBlock(headers),
  body,
  trailers: null,
});
const tooLarge = ['Content-Length', String(600 * 2 ** 20)];

describe('an answer to a batch', () => {
  it('is collected from a stream', async () => {
    const body = Readable.from([Buffer.from('ab'), Buffer.from('c')], { objectMode: false });
    expect(await collectAnswer(answer(body))).toEqual(Buffer.from('abc'));
  });

  it('is decoded when the runtime coded it although nobody asked', async () => {
    const coded = answer(gzipSync('abc'), ['Content-Encoding', 'gzip']);
    expect(Buffer.from((await collectAnswer(coded)) as Uint8Array).toString()).toBe('abc');
  });

  it('in another coding is none, and a failure stays coded as it came', async () => {
    const bytes = brotliCompressSync('abc');
    expect(await collectAnswer(answer(bytes, ['Content-Encoding', 'br']))).toBeNull();
    expect(await collectAnswer(answer(bytes, ['Content-Encoding', 'br'], 500))).toBe(bytes);
  });

  it('that is too large to be held is given up', async () => {
    const body = new Readable({ read: () => undefined });
    expect(await collectAnswer(answer(body, tooLarge))).toBeNull();
    expect(body.destroyed).toBe(true);
  });

  it('that breaks off is the runtime’s fault, whatever its end calls it', async () => {
    const broken = async (error: Error): Promise<unknown> => {
      const body = new Readable({ read: () => undefined });
      const collected = collectAnswer(answer(body));
      body.push('a');
      body.destroy(error);
      return collected.catch((reason: unknown) => reason);
    };
    const reset = new Error('reset');
    expect(await broken(reset)).toMatchObject({ code: 'UPSTREAM_UNREACHABLE', cause: reset });
    const late = new OutriggerError('UPSTREAM_TIMEOUT', 'late');
    expect(await broken(late)).toBe(late);
  });

  it('that is shorter than it said rejects', async () => {
    const body = Readable.from([Buffer.from('ab')], { objectMode: false });
    await expect(collectAnswer(answer(body, ['Content-Length', '3']))).rejects.toThrow();
  });
});

describe('an answer as a whole', () => {
  it('that is too large to be held is still all there', async () => {
    const body = Readable.from([Buffer.from('ab'), Buffer.from('c')], { objectMode: false });
    const whole = await wholeAnswer(answer(body, tooLarge));
    expect((await buffer(whole.body as Readable)).toString()).toBe('abc');
  });

  it('keeps bytes, status and headers', async () => {
    const given = answer(Buffer.from('a'), ['X', '1'], 418);
    expect(await wholeAnswer(given)).toBe(given);
  });
});

it('bytes that are not what their coding says are none', async () => {
  expect(await decodeAnswer(Buffer.from('abc'), new FlatHeaderBlock(['Content-Encoding', 'gzip']))).toBeNull();
});
