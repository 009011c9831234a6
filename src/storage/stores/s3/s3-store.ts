// A model in S3 or in a store that speaks its language: lists, signed requests, what their answers say.
import type { HttpClient } from '../../http/http-client.ts';
import { alone, type Borrowed, type Lender } from '../../kept.ts';
import type {
  AnswerHeaders,
  ByteRange,
  OnSetback,
  RemoteStore,
  StoredObject,
  StoreRequest,
} from '../../object-store.ts';
import { S3Access } from './s3-access.ts';
import type { S3Settings } from './s3-client.ts';
import { readFault } from './s3-failure.ts';
import { listS3 } from './s3-list.ts';
import { readChecksums, readHead, readHeadHeaders, readVersion } from './s3-objects.ts';
import { S3Quick } from './s3-quick.ts';
import { wantChecksums } from './s3-requests.ts';
import { tellSetbacks } from './s3-setbacks.ts';

export interface S3StoreOptions extends S3Settings {
  readonly path: string;
  readonly onSetback?: OnSetback | undefined;
  /** Of whom the access to the bucket is borrowed; default: it is this store's own. */
  readonly lender?: Lender | undefined;
  /** Our own client for small requests; default: the official one makes them. */
  readonly http?: HttpClient;
}

/** @throws OutriggerError CONFIG_INVALID: a file of authorities is unusable; MODEL_URI_INVALID: a directory bucket */
export async function openS3Store(options: S3StoreOptions): Promise<RemoteStore> {
  const { bucket, config, tls, proxy, lender = alone } = options;
  const settings = { bucket, config, tls, proxy, transfer: { ...options.transfer, ...config.transfer } };
  const access = await lender.borrow(`s3 ${JSON.stringify(settings)}`, () => S3Access.open(settings));
  return new S3Store(access, { ...options, ...settings });
}

class S3Store implements RemoteStore {
  readonly kind = 'remote';
  /** The operator's endpoint, or a name below amazonaws.com, which a VPC endpoint may well give a private address. */
  readonly reach = 'anywhere';
  readonly #borrowed: Borrowed<S3Access>;
  readonly #access: S3Access;
  readonly #options: S3StoreOptions;
  readonly #quick: S3Quick | null;

  constructor(borrowed: Borrowed<S3Access>, options: S3StoreOptions) {
    this.#borrowed = borrowed;
    this.#access = borrowed.part;
    this.#options = options;
    const { http } = options;
    this.#quick = http === undefined ? null : new S3Quick({ access: this.#access, http, reach: this.reach });
  }

  list(signal: AbortSignal): AsyncIterable<readonly StoredObject[]> {
    const look = (key: string, either: AbortSignal) => this.look(key, either);
    const { path, onSetback } = this.#options;
    return listS3({ session: this.#access.session, quick: this.#quick, path, look, signal, onSetback });
  }

  async rangeRequest({ key, version }: StoredObject, range: ByteRange | null): Promise<StoreRequest> {
    const headers = { ...pinned(version), ...(range === null && wantChecksums) };
    await this.#access.renewal?.settled();
    return { ...(await this.#access.requests.sign({ method: 'GET', key, headers })), range };
  }

  /** For what comes in ranges: the headers of a whole object say it all themselves. */
  detailsRequest({ key, version, bytes }: StoredObject): Promise<StoreRequest> | null {
    if (bytes !== null && bytes <= this.#options.transfer.partBytes) return null;
    return this.#signDetails(key, version);
  }

  async #signDetails(key: string, version: string | null): Promise<StoreRequest> {
    await this.#access.renewal?.settled();
    const headers = { ...pinned(version), ...wantChecksums };
    return { ...(await this.#access.requests.sign({ method: 'HEAD', key, headers })), range: null };
  }

  readDetails(object: StoredObject, headers: AnswerHeaders): StoredObject {
    const etag = headers.get('etag');
    const said = readChecksums(headers, etag ?? object.version);
    // Some stores know no If-Match, and would send the new bytes.
    const version = object.version === null ? null : (readVersion(etag) ?? object.version);
    return { ...object, version, checksums: { ...object.checksums, ...said } };
  }

  async look(key: string, signal: AbortSignal): Promise<StoredObject | null> {
    const answer = (await this.#quick?.look(key, signal)) ?? null;
    if (answer === null) return this.#lookByClient(key, signal);
    return answer.status === 404 ? null : readHeadHeaders(key, answer.headers);
  }

  async #lookByClient(key: string, signal: AbortSignal): Promise<StoredObject | null> {
    const { session } = this.#access;
    const head = await session.call({
      action: 'look at',
      key,
      signal,
      send: (client, sdk) => {
        const command = new sdk.HeadObjectCommand({ Bucket: session.bucket, Key: key, ChecksumMode: 'ENABLED' });
        return client
          .send(tellSetbacks(command, this.#options.onSetback), { abortSignal: signal })
          .catch((error: unknown) => {
            if (readFault(error).status === 404) return null;
            throw error;
          });
      },
    });
    return head && readHead(key, head);
  }

  renew(): boolean {
    return this.#access.renewal?.request(performance.now()) ?? false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#borrowed[Symbol.asyncDispose]();
  }
}

function pinned(version: string | null): Record<string, string> {
  return version === null ? {} : { 'if-match': version };
}
