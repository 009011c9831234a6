// A small S3 that means it: signatures, regions, pages, ranges, conditions, errors in XML, and STS for web identities beside it.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import {
  errorAnswer,
  listAnswer,
  objectAnswer,
  type S3Answer,
  type S3Object,
  s3Object,
  xmlAnswer,
} from './s3-answers.ts';
import { type S3Account, verifySignature } from './s3-signature.ts';

export interface S3Request {
  readonly method: string;
  readonly target: string; // as on the wire
  readonly headers: ReadonlyMap<string, string>; // lower-case names
  readonly body: Buffer;
  readonly bucket: string;
  readonly key: string;
  readonly query: URLSearchParams;
  /** Who signed it; null: nobody. */
  readonly account: S3Account | null;
}

/** Sees every answer before it goes, and may give another; null: it has taken the response into its own hands. */
export type Alter = (request: S3Request, answer: S3Answer, response: ServerResponse) => S3Answer | null;

export interface S3ServerOptions {
  readonly region?: string;
  readonly accounts?: readonly S3Account[];
  readonly publicBuckets?: readonly string[];
  /** How a wrong region is told: as AWS does of a bucket elsewhere, or as most other stores do. */
  readonly wrongRegion?: 'PermanentRedirect' | 'AuthorizationHeaderMalformed';
  readonly pageKeys?: number;
  readonly tls?: { readonly cert: string; readonly key: string };
  /** AssumeRoleWithWebIdentity: whom a token becomes; null: nobody. */
  readonly assumeRole?: (token: string, roleArn: string) => S3Account | null;
  readonly alter?: Alter;
  /** How far the server's clock is ahead. */
  readonly clockAheadMs?: number;
}

export const testAccount: S3Account = { accessKeyId: 'TESTKEY', secretAccessKey: 'test-secret/+' };

export class S3Server implements AsyncDisposable {
  readonly requests: S3Request[] = [];
  readonly #options: S3ServerOptions;
  readonly #server: Server;
  readonly #buckets = new Map<string, Map<string, S3Object>>();
  readonly #accounts: S3Account[];

  private constructor(options: S3ServerOptions) {
    this.#options = options;
    this.#accounts = [...(options.accounts ?? [testAccount])];
    const serve = (request: IncomingMessage, response: ServerResponse) => void this.#serve(request, response);
    this.#server = options.tls ? createSecureServer(options.tls, serve) : createServer(serve);
  }

  static async start(options: S3ServerOptions = {}): Promise<S3Server> {
    const server = new S3Server(options);
    server.#server.listen(0, '127.0.0.1');
    await once(server.#server, 'listening');
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `${this.#options.tls ? 'https' : 'http'}://127.0.0.1:${this.port}`;
  }

  /** Makes the bucket too. */
  put(bucket: string, key: string, object: Buffer | string | S3Object): S3Object {
    const stored = typeof object === 'string' || Buffer.isBuffer(object) ? s3Object(Buffer.from(object)) : object;
    this.bucket(bucket).set(key, stored);
    return stored;
  }

  bucket(name: string): Map<string, S3Object> {
    const found = this.#buckets.get(name) ?? new Map<string, S3Object>();
    this.#buckets.set(name, found);
    return found;
  }

  /** The signed requests for objects, as `GET key`. */
  asked(): string[] {
    return this.requests.map(({ method, key }) => `${method} ${key}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await once(this.#server.close(), 'close');
  }

  #nowMs(): number {
    return Date.now() + (this.#options.clockAheadMs ?? 0);
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const request = this.#read(incoming, Buffer.concat(chunks));
    const { answer, ...seen } = this.#answer(request);
    const whole = { ...request, ...seen };
    this.requests.push(whole);
    const altered = this.#options.alter ? this.#options.alter(whole, answer, response) : answer;
    if (altered === null) return;
    const length = { 'content-length': String(altered.body.length), date: new Date(this.#nowMs()).toUTCString() };
    response.writeHead(altered.status, { ...length, ...altered.headers });
    response.end(request.method === 'HEAD' ? undefined : altered.body);
  }

  /** Path style only: `localhost` has no subdomains everywhere. */
  #read({ method = '', url = '', headers }: IncomingMessage, body: Buffer): S3Request {
    const [path = '', query = ''] = url.split('?');
    const [, bucket = '', key = ''] = /^\/([^/]*)\/?(.*)$/s.exec(path) ?? [];
    const fields = new Map(Object.entries(headers).map(([name, value]) => [name, String(value)]));
    const keyOf = decodeURIComponent(key);
    return {
      method,
      target: url,
      headers: fields,
      body,
      bucket,
      key: keyOf,
      query: new URLSearchParams(query),
      account: null,
    };
  }

  #answer(request: S3Request): { answer: S3Answer; account: S3Account | null } {
    if (request.method === 'POST' && request.bucket === '') return { answer: this.#assumeRole(request), account: null };
    const { refusal, account, region } = verifySignature(request, this.#accounts, this.#nowMs());
    const refused = (answer: S3Answer) => ({ answer, account: null });
    if (refusal !== null) return refused(errorAnswer(refusal === 'ExpiredToken' ? 400 : 403, refusal));
    if (account === null && !this.#options.publicBuckets?.includes(request.bucket)) {
      return refused(errorAnswer(403, 'AccessDenied'));
    }
    const home = this.#options.region ?? 'us-east-1';
    if (region !== null && region !== home) return refused(this.#wrongRegion(home));
    const objects = this.#buckets.get(request.bucket);
    return { answer: objects ? this.#serveObject(request, objects) : errorAnswer(404, 'NoSuchBucket'), account };
  }

  #wrongRegion(home: string): S3Answer {
    if (this.#options.wrongRegion === 'AuthorizationHeaderMalformed') {
      return errorAnswer(400, 'AuthorizationHeaderMalformed', { inside: `<Region>${home}</Region>` });
    }
    return errorAnswer(301, 'PermanentRedirect', { headers: { 'x-amz-bucket-region': home } });
  }

  #serveObject(request: S3Request, objects: Map<string, S3Object>): S3Answer {
    const { method, key, body, headers, query } = request;
    if (method === 'PUT') {
      const md5 = headers.get('content-md5');
      const sum = createHash('md5').update(body).digest('base64');
      if (headers.get('if-none-match') === '*' && objects.has(key)) return errorAnswer(412, 'PreconditionFailed');
      if (md5 !== undefined && md5 !== sum) return errorAnswer(400, 'BadDigest');
      const stored = s3Object(body, { headers: { 'content-type': headers.get('content-type') ?? '' } });
      objects.set(key, stored);
      return { status: 200, headers: { etag: stored.etag }, body: Buffer.alloc(0) };
    }
    if (key === '') return listAnswer(objects, query, this.#options.pageKeys ?? 1000);
    return objectAnswer(objects.get(key), headers);
  }

  #assumeRole({ body }: S3Request): S3Answer {
    const form = new URLSearchParams(body.toString());
    const account = this.#options.assumeRole?.(form.get('WebIdentityToken') ?? '', form.get('RoleArn') ?? '') ?? null;
    if (account === null) {
      const error = '<Error><Type>Sender</Type><Code>InvalidIdentityToken</Code><Message>no</Message></Error>';
      return xmlAnswer(400, `<ErrorResponse>${error}</ErrorResponse>`);
    }
    this.#accounts.push(account);
    const { accessKeyId, secretAccessKey, sessionToken = '', expiresMs = Date.now() + 3_600_000 } = account;
    const credentials = [
      `<AccessKeyId>${accessKeyId}</AccessKeyId><SecretAccessKey>${secretAccessKey}</SecretAccessKey>`,
      `<SessionToken>${sessionToken}</SessionToken><Expiration>${new Date(expiresMs).toISOString()}</Expiration>`,
    ].join('');
    const result = `<AssumeRoleWithWebIdentityResult><Credentials>${credentials}</Credentials></AssumeRoleWithWebIdentityResult>`;
    return xmlAnswer(200, `<AssumeRoleWithWebIdentityResponse>${result}</AssumeRoleWithWebIdentityResponse>`);
  }
}
