import { once } from 'node:events';
import { Readable, Writable } from 'node:stream';
import { expect, it } from 'vitest';
import { pump, tolerateUnread } from '../../src/http/pump.ts';

function sink(highWaterMark = 16_384) {
  const chunks: Buffer[] = [];
  const pending: (() => void)[] = [];
  const target = new Writable({
    highWaterMark,
    write: (chunk: Buffer, _encoding, done) => {
      chunks.push(chunk);
      pending.push(done);
    },
  });
  return { target, chunks, pending };
}

function endings() {
  const seen: string[] = [];
  let moved = 0;
  const end = {
    moved: (bytes: number) => {
      moved += bytes;
    },
    ended: () => void seen.push('ended'),
    broken: (error: Error) => void seen.push(`broken: ${error.message}`),
  };
  return { seen, end, moved: () => moved };
}

it('moves every chunk, counts the bytes and leaves the target open', async () => {
  const { target, chunks, pending } = sink();
  const { seen, end, moved } = endings();
  const source = Readable.from([Buffer.from('ab'), Buffer.from('c')], { objectMode: false });
  pump(source, target, end);
  await once(source, 'end');
  expect(seen).toEqual(['ended']);
  expect(moved()).toBe(3);
  expect(target.writableEnded).toBe(false);
  while (pending.length > 0) pending.shift()?.();
  await expect.poll(() => Buffer.concat(chunks).toString()).toBe('abc');
});

it('a full target stops the source until it drains', async () => {
  const { target, pending } = sink(1);
  const { end, moved } = endings();
  const source = new Readable({ read: () => undefined });
  pump(source, target, end);
  source.push('one');
  await expect.poll(() => source.isPaused()).toBe(true);
  source.push('two');
  expect(moved()).toBe(3);
  pending.shift()?.();
  await expect.poll(moved).toBe(6);
});

it('a source that breaks is told once', async () => {
  const { seen, end } = endings();
  const source = tolerateUnread(new Readable({ read: () => undefined }));
  pump(source, sink().target, end);
  source.destroy(new Error('reset'));
  await once(source, 'close').catch(() => undefined);
  await expect.poll(() => seen).toEqual(['broken: reset']);
});

it('a source that is destroyed without an error is broken too', async () => {
  const { seen, end } = endings();
  const source = new Readable({ read: () => undefined });
  pump(source, sink().target, end);
  source.destroy();
  await expect.poll(() => seen).toEqual(['broken: the body broke off']);
});

it('a source that broke before anybody listened is told as well', async () => {
  const source = tolerateUnread(new Readable({ read: () => undefined }));
  source.destroy(new Error('early'));
  await expect.poll(() => source.closed).toBe(true);
  const { seen, end } = endings();
  pump(source, sink().target, end);
  expect(seen).toEqual(['broken: early']);
});
