// Does nothing that may hold a secret leave, and is a body that holds none left alone?
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { CapturedBody } from '../../../src/logger/event/captured-body.ts';
import { openRedactor, type RedactionFacts } from '../../../src/logger/privacy/redactor.ts';
import { captured, rule } from '../../support/redaction.ts';

const redactor = openRedactor([rule('ssn'), rule('tensor:x')])!;
const predict = {
  contentType: 'application/json',
  contentEncoding: null,
  headerLength: null,
  path: '/v1/models/m:predict',
};
const secret = '{"ssn":"123-45-6789"}';
const [hidden, harmless] = ['{"ssn":"***"}', '{"instances":[[1,2]]}'];

async function redact(body: CapturedBody | string, facts: Partial<RedactionFacts> = {}): Promise<CapturedBody> {
  return await redactor.redact(typeof body === 'string' ? captured(body) : body, { ...predict, ...facts });
}

const textOf = ({ data }: CapturedBody): string => Buffer.concat(data).toString();
const nothing = (totalBytes: number): CapturedBody => ({
  data: [],
  bytes: 0,
  totalBytes,
  broken: false,
  redacted: 'removed',
});

it('without rules there is no redactor', () => {
  expect(openRedactor([])).toBeNull();
});

describe('a body', () => {
  it('with a secret is told to be redacted, and counts as whole', async () => {
    const redacted = await redact(captured(secret, 4));
    expect(textOf(redacted)).toBe(hidden);
    expect(redacted).toMatchObject({ bytes: hidden.length, totalBytes: hidden.length, redacted: 'parts' });
  });

  it('is done with at once when it is not coded, or small', () => {
    expect(redactor.redact(captured(secret), predict)).not.toBeInstanceOf(Promise);
    const gzip = redactor.redact(captured(gzipSync(secret)), { ...predict, contentEncoding: 'gzip' });
    expect(gzip).not.toBeInstanceOf(Promise);
  });

  it.each([null, 'identity'])('without a secret stays the very same (Content-Encoding %j)', async (contentEncoding) => {
    const body = captured(harmless, 3);
    expect(await redact(body, { contentEncoding })).toBe(body);
  });

  it('of an error that repeats a secret is JSON as well', async () => {
    const errors = openRedactor([rule('error')])!;
    expect(textOf(await errors.redact(captured('{"error":"no 123"}'), predict))).toBe('{"error":"***"}');
  });

  it('that is empty is left alone, of whatever type', async () => {
    const body = { ...captured(''), broken: true };
    expect(await redact(body, { contentType: 'text/html', contentEncoding: 'br' })).toBe(body);
  });

  it('of no type is read when it begins like JSON', async () => {
    for (const contentType of [null, 'application/octet-stream', 'application/x-www-form-urlencoded']) {
      expect(textOf(await redact(` ${secret}`, { contentType }))).toBe(` ${hidden}`);
      expect(await redact('1234567890', { contentType })).toEqual(nothing(10));
      expect(await redact('ssn=1', { contentType })).toEqual(nothing(5));
    }
  });

  it('of events is read line by line', async () => {
    expect(textOf(await redact(`data: ${secret}\n\n`, { contentType: 'text/event-stream' }))).toBe(
      `data: ${hidden}\n\n`,
    );
  });

  it('with binary tensors gets a new header length', async () => {
    const head = '{"ssn":12345678,"inputs":[{"name":"x","parameters":{"binary_data_size":2}}]}';
    const redacted = await redact(`${head}xx`, { contentType: null, headerLength: String(head.length) });
    expect(redacted.recoded?.headerLength).toBe(String(head.length - 3));
    expect(textOf(redacted)).toBe(`${head.replace('12345678', '"***"')}\0\0`);
    const clean = head.replaceAll(/ssn|x/g, 'y');
    const facts = { contentType: null, headerLength: String(clean.length) };
    const body = captured(`${clean}yy`);
    expect(await redact(body, facts)).toBe(body);
  });

  it.each(['/v2/models/m/generate', '/v2/models/m/versions/1/generate_stream?a=b'])(
    'of %s has tensors as its members',
    async (path) => {
      const text = '{"x":"secret","stream":true}';
      expect(textOf(await redact(text, { path }))).toBe('{"x":"***","stream":true}');
      expect(textOf(await redact(text, { path: '/v2/models/m/infer' }))).toBe(text);
    },
  );
});

describe('what cannot be read is removed', () => {
  const whole = captured(secret);
  it.each([
    ['a body of which the end was not kept', { ...whole, totalBytes: 100 }, {}],
    ['a body of which nothing was kept', { ...whole, data: [], bytes: 0 }, {}],
    ['malformed JSON', captured('{"a":'), {}],
    ['another type', captured('ssn: 123'), { contentType: 'text/plain' }],
    ['gRPC', captured('\0\0\0\0\x03abc'), { contentType: 'application/grpc' }],
    ['multipart', whole, { contentType: 'multipart/form-data; boundary=x' }],
    ['a coding that is not ours', captured(brotliCompressSync(secret)), { contentEncoding: 'br' }],
    ['several codings', captured(gzipSync(gzipSync(secret))), { contentEncoding: 'gzip, gzip' }],
    ['a wrong coding', whole, { contentEncoding: 'gzip' }],
    ['a coded body that ends early', captured(gzipSync(secret).subarray(0, -4)), { contentEncoding: 'gzip' }],
    ['more than is read', captured(Buffer.alloc(redactor.maxBodyBytes + 1, 0x20)), {}],
    [
      'more than is read, decoded',
      captured(gzipSync(Buffer.alloc(redactor.maxBodyBytes + 1, 0x20))),
      { contentEncoding: 'gzip' },
    ],
    ['blobs that do not fit', captured(`${harmless}xx`), { headerLength: String(harmless.length) }],
  ] as const)('%s', async (_, body, facts) => {
    expect(await redact(body, facts)).toEqual(nothing(body.totalBytes));
  });

  it('a body that broke off, which is still said', async () => {
    expect(await redact({ ...whole, broken: true })).toEqual({ ...nothing(whole.bytes), broken: true });
  });
});

describe('a coded body', () => {
  const large = `{"pad":"${'é\\"'.repeat(200_000)}","ssn":1}`;
  it.each([
    ['gzip', gzipSync],
    ['X-Gzip', gzipSync],
    ['deflate', deflateSync],
  ] as const)('(%s) is decoded when it holds a secret, else left as it was', async (contentEncoding, encode) => {
    for (const text of [secret, large]) {
      const redacted = await redact(captured(encode(text), 2), { contentEncoding });
      expect(textOf(redacted)).toBe(text.replace(/"ssn":.*/, '"ssn":"***"}'));
      expect(redacted.recoded).toEqual({ contentEncoding: null, headerLength: null });
      const body = captured(encode(text.replace('ssn', 'nss')), 2);
      expect(await redact(body, { contentEncoding })).toBe(body);
    }
  });

  it('is removed while others decode to more than there is room for, and their room is free afterwards', async () => {
    const body = captured(gzipSync(`{"ssn":"${'1'.repeat(3_750_000)}"}`));
    const facts = { contentEncoding: 'gzip' };
    const crowd = await Promise.all(Array.from({ length: 6 }, () => redact(body, facts)));
    const kinds = crowd.map(({ redacted }) => redacted);
    expect(new Set(kinds)).toEqual(new Set(['parts', 'removed']));
    expect(kinds.filter((kind) => kind === 'parts').length).toBeLessThan(5);
    const [small, rounds] = [captured(gzipSync(`{"ssn":"${'1'.repeat(250_000)}"}`)), 70]; // 17 MB one after the other
    for (let n = 0; n < rounds; n += 1) await redact(small, facts);
    expect((await redact(body, facts)).redacted).toBe('parts');
  });
});
