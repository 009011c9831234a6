// Is a coded body decoded to what it was, within its bounds, and is an answer coded as Triton would?
import { constants, deflateRawSync, deflateSync, gunzipSync, gzipSync, inflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { chooseCoding, decodeBody, encodeBody } from '../../src/http/content-coding.ts';
import { seed } from '../support/seed.ts';

const bounds = { maxBytes: 1_048_576, bombBytes: 4_194_304 };
const small = Buffer.from('{"instances":[[1.0,2.50],[-0,1e400]]}');
const large = Buffer.from(Array.from({ length: 60_000 }, (_, index) => `${(index * 7919) % 104_729}`).join(','));
const zeros = (bytes: number): Buffer => gzipSync(Buffer.alloc(bytes));

describe('decoding', () => {
  it.each([
    ['gzip', gzipSync],
    ['x-gzip', gzipSync],
    ['GZIP', gzipSync],
    ['deflate', deflateSync],
    [' deflate ', deflateSync],
  ] as const)('%j gives back what was coded, small or large', async (coding, encode) => {
    for (const body of [Buffer.alloc(0), small, large]) {
      expect(await decodeBody(encode(body), coding, bounds)).toEqual({ kind: 'bytes', bytes: body });
    }
  });

  it.each([undefined, '', 'identity', 'Identity'])('%j leaves the bytes as they are', (coding) => {
    const decoded = decodeBody(small, coding, bounds);
    expect(decoded).toMatchObject({ kind: 'bytes' });
    expect((decoded as { bytes: Uint8Array }).bytes).toBe(small);
  });

  it.each(['br', 'zstd', 'compress', 'gzip, deflate', 'gzip,gzip', 'gzip;q=1', '*', 'constructor'])(
    '%j is not ours to read',
    (coding) => {
      expect(decodeBody(gzipSync(small), coding, bounds)).toEqual({ kind: 'unsupported' });
    },
  );

  const wrong: readonly (readonly [what: string, coding: string, of: (body: Buffer) => Buffer])[] = [
    ['no gzip', 'gzip', (body) => body],
    ['nothing at all', 'gzip', () => Buffer.alloc(0)],
    ['gzip called deflate', 'deflate', (body) => gzipSync(body)],
    ['deflate without its zlib header', 'deflate', (body) => deflateRawSync(body)],
    ['gzip that is truncated', 'gzip', (body) => gzipSync(body).subarray(0, -3)],
    ['deflate that is truncated', 'deflate', (body) => deflateSync(body).subarray(0, -1)],
    ['gzip with a wrong checksum', 'gzip', (body) => flipped(gzipSync(body), -6)],
    ['gzip with text behind it', 'gzip', (body) => Buffer.concat([gzipSync(body), small])],
    ['gzip with zeros behind it', 'gzip', (body) => Buffer.concat([gzipSync(body), Buffer.alloc(4)])],
    ['gzip of two members', 'gzip', (body) => Buffer.concat([gzipSync(body), gzipSync(body)])],
    ['deflate with text behind it', 'deflate', (body) => Buffer.concat([deflateSync(body), small])],
  ];

  it.each(wrong)('%s is broken, small or large', async (_, coding, of) => {
    for (const body of [small, large]) expect(await decodeBody(of(body), coding, bounds)).toEqual({ kind: 'broken' });
  });

  it.each([
    ['exactly maxBytes', bounds.maxBytes, 'bytes'],
    ['one byte more', bounds.maxBytes + 1, 'too_large'],
    ['exactly bombBytes', bounds.bombBytes, 'too_large'],
    ['more than bombBytes', bounds.bombBytes + 1, 'bomb'],
  ])('%s of zeros is %s', async (_, bytes, kind) => {
    expect(await decodeBody(zeros(bytes), 'gzip', bounds)).toMatchObject({ kind });
    expect(await decodeBody(deflateSync(Buffer.alloc(bytes)), 'deflate', bounds)).toMatchObject({ kind });
  });

  it('bounds hold for bodies that are not coded, and below what is decoded in the event loop', async () => {
    const tight = { maxBytes: 10, bombBytes: 20 };
    expect(decodeBody(Buffer.alloc(11), undefined, tight)).toEqual({ kind: 'too_large' });
    expect(decodeBody(Buffer.alloc(10), undefined, tight)).toMatchObject({ kind: 'bytes' });
    expect(decodeBody(zeros(10), 'gzip', tight)).toMatchObject({ kind: 'bytes' });
    expect(await decodeBody(zeros(11), 'gzip', tight)).toEqual({ kind: 'too_large' });
    expect(await decodeBody(zeros(21), 'gzip', tight)).toEqual({ kind: 'bomb' });
  });

  it('what a bomb holds is not kept, neither beyond maxBytes nor beyond bombBytes', async () => {
    const bomb = bombOf(256);
    const base = process.memoryUsage().arrayBuffers;
    let peak = base;
    const sampling = setInterval(() => {
      peak = Math.max(peak, process.memoryUsage().arrayBuffers);
    });
    const large = await decodeBody(bomb, 'deflate', { maxBytes: 1_000, bombBytes: 2 ** 28 });
    clearInterval(sampling);
    expect(large).toEqual({ kind: 'too_large' });
    expect(peak - base).toBeLessThan(2 ** 27);
    expect(await decodeBody(bomb, 'deflate', bounds)).toEqual({ kind: 'bomb' });
  });

  it('whatever bytes come, it says something', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 64 }), fc.constantFrom('gzip', 'deflate'), async (noise, coding) => {
        const decoded = await decodeBody(noise, coding, bounds);
        expect(['bytes', 'broken']).toContain(decoded.kind);
      }),
      { seed, numRuns: 300 },
    );
  });
});

test.each([
  [undefined, null],
  ['', null],
  ['gzip', 'gzip'],
  ['deflate', 'deflate'],
  ['identity', null],
  ['br', null],
  ['*', null],
  ['gzip, deflate', 'gzip'],
  ['deflate, gzip', 'deflate'],
  ['identity, gzip', null],
  ['gzip, identity', 'gzip'],
  ['br, zstd, gzip', 'gzip'],
  ['gzip;q=0.5, deflate;q=0.8', 'deflate'],
  ['gzip;q=0.5,identity;q=0.5', 'gzip'],
  ['gzip;q=0.5, identity', null],
  ['gzip;q=0', null],
  ['gzip;q=x', null],
  ['gzip; q=1', null], // not the spelling that Triton knows
  ['GZIP', null],
  [';q=1', null],
  [',,gzip', 'gzip'],
])('Accept-Encoding %j is answered with %j, as by Triton', (acceptEncoding, coding) => {
  expect(chooseCoding(acceptEncoding)).toBe(coding);
});

test.each([
  ['gzip', gunzipSync],
  ['deflate', inflateSync],
] as const)('an answer coded with %s is read by others as what it was', async (coding, decode) => {
  for (const body of [Buffer.alloc(0), small, large]) {
    const coded = await encodeBody(body, coding);
    expect(decode(coded).equals(body)).toBe(true);
    if (body === large) expect(coded.length).toBeLessThan(body.length / 2);
  }
});

/** So many MiB of zeros in the zlib format, put together from one flushed block and the Adler-32 of zeros. */
function bombOf(mebibytes: number): Buffer {
  const block = deflateRawSync(Buffer.alloc(2 ** 20), { finishFlush: constants.Z_FULL_FLUSH });
  const end = Buffer.from([3, 0, 0, 0, 0, 1]);
  end.writeUInt16BE((mebibytes * 2 ** 20) % 65_521, 2);
  return Buffer.concat([Buffer.from([0x78, 0x9c]), ...Array.from({ length: mebibytes }, () => block), end]);
}

function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  const index = copy.length + at;
  copy[index] = (copy[index] as number) ^ 1;
  return copy;
}
