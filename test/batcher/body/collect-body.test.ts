// Is a body collected whole, or given back whole when it is too large, and is a broken one never taken for a whole one?
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CollectBounds, type CollectedBody, collectBody } from '../../../src/batcher/body/collect-body.ts';
import { seed } from '../../support/seed.ts';

const anyBounds: CollectBounds = { contentLength: null, maxBytes: 1_000_000, reserve: () => true };

/** A stream that its test feeds; it takes what comes whether anybody reads or not. */
function openBody(): Readable {
  return new Readable({ read: () => undefined, highWaterMark: 65_536 });
}

function bodyOf(...chunks: readonly (string | Buffer)[]): Readable {
  const body = openBody();
  for (const chunk of chunks) body.push(chunk);
  body.push(null);
  return body;
}

/** Unlike `once`, whatever error comes first. */
function closed(body: Readable): Promise<void> {
  return new Promise((resolve) => void body.once('close', resolve));
}

function bytesOf(collected: CollectedBody): Uint8Array {
  if (collected.kind !== 'bytes') throw new Error(`expected bytes, got ${collected.kind}`);
  return collected.bytes;
}

function streamOf(collected: CollectedBody): Readable {
  if (!('body' in collected) || collected.body instanceof Uint8Array) throw new Error('expected a stream');
  return collected.body;
}

describe('a body of bytes', () => {
  it('passes through untouched, up to maxBytes', async () => {
    const bytes = Buffer.from('abc');
    const asked: number[] = [];
    const reserve = (count: number) => asked.push(count) > 0;
    expect(bytesOf(await collectBody(bytes, { ...anyBounds, maxBytes: 3, reserve }))).toBe(bytes);
    expect(asked).toEqual([3]);
    const larger = await collectBody(bytes, { ...anyBounds, maxBytes: 2, reserve });
    expect(larger).toEqual({ kind: 'too_large', body: bytes });
    expect(asked).toEqual([3]);
  });

  it('is refused when there is no room for it', async () => {
    expect(await collectBody(Buffer.from('abc'), { ...anyBounds, reserve: () => false })).toEqual({ kind: 'refused' });
  });
});

describe('a stream', () => {
  it.each([null, 6])('becomes its bytes, the length announced being %j', async (contentLength) => {
    const collected = await collectBody(bodyOf('ab', 'c', 'def'), { ...anyBounds, contentLength });
    expect(Buffer.from(bytesOf(collected)).toString()).toBe('abcdef');
  });

  it.each([null, 0])('without a byte is an empty body, the length announced being %j', async (contentLength) => {
    expect(bytesOf(await collectBody(bodyOf(), { ...anyBounds, contentLength }))).toHaveLength(0);
  });

  it('that was paused is read', async () => {
    const body = bodyOf('abc').pause();
    expect(bytesOf(await collectBody(body, anyBounds))).toHaveLength(3);
  });

  it('is given room as it comes, not for what it announces', async () => {
    const asked: number[] = [];
    const body = openBody();
    const collecting = collectBody(body, {
      ...anyBounds,
      contentLength: 900_000,
      reserve: (bytes) => asked.push(bytes) > 0,
    });
    body.push('abc');
    await once(body, 'data');
    expect(asked).toEqual([3]);
    body.push(Buffer.alloc(899_997));
    body.push(null);
    expect(bytesOf(await collecting)).toHaveLength(900_000);
    expect(asked).toEqual([3, 899_997]);
  });

  it('is refused when the room ends, and left paused, neither read on nor destroyed', async () => {
    const body = openBody();
    let room = 4;
    const reserve = (bytes: number): boolean => {
      room -= bytes;
      return room >= 0;
    };
    body.push('abc');
    const collecting = collectBody(body, { ...anyBounds, reserve });
    await once(body, 'data');
    body.push('de');
    expect(await collecting).toEqual({ kind: 'refused' });
    expect([body.isPaused(), body.destroyed, body.listenerCount('data')]).toEqual([true, false, 0]);
    body.destroy(new Error('late')); // nobody listens any more, and nobody has to
    await closed(body);
  });
});

describe('a broken stream', () => {
  it('rejects with its own error', async () => {
    const body = openBody();
    const collecting = collectBody(body, anyBounds);
    body.push('abc');
    const broken = new Error('reset');
    body.destroy(broken);
    await expect(collecting).rejects.toBe(broken);
  });

  it('rejects when it broke before anybody listened, with or without an error', async () => {
    const broken = new Error('reset');
    for (const [error, expected] of [
      [broken, /^reset$/],
      [undefined, /broke off/],
    ] as const) {
      const body = openBody().on('error', () => undefined);
      body.destroy(error);
      await closed(body);
      await expect(collectBody(body, anyBounds)).rejects.toThrow(expected);
    }
  });

  it('rejects when it closes without an end', async () => {
    const body = openBody();
    const collecting = collectBody(body, anyBounds);
    body.destroy();
    await expect(collecting).rejects.toThrow('broke off');
  });

  it.each([
    ['shorter', 7],
    ['longer', 5],
  ])('rejects when it is %s than announced', async (_, contentLength) => {
    await expect(collectBody(bodyOf('abc', 'def'), { ...anyBounds, contentLength })).rejects.toThrow('body');
  });
});

describe('a stream that takes too long', () => {
  it('is given back whole, with what comes later', async () => {
    const body = openBody();
    body.push('abc');
    const collected = await collectBody(body, { ...anyBounds, contentLength: 6, patienceMs: 5 });
    expect(collected.kind).toBe('too_slow');
    body.push('def');
    body.push(null);
    expect((await buffer(streamOf(collected))).toString()).toBe('abcdef');
  });

  it('that was in time is bytes, and no timer is left', async () => {
    const before = process.getActiveResourcesInfo().filter((each) => each === 'Timeout').length;
    const collected = await collectBody(bodyOf('abc'), { ...anyBounds, patienceMs: 60_000 });
    expect(bytesOf(collected).length).toBe(3);
    expect(process.getActiveResourcesInfo().filter((each) => each === 'Timeout').length).toBe(before);
  });
});

describe('a stream above maxBytes', () => {
  it('is not even read when its head says so', async () => {
    const body = bodyOf('abcdef');
    const collected = await collectBody(body, { ...anyBounds, contentLength: 6, maxBytes: 5 });
    expect(collected).toEqual({ kind: 'too_large', body });
    expect(body.readableFlowing).toBeNull();
  });

  it('yields what was read and then the rest, whatever its chunks', async () => {
    const chunks = fc.array(fc.uint8Array({ minLength: 1, maxLength: 9_000 }), { minLength: 1, maxLength: 10 });
    await fc.assert(
      fc.asyncProperty(chunks, fc.nat(20_000), fc.boolean(), async (pieces, maxBytes, atOnce) => {
        const expected = Buffer.concat(pieces);
        const body = atOnce ? bodyOf(...pieces.map(Buffer.from)) : Readable.from(pieces.map(Buffer.from));
        const collected = await collectBody(body, { ...anyBounds, maxBytes });
        const bytes = collected.kind === 'bytes' ? collected.bytes : await buffer(streamOf(collected));
        expect(collected.kind).toBe(expected.length > maxBytes ? 'too_large' : 'bytes');
        expect(Buffer.from(bytes).equals(expected)).toBe(true);
      }),
      { seed, numRuns: 200 },
    );
  });

  it('is held back while nobody reads on', async () => {
    let produced = 0;
    const body = new Readable({
      highWaterMark: 65_536,
      read() {
        produced += 65_536;
        this.push(produced < 20_000_000 ? Buffer.alloc(65_536) : null);
      },
    });
    const rest = streamOf(await collectBody(body, { ...anyBounds, maxBytes: 200_000 }));
    for (let read = 0; read < 600_000; ) {
      const chunk: Buffer | null = rest.read();
      if (chunk === null) await once(rest, 'readable');
      else read += chunk.length;
    }
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(produced).toBeLessThan(2_000_000);
    rest.destroy();
    await closed(body);
  });

  it('is destroyed when its reader gives up', async () => {
    const body = openBody();
    body.push('abcdef');
    const rest = streamOf(await collectBody(body, { ...anyBounds, maxBytes: 5 }));
    rest.destroy();
    await once(body, 'close');
    expect(body.destroyed).toBe(true);
  });

  it('breaks its reader when it breaks, with the same error', async () => {
    const body = openBody();
    body.push('abcdef');
    const rest = streamOf(await collectBody(body, { ...anyBounds, maxBytes: 5 }));
    const broken = new Error('reset');
    const read = buffer(rest);
    body.destroy(broken);
    await expect(read).rejects.toBe(broken);
  });

  it('breaks its reader when it closes without an end', async () => {
    const body = openBody();
    body.push('abcdef');
    const rest = streamOf(await collectBody(body, { ...anyBounds, maxBytes: 5 }));
    const read = buffer(rest);
    body.destroy();
    await expect(read).rejects.toThrow('broke off');
  });
});
