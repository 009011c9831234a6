// A model in S3 or in a store that speaks its language: lists, signed requests, what their answers say.
import type { S3Client } from '@aws-sdk/client-s3';
import type { AnswerHeaders, ByteRange, RemoteStore, StoredObject, StoreRequest } from '../../object-store.ts';
import type { S3Settings } from './s3-client.ts';
import { areRenewable } from './s3-credentials.ts';
import { readFault } from './s3-failure.ts';
import { listS3 } from './s3-list.ts';
import { readChecksums, readHead, readVersion } from './s3-objects.ts';
import { S3Renewal } from './s3-renewal.ts';
import { S3Requests } from './s3-requests.ts';
import { S3Session } from './s3-session.ts';

export interface S3StoreOptions extends S3Settings {
  readonly path: string;
}

/** @throws OutriggerError CONFIG_INVALID: a file of authorities is unusable */
export async function openS3Store(options: S3StoreOptions): Promise<RemoteStore> {
  const { transfer, config } = options;
  const own = { ...options, transfer: { ...transfer, ...config.transfer } };
  return new S3Store(await S3Session.open(own, own.transfer.maxAttempts), own);
}

/** Every region's servers answer a whole GET and a HEAD with checksums when asked so; a range's answer has none. */
const wantChecksums = { 'x-amz-checksum-mode': 'ENABLED' };

class S3Store implements RemoteStore {
  readonly kind = 'remote';
  /** The operator's endpoint, or a name below amazonaws.com, which a VPC endpoint may well give a private address. */
  readonly reach = 'anywhere';
  readonly #session: S3Session;
  readonly #requests: S3Requests;
  readonly #options: S3StoreOptions;
  readonly #renewal: S3Renewal | null;

  constructor(session: S3Session, options: S3StoreOptions) {
    this.#session = session;
    this.#requests = new S3Requests(session);
    this.#options = options;
    this.#renewal = areRenewable(options.config) ? new S3Renewal(() => renewed(session.client)) : null;
  }

  list(signal: AbortSignal): AsyncIterable<readonly StoredObject[]> {
    const look = (key: string, either: AbortSignal) => this.look(key, either);
    return listS3({ session: this.#session, path: this.#options.path, look, signal });
  }

  async rangeRequest({ key, version }: StoredObject, range: ByteRange | null): Promise<StoreRequest> {
    const headers = { ...pinned(version), ...(range === null && wantChecksums) };
    await this.#renewal?.settled();
    return { ...(await this.#requests.sign({ method: 'GET', key, headers })), range };
  }

  /** For what comes in ranges: the headers of a whole object say it all themselves. */
  detailsRequest({ key, version, bytes }: StoredObject): Promise<StoreRequest> | null {
    if (bytes !== null && bytes <= this.#options.transfer.partBytes) return null;
    return this.#signDetails(key, version);
  }

  async #signDetails(key: string, version: string | null): Promise<StoreRequest> {
    await this.#renewal?.settled();
    const headers = { ...pinned(version), ...wantChecksums };
    return { ...(await this.#requests.sign({ method: 'HEAD', key, headers })), range: null };
  }

  readDetails(object: StoredObject, headers: AnswerHeaders): StoredObject {
    const etag = headers.get('etag');
    const said = readChecksums(headers, etag ?? object.version);
    // Some stores know no If-Match, and would send the new bytes.
    const version = object.version === null ? null : (readVersion(etag) ?? object.version);
    return { ...object, version, checksums: { ...object.checksums, ...said } };
  }

  async look(key: string, signal: AbortSignal): Promise<StoredObject | null> {
    const head = await this.#session.call({
      action: 'look at',
      key,
      signal,
      send: (client, sdk) => {
        const command = new sdk.HeadObjectCommand({ Bucket: this.#session.bucket, Key: key, ChecksumMode: 'ENABLED' });
        return client.send(command, { abortSignal: signal }).catch((error: unknown) => {
          if (readFault(error).status === 404) return null;
          throw error;
        });
      },
    });
    return head && readHead(key, head);
  }

  renew(): boolean {
    return this.#renewal?.request(performance.now()) ?? false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session[Symbol.asyncDispose]();
  }
}

function pinned(version: string | null): Record<string, string> {
  return version === null ? {} : { 'if-match': version };
}

function renewed({ config }: S3Client): ReturnType<S3Client['config']['credentials']> {
  return config.credentials({ forceRefresh: true });
}
