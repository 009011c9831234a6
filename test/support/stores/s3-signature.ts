// Is a request to S3 signed by whom it says (AWS Signature Version 4)? Written from the specification, not with the SDK's code.
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

export interface S3Account {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of temporary credentials: has to come with every request. */
  readonly sessionToken?: string;
  /** Wall clock; later requests get ExpiredToken. */
  readonly expiresMs?: number;
}

export interface SignedRequest {
  readonly method: string;
  /** As on the wire: path, "?", query. */
  readonly target: string;
  /** Lower-case names. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

export interface Verdict {
  /** An error code of S3; null: the signature holds. */
  readonly refusal: string | null;
  readonly account: S3Account | null; // null: nobody
  readonly region: string | null;
}

interface Claim {
  readonly credential: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  readonly date: string; // YYYYMMDD'T'HHMMSS'Z'
  readonly token: string | undefined;
  readonly payloadHash: string;
  readonly query: readonly (readonly [string, string])[]; // encoded as on the wire, without the signature itself
}

const maxSkewMs = 15 * 60_000;

export function verifySignature(request: SignedRequest, accounts: readonly S3Account[], nowMs: number): Verdict {
  const claim = readClaim(request);
  if (claim === null) return { refusal: null, account: null, region: null };
  const [accessKeyId = '', day = '', region = '', service = '', end = ''] = claim.credential.split('/');
  const refused = (refusal: string): Verdict => ({ refusal, account: null, region });
  const account = accounts.find((known) => known.accessKeyId === accessKeyId);
  if (account === undefined) return refused('InvalidAccessKeyId');
  if (service !== 's3' || end !== 'aws4_request' || !claim.date.startsWith(day))
    return refused('AuthorizationHeaderMalformed');
  if (claim.token !== account.sessionToken) return refused('InvalidToken');
  if (account.expiresMs !== undefined && nowMs >= account.expiresMs) return refused('ExpiredToken');
  if (!(Math.abs(readDate(claim.date) - nowMs) < maxSkewMs)) return refused('RequestTimeTooSkewed');
  const mustBeSigned = [...request.headers.keys()].filter((name) => name === 'host' || name.startsWith('x-amz-'));
  if (!mustBeSigned.every((name) => claim.signedHeaders.includes(name))) return refused('AccessDenied');
  const hash = claim.payloadHash;
  if (/^[0-9a-f]{64}$/.test(hash) && sha256(request.body) !== hash) return refused('XAmzContentSHA256Mismatch');
  const text = `AWS4-HMAC-SHA256\n${claim.date}\n${day}/${region}/s3/aws4_request\n${sha256(canonical(request, claim))}`;
  const keyOfDay = hmac(hmac(hmac(`AWS4${account.secretAccessKey}`, day), region), 's3');
  const wanted = hmac(hmac(keyOfDay, 'aws4_request'), text);
  const given = Buffer.from(claim.signature, 'hex');
  const holds = given.length === wanted.length && timingSafeEqual(given, wanted);
  return holds ? { refusal: null, account, region } : refused('SignatureDoesNotMatch');
}

/** Null: not signed at all. */
function readClaim({ target, headers }: SignedRequest): Claim | null {
  const query = rawQuery(target);
  const authorization = headers.get('authorization');
  if (authorization !== undefined) {
    const part = (name: string) => new RegExp(`${name}=([^,\\s]+)`).exec(authorization)?.[1] ?? '';
    return {
      credential: part('Credential'),
      signedHeaders: part('SignedHeaders').split(';'),
      signature: part('Signature'),
      date: headers.get('x-amz-date') ?? '',
      token: headers.get('x-amz-security-token'),
      payloadHash: headers.get('x-amz-content-sha256') ?? '',
      query,
    };
  }
  const values = new Map(query.map(([name, value]) => [name, decodeURIComponent(value)]));
  if (!values.has('X-Amz-Signature')) return null;
  return {
    credential: values.get('X-Amz-Credential') ?? '',
    signedHeaders: (values.get('X-Amz-SignedHeaders') ?? '').split(';'),
    signature: values.get('X-Amz-Signature') ?? '',
    date: values.get('X-Amz-Date') ?? '',
    token: values.get('X-Amz-Security-Token'),
    payloadHash: 'UNSIGNED-PAYLOAD',
    query: query.filter(([name]) => name !== 'X-Amz-Signature'),
  };
}

/** "Create a canonical request": the path is encoded once, as RFC 3986 has it, however it came. */
function canonical({ method, target, headers }: SignedRequest, claim: Claim): string {
  const query = claim.query.map(([name, value]) => `${name}=${value}`).sort();
  const names = [...claim.signedHeaders].sort();
  const lines = names.map((name) => `${name}:${(headers.get(name) ?? '').trim().replaceAll(/ +/g, ' ')}\n`);
  const path = strictlyEncoded(decodeURIComponent(target.split('?')[0] as string));
  return [method, path, query.join('&'), lines.join(''), names.join(';'), claim.payloadHash].join('\n');
}

function strictlyEncoded(path: string): string {
  const hex = (character: string) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
  return path
    .split('/')
    .map((part) => encodeURIComponent(part).replaceAll(/[!'()*]/g, hex))
    .join('/');
}

function rawQuery(target: string): (readonly [string, string])[] {
  const text = target.split('?')[1] ?? '';
  if (text === '') return [];
  return text.split('&').map((pair) => {
    const [name = '', value = ''] = pair.split('=');
    return [name, value] as const;
  });
}

function readDate(text: string): number {
  return Date.parse(text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
}

const sha256 = (bytes: string | Buffer): string => createHash('sha256').update(bytes).digest('hex');
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
