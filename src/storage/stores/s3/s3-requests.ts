// Signed requests for our own HTTP client: where the official client would send them, signed by the official signer.
//
// A signature costs 87 us of CPU in a process that just began (60 later on), the official client's whole way of sending some
// 800. An own SigV4 would cost 26 and save 0.12 s in 2,000 objects: too little to own signatures for. A presigned URL would
// serve all ranges of an object, but an object has few ranges, and many objects have one each: nothing is won.
import type { S3Client } from '@aws-sdk/client-s3';
import { OutriggerError } from '../../../errors.ts';
import type { StoreRequest } from '../../object-store.ts';
import type { S3Session } from './s3-session.ts';

export interface S3RequestFacts {
  readonly method: 'GET' | 'HEAD';
  readonly key: string;
  /** In lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** As plain text; default: none. */
  readonly query?: Readonly<Record<string, string>>;
}

/** Every region's servers answer a whole GET and a HEAD with checksums when asked so; a range's answer has none. */
export const wantChecksums = { 'x-amz-checksum-mode': 'ENABLED' };

type AuthScheme = Parameters<S3Client['config']['signer']>[0];
type Signer = Awaited<ReturnType<S3Client['config']['signer']>>;
type Unsigned = Parameters<Signer['sign']>[0];

interface Endpoint {
  readonly url: URL; // of the bucket
  readonly properties?: { readonly authSchemes?: readonly AuthScheme[] };
}

interface Place {
  readonly client: S3Client;
  readonly base: URL; // of the bucket
  readonly signer: Signer | null;
}

export class S3Requests {
  readonly #session: S3Session;
  #place: { readonly client: S3Client; readonly found: Promise<Place> } | null = null;

  constructor(session: S3Session) {
    this.#session = session;
  }

  /** The same place for as long as the client is the same one; '' is the bucket itself. @throws OutriggerError STORE_DENIED: no credentials */
  async sign({ method, key, headers, query = {} }: S3RequestFacts): Promise<Omit<StoreRequest, 'range'>> {
    const { client, base, signer } = await this.#findPlace();
    const path = `${base.pathname.replace(/\/$/, '')}/${encodeKey(key)}`;
    const url = new URL(`${base.origin}${path}`);
    if (url.pathname !== path) {
      // "." and ".." between slashes: no URL can hold them, and no file here could have such a path.
      throw new OutriggerError('UNSAFE_PATH', `the key ${JSON.stringify(key)} cannot be asked for`);
    }
    url.search = Object.entries(query)
      .map(([name, value]) => `${name}=${encode(value)}`)
      .join('&');
    const all = { ...headers, host: url.host };
    if (signer === null) return { method, url, headers: Object.entries(headers) };
    const { protocol, hostname } = url;
    // Clocks differ: the client has learnt from the answers to its lists by how much.
    const signingDate = new Date(Date.now() + client.config.systemClockOffset);
    const unsigned = { method, protocol, hostname, path, query, headers: all } as Unsigned;
    const signed = (await this.#checked(signer.sign(unsigned, { signingDate }), key)) as { headers: typeof headers };
    return { method, url, headers: Object.entries(signed.headers).filter(([name]) => name !== 'host') };
  }

  #findPlace(): Promise<Place> {
    const { client } = this.#session;
    if (this.#place?.client !== client) {
      const found = this.#checked(this.#askSdk(client), null);
      found.catch(() => {
        this.#place = null; // the next request asks again: credentials may have come
      });
      this.#place = { client, found };
    }
    return this.#place.found;
  }

  /** The endpoint rules (path or virtual-hosted, accelerate, names with dots) are the client's: a call is stopped half-way. */
  async #askSdk(client: S3Client): Promise<Place> {
    const { bucket, sdk, anonymous } = this.#session;
    const command = new sdk.HeadObjectCommand({ Bucket: bucket, Key: 'k' });
    const seen: Endpoint[] = [];
    command.middlewareStack.add(
      (_next, context) => async () => {
        seen.push(context.endpointV2 as Endpoint);
        return { response: null, output: { $metadata: {} } };
      },
      { step: 'build', priority: 'low', name: 'stopBeforeSending' },
    );
    await client.send(command);
    const { url, properties } = seen[0] as Endpoint;
    const scheme = properties?.authSchemes?.[0];
    return { client, base: url, signer: anonymous ? null : await client.config.signer(scheme) };
  }

  async #checked<T>(result: Promise<T>, key: string | null): Promise<T> {
    try {
      return await result;
    } catch (error) {
      throw this.#session.failure('sign a request for', error, key);
    }
  }
}

/** As the official client writes a key into a path: RFC 3986 2.3, slashes stay. */
function encodeKey(key: string): string {
  return encode(key).replaceAll('%2F', '/');
}

function encode(text: string): string {
  const inHex = (character: string): string => `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, inHex);
}
