// A model that is one file of a web server: http(s)://host/path, presigned URLs among them.
import type { HttpStoreConfig, TransferConfig } from '../../../config/storage-config.ts';
import { OutriggerError } from '../../../errors.ts';
import { reachOf } from '../../address/address-rule.ts';
import type { HttpClient } from '../../http/http-client.ts';
import type { Resolved } from '../../http/redirects.ts';
import type {
  AnswerHeaders,
  ByteRange,
  OnSetback,
  Reach,
  RemoteStore,
  StoredObject,
  StoreRequest,
} from '../../object-store.ts';
import { httpFileName } from '../../uri/http-uri.ts';
import { shownText } from '../../uri/shown-text.ts';
import { RetryingClient } from '../retrying-client.ts';
import { pinnedTo, readHttpDetails, readHttpObject } from './http-object.ts';

export interface HttpStoreOptions {
  /** With user part and query: never shown. */
  readonly url: string;
  readonly config: HttpStoreConfig;
  readonly http: HttpClient;
  readonly transfer: TransferConfig;
  readonly onSetback?: OnSetback | undefined;
}

export interface HttpStore extends RemoteStore {
  /** The one key: the last part of the URL's path. */
  readonly path: string;
}

export function openHttpStore(options: HttpStoreOptions): HttpStore {
  return new WebFile(options);
}

class WebFile implements HttpStore {
  readonly kind = 'remote';
  readonly reach: Reach;
  readonly path: string;
  readonly #request: StoreRequest;
  readonly #client: RetryingClient;
  readonly #closed = new AbortController();
  /** Where the URL leads: found out once, for all connections. */
  #resolved: Promise<Resolved> | null = null;
  #redirected = false;

  constructor({ url, config, http, transfer, onSetback }: HttpStoreOptions) {
    const target = new URL(url);
    this.reach = reachOf(target.hostname, { configured: false });
    this.path = httpFileName(url);
    this.#request = { method: 'GET', url: target, headers: Object.entries(headersFor(target, config)), range: null };
    this.#client = new RetryingClient({ http, reach: this.reach, transfer, onSetback });
  }

  async *list(signal: AbortSignal): AsyncGenerator<readonly StoredObject[]> {
    const object = await this.look(this.path, signal);
    if (object === null) throw this.#notFound();
    yield [object];
  }

  async look(key: string, signal: AbortSignal): Promise<StoredObject | null> {
    const resolved = await this.#resolve(signal);
    const { head } = resolved;
    if (head.status === 404 || head.status === 410) return null;
    if (![200, 206, 416].includes(head.status)) throw this.#refusal(resolved);
    const object = readHttpObject(key, head);
    if (object !== null) return object;
    throw this.#failure('the answer has an unknown Content-Encoding, or another range than was asked for');
  }

  async rangeRequest({ version }: StoredObject, range: ByteRange | null): Promise<StoreRequest> {
    const { request } = await (this.#resolved ?? this.#resolve(this.#closed.signal));
    return { ...request, headers: [...request.headers, ...pinnedTo(version)], range };
  }

  /** Everything a HEAD could say is in the answers to GETs, and signed URLs are good for one method. */
  detailsRequest(): null {
    return null;
  }

  readDetails(object: StoredObject, headers: AnswerHeaders): StoredObject {
    return readHttpDetails(object, headers);
  }

  /** What a redirect led to may have been signed for a while; the URL itself is all the operator gave. */
  renew(): boolean {
    if (this.#redirected) this.#resolved = null;
    return this.#redirected;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed.abort(new OutriggerError('PULL_CANCELLED', 'interrupted'));
    this.#client[Symbol.dispose]();
  }

  /** Asks anew; who wants bytes afterwards goes where this led. */
  async #resolve(signal: AbortSignal): Promise<Resolved> {
    const resolving = this.#client.follow(this.#request, AbortSignal.any([signal, this.#closed.signal]));
    this.#resolved = resolving;
    try {
      const resolved = await resolving;
      this.#redirected = resolved.hops > 0;
      return resolved;
    } catch (error) {
      if (this.#resolved === resolving) this.#resolved = null;
      throw error;
    }
  }

  #notFound(): OutriggerError {
    return new OutriggerError(
      'MODEL_NOT_FOUND',
      `${this.#request.url.host}: there is no "${shownText(this.path)}"; check the URL`,
    );
  }

  #refusal({ request, head: { status } }: Resolved): OutriggerError {
    const { host } = this.#request.url;
    const there = request.url.host === host ? '' : `, redirected to ${request.url.host},`;
    if (status !== 401 && status !== 403) return this.#failure(`it${there} answered ${status}`);
    const remedy =
      there === ''
        ? `set ${this.#request.url.hostname}-headers to a JSON object such as {"Authorization": "Bearer ..."}, or sign the URL anew`
        : 'headers and user part are for the host of the URL alone; give the URL that it redirects to';
    return new OutriggerError(
      'STORE_DENIED',
      `${host}${there} refuses "${shownText(this.path)}" (${status}); ${remedy}`,
    );
  }

  #failure(what: string): OutriggerError {
    return new OutriggerError('STORE_FAILED', `${this.#request.url.host}: "${shownText(this.path)}": ${what}`);
  }
}

/** Those of `<host>-headers`; of `<host>:<port>-headers` first. */
function headersFor(url: URL, { headers }: HttpStoreConfig): Readonly<Record<string, string>> {
  const host = url.hostname.toLowerCase();
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  return headers[`${host}:${port}`] ?? headers[host] ?? {};
}
