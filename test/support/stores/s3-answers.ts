// What does S3 answer to a valid request? Pure: objects in, status, headers and body out.
import { createHash } from 'node:crypto';

export interface S3Object {
  readonly body: Buffer;
  readonly etag: string; // quoted
  /** Sent when asked for with x-amz-checksum-mode, such as x-amz-checksum-crc32c; others always. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface S3Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export function s3Object(
  body: Buffer,
  { etag, headers = {} }: { etag?: string; headers?: Record<string, string> } = {},
): S3Object {
  return { body, etag: etag ?? `"${createHash('md5').update(body).digest('hex')}"`, headers };
}

export function errorAnswer(status: number, code: string, { inside = '', headers = {} } = {}): S3Answer {
  return xmlAnswer(status, `<Error><Code>${code}</Code><Message>${code} it is.</Message>${inside}</Error>`, headers);
}

export function xmlAnswer(status: number, text: string, headers: Readonly<Record<string, string>> = {}): S3Answer {
  const body = Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>\n${text}`);
  return { status, headers: { 'content-type': 'application/xml', ...headers }, body };
}

/** ListObjectsV2: in the order of UTF-8 bytes, `pageKeys` a page. */
export function listAnswer(objects: ReadonlyMap<string, S3Object>, query: URLSearchParams, pageKeys: number): S3Answer {
  const prefix = query.get('prefix') ?? '';
  const after = Buffer.from(query.get('continuation-token') ?? '', 'base64');
  const encode = query.get('encoding-type') === 'url' ? formEncoded : xmlEscaped;
  const keys = [...objects.keys()].filter((key) => key.startsWith(prefix)).map((key) => Buffer.from(key));
  const left = keys.filter((key) => Buffer.compare(key, after) > 0).sort(Buffer.compare);
  const page = left.slice(0, Math.min(pageKeys, Number(query.get('max-keys') ?? pageKeys)));
  const more = left.length > page.length;
  const rows = page.map((key) => {
    const { body, etag } = objects.get(key.toString()) as S3Object;
    return `<Contents><Key>${encode(key.toString())}</Key><ETag>${xmlEscaped(etag)}</ETag><Size>${body.length}</Size></Contents>`;
  });
  const next = more
    ? `<NextContinuationToken>${(page.at(-1) as Buffer).toString('base64')}</NextContinuationToken>`
    : '';
  const encoding = query.get('encoding-type') === 'url' ? '<EncodingType>url</EncodingType>' : '';
  const head = `<Prefix>${encode(prefix)}</Prefix><KeyCount>${page.length}</KeyCount><IsTruncated>${more}</IsTruncated>`;
  return xmlAnswer(200, `<ListBucketResult>${head}${next}${encoding}${rows.join('')}</ListBucketResult>`);
}

/** GET and HEAD of an object. */
export function objectAnswer(object: S3Object | undefined, request: ReadonlyMap<string, string>): S3Answer {
  if (object === undefined) return errorAnswer(404, 'NoSuchKey');
  const { body, etag } = object;
  const pinned = request.get('if-match');
  if (pinned !== undefined && pinned !== etag) return errorAnswer(412, 'PreconditionFailed');
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(request.get('range') ?? '') ?? [];
  const common = { etag, 'accept-ranges': 'bytes', 'content-type': 'application/octet-stream' };
  if (first === '') return { status: 200, headers: { ...common, ...shownHeaders(object, request) }, body };
  if (Number(first) >= body.length) {
    return errorAnswer(416, 'InvalidRange', { headers: { 'content-range': `bytes */${body.length}` } });
  }
  const end = last === '' ? body.length - 1 : Math.min(Number(last), body.length - 1);
  const headers = { ...common, 'content-range': `bytes ${first}-${end}/${body.length}` };
  return { status: 206, headers, body: body.subarray(Number(first), end + 1) };
}

function shownHeaders({ headers }: S3Object, request: ReadonlyMap<string, string>): Record<string, string> {
  const asked = request.get('x-amz-checksum-mode') === 'ENABLED';
  return Object.fromEntries(Object.entries(headers).filter(([name]) => asked || !name.startsWith('x-amz-checksum-')));
}

function formEncoded(text: string): string {
  return encodeURIComponent(text).replaceAll('%20', '+');
}

/** XML 1.0 has no control characters: they are lost, as in the lists of versitygw. */
function xmlEscaped(text: string): string {
  const shown = text.replaceAll(/[\0-\x1f]/g, '\ufffd');
  return shown.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
