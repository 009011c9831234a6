// A look at the beginning of a body: its reader and its followers get every byte once, in order, and its end.
import { PassThrough, Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { tapBody } from '../../../src/http/tap.ts';
import { peekBody } from '../../../src/puller/gate/peek-body.ts';

const bounds = { maxBytes: 1000, maxWaitMs: 60_000 };
const text = (chunks: readonly Uint8Array[]): string => Buffer.concat(chunks).toString();

async function readAll(body: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk as Buffer);
  return text(chunks);
}

function followed(body: Readable) {
  const seen: Buffer[] = [];
  const ends: boolean[] = [];
  body.on('data', (chunk: Buffer) => seen.push(chunk)).pause();
  const tapped: Buffer[] = [];
  tapBody(body, { chunk: (chunk) => tapped.push(Buffer.from(chunk)), over: (broken) => ends.push(broken) });
  return { seen, tapped, ends };
}

describe('a peek', () => {
  it('shows what came so far until it is enough, and gives it back', async () => {
    const body = new PassThrough();
    const { seen, tapped, ends } = followed(body);
    const shown: string[] = [];
    const peek = peekBody(body, (start) => shown.push(Buffer.from(start).toString()) === 3, bounds);
    for (const piece of ['ab', 'cd', 'ef']) {
      body.write(piece);
      await new Promise(setImmediate);
    }
    const peeked = await peek;
    expect(shown).toEqual(['ab', 'abcd', 'abcdef']);
    expect(peeked.body).toBe(body);
    expect([seen, tapped]).toEqual([[], []]);
    body.end('gh');
    expect(await readAll(body)).toBe('abcdefgh');
    expect([text(seen), text(tapped), ends]).toEqual(['abcdefgh', 'abcdefgh', [false]]);
  });

  it('reads no more than its bytes', async () => {
    const body = new PassThrough();
    body.write(Buffer.alloc(600));
    const peek = peekBody(body, () => false, bounds);
    await new Promise(setImmediate);
    body.write(Buffer.alloc(600));
    body.write(Buffer.alloc(600));
    expect((await peek).body).toBe(body);
    expect(body.isPaused()).toBe(true);
    body.end();
    expect((await readAll(body)).length).toBe(1800);
  });

  it('gives up when nothing comes, and the body is as before', async () => {
    const body = new PassThrough();
    const { tapped, ends } = followed(body);
    expect((await peekBody(body, () => true, { ...bounds, maxWaitMs: 1 })).body).toBe(body);
    body.end('late');
    expect(await readAll(body)).toBe('late');
    expect([text(tapped), ends]).toEqual(['late', [false]]);
  });

  it('gives a body that ended meanwhile as its bytes, and followers have seen all of it', async () => {
    const body = new PassThrough();
    const { seen, tapped, ends } = followed(body);
    const peek = peekBody(body, () => false, bounds);
    body.end('all');
    expect((await peek).body).toEqual(Buffer.from('all'));
    await expect.poll(() => ends).toEqual([false]);
    expect([text(seen), text(tapped)]).toEqual(['all', 'all']);
  });

  it('tells followers of the end behind the bytes', async () => {
    const body = new PassThrough();
    const told: string[] = [];
    tapBody(body, { chunk: (chunk) => told.push(Buffer.from(chunk).toString()), over: () => told.push('over') });
    const peek = peekBody(body, () => false, bounds);
    body.end('all');
    await peek;
    await expect.poll(() => told).toEqual(['all', 'over']);
  });

  it('never takes a stream that its client reset for one that ended', async () => {
    const body = Object.assign(new PassThrough(), { rstCode: 8 }); // node:http2 emits 'end' then too
    const peek = peekBody(body, () => false, bounds);
    body.end('half');
    expect(await peek).toEqual({ body: null });
  });

  it('of nothing at all is an empty body', async () => {
    const peeked = await peekBody(Readable.from([]), () => false, bounds);
    expect(peeked.body).toHaveLength(0);
  });

  it('of a body that breaks is null, also when it broke before', async () => {
    const body = new PassThrough();
    const { ends } = followed(body);
    const peek = peekBody(body, () => false, bounds);
    body.write('half');
    body.destroy();
    expect(await peek).toEqual({ body: null });
    expect(ends).toEqual([true]);
    expect(await peekBody(body, () => false, bounds)).toEqual({ body: null });
  });
});
