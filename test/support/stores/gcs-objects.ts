// The objects of a small Google Cloud Storage, and what its JSON API answers about them.
import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import type { GcsAnswer, GcsAsked } from './gcs-server.ts';

interface Kept {
  readonly bytes: Buffer;
  readonly generation: number;
  readonly contentEncoding?: string;
  readonly contentType: string;
  readonly composite: boolean;
}

export interface KeepOptions {
  readonly contentEncoding?: string;
  readonly contentType?: string;
  /** Has no MD5. */
  readonly composite?: boolean;
}

export class GcsObjects {
  readonly #buckets = new Map<string, Map<string, Kept>>();
  readonly #pageRows: number;
  #generation = 1_700_000_000_000_000;

  constructor(pageRows: number) {
    this.#pageRows = pageRows;
  }

  /** Makes the bucket too. @returns the generation */
  put(bucket: string, key: string, bytes: Uint8Array | string, options: KeepOptions = {}): string {
    const kept = { bytes: Buffer.from(bytes), generation: ++this.#generation, ...options };
    const defaults = { contentType: 'application/octet-stream', composite: false };
    this.bucket(bucket).set(key, { ...defaults, ...kept });
    return String(kept.generation);
  }

  bucket(name: string): Map<string, Kept> {
    const known = this.#buckets.get(name) ?? new Map<string, Kept>();
    this.#buckets.set(name, known);
    return known;
  }

  answer(asked: GcsAsked): GcsAnswer | null {
    const { pathname, searchParams } = asked.url;
    const [, kind = '', bucketName = '', keyText] =
      /^\/((?:download\/|upload\/)?storage\/v1)\/b\/([^/]+)\/o(?:\/([^/]+))?$/.exec(pathname) ?? [];
    const bucket = this.#buckets.get(decodeURIComponent(bucketName));
    if (bucket === undefined) return null;
    if (kind.startsWith('upload')) return asked.method === 'POST' ? this.#upload(bucketName, asked) : null;
    if (keyText === undefined) return this.#list(bucket, searchParams);
    const key = decodeURIComponent(keyText);
    const kept = bucket.get(key);
    const generation = searchParams.get('generation');
    if (kept === undefined || (generation !== null && generation !== String(kept.generation))) return null;
    return searchParams.get('alt') === 'media' ? media(kept, asked) : json(200, describe(key, kept));
  }

  #list(bucket: Map<string, Kept>, query: URLSearchParams): GcsAnswer {
    const after = Buffer.from(query.get('pageToken') ?? '', 'base64url').toString();
    const keys = [...bucket.keys()].filter((key) => key.startsWith(query.get('prefix') ?? '') && key > after);
    const page = keys.sort(byBytes).slice(0, this.#pageRows);
    const more = keys.length > page.length ? { nextPageToken: Buffer.from(page.at(-1)!).toString('base64url') } : {};
    const items = page.map((key) => describe(key, bucket.get(key)!));
    return json(200, { kind: 'storage#objects', ...more, ...(items.length === 0 ? {} : { items }) });
  }

  #upload(bucket: string, { url, headers, body }: GcsAsked): GcsAnswer {
    const [, boundary] = /boundary="?([^";]+)/.exec(headers['content-type'] ?? '') ?? [];
    const text = body.toString('latin1');
    const [, head = '', rest = ''] = text.split(`--${boundary}\r\n`);
    const { name, contentType, md5Hash } = JSON.parse(Buffer.from(head.split('\r\n\r\n')[1]!, 'latin1').toString());
    const bytes = Buffer.from(
      rest.slice(rest.indexOf('\r\n\r\n') + 4, rest.lastIndexOf(`\r\n--${boundary}--`)),
      'latin1',
    );
    if (md5Hash !== undefined && md5Hash !== md5(bytes)) return json(400, { error: { code: 400, message: 'MD5' } });
    const taken = this.bucket(decodeURIComponent(bucket)).has(name);
    if (url.searchParams.get('ifGenerationMatch') === '0' && taken) return json(412, { error: { code: 412 } });
    this.put(decodeURIComponent(bucket), name, bytes, { contentType });
    return json(200, describe(name, this.bucket(decodeURIComponent(bucket)).get(name)!));
  }
}

function media(kept: Kept, { headers }: GcsAsked): GcsAnswer {
  const gzipped = kept.contentEncoding === 'gzip';
  const hashes = `crc32c=${crc32c(kept.bytes)}${kept.composite ? '' : `,md5=${md5(kept.bytes)}`}`;
  const said = {
    'x-goog-hash': hashes,
    'x-goog-generation': String(kept.generation),
    'content-type': kept.contentType,
  };
  // "Decompressive transcoding": for who does not say that gzip is welcome, and then no range counts.
  if (gzipped && !/\bgzip\b/.test(headers['accept-encoding'] ?? '')) {
    return { status: 200, headers: said, body: gunzipSync(kept.bytes) };
  }
  const encoded = gzipped ? { ...said, 'content-encoding': 'gzip' } : said;
  const [, firstText, lastText] = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? '') ?? [];
  if (firstText === undefined) return { status: 200, headers: encoded, body: kept.bytes };
  const total = kept.bytes.length;
  const [first, last] = [Number(firstText), Math.min(lastText === '' ? total : Number(lastText), total - 1)];
  if (first >= total) return { status: 416, headers: { 'content-range': `bytes */${total}` }, body: Buffer.alloc(0) };
  const range = { 'content-range': `bytes ${first}-${last}/${total}` };
  return { status: 206, headers: { ...encoded, ...range }, body: kept.bytes.subarray(first, last + 1) };
}

function describe(name: string, { bytes, generation, contentEncoding, contentType, composite }: Kept): object {
  return {
    kind: 'storage#object',
    name,
    size: String(bytes.length),
    generation: String(generation),
    crc32c: crc32c(bytes),
    contentType,
    ...(composite ? { componentCount: 2 } : { md5Hash: md5(bytes) }),
    ...(contentEncoding === undefined ? {} : { contentEncoding }),
  };
}

function json(status: number, value: unknown): GcsAnswer {
  return { status, headers: { 'content-type': 'application/json' }, body: Buffer.from(JSON.stringify(value)) };
}

const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
const md5 = (bytes: Buffer): string => createHash('md5').update(bytes).digest('base64');

const crcTable = Uint32Array.from({ length: 256 }, (_, at) => {
  let value = at;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
  return value;
});

function crc32c(bytes: Buffer): string {
  let value = 0xffffffff;
  for (const byte of bytes) value = crcTable[(value ^ byte) & 255]! ^ (value >>> 8);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(~value >>> 0);
  return sum.toString('base64');
}
