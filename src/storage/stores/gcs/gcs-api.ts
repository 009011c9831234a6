// Calls to the JSON API of Google Cloud Storage: who calls, how often it is tried, and what a failure is called.
import type { GcsConfig, ProxyConfig, StoreTls, TransferConfig } from '../../../config/storage-config.ts';
import type { OnSetback } from '../../object-store.ts';
import { StoreCallFailure, toOutriggerError } from '../call-failure.ts';
import { withRetries } from '../call-retries.ts';
import { ClientAgents } from '../client-agents.ts';
import { RenewalPace } from '../renewal-pace.ts';
import { anonymousClient, type GcsClient, type GcsClientOptions, openGcsClient } from './gcs-client.ts';
import { gcsRemedies, readGcsFailure } from './gcs-failure.ts';

export interface GcsOptions {
  readonly bucket: string;
  readonly config: GcsConfig;
  readonly tls: StoreTls;
  readonly proxy: ProxyConfig;
  readonly transfer: TransferConfig;
}

export interface GcsCall {
  readonly method: 'GET' | 'POST';
  /** Below the API's host, such as /storage/v1/b/models/o. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly contentType?: string;
  readonly body?: Uint8Array<ArrayBuffer>;
  readonly signal: AbortSignal;
  /** Of whoever reads: many share the credentials. */
  readonly onSetback?: OnSetback | undefined;
}

export class GcsApi implements AsyncDisposable {
  readonly bucket: string;
  readonly url: string; // without a slash at its end
  readonly #agents: ClientAgents;
  readonly #transfer: TransferConfig;
  readonly #pace = new RenewalPace();
  #who: GcsClient;

  private constructor(
    options: GcsOptions,
    { agents, who }: { readonly agents: ClientAgents; readonly who: GcsClient },
  ) {
    const { bucket, config, transfer } = options;
    this.bucket = bucket;
    this.#agents = agents;
    this.#transfer = transfer;
    this.#who = who;
    this.url = config.emulator?.replace(/\/+$/, '') ?? `https://storage.${who.client.universeDomain}`;
  }

  /** @throws OutriggerError CONFIG_INVALID, STORE_DENIED */
  static async open(options: GcsOptions, scope: GcsClientOptions['scope']): Promise<GcsApi> {
    const { config, transfer } = options;
    const agents = new ClientAgents(options);
    const who = await openGcsClient({ config, agents, scope, tokenLimitMs: transfer.idleTimeoutMs });
    return new GcsApi(options, { agents, who });
  }

  /** Tried again while that may help. @throws OutriggerError; null: 404, and `missing` says that this is an answer. */
  async get(call: Omit<GcsCall, 'method'>, missing: 'answer' | 'failure'): Promise<unknown> {
    const { signal, onSetback } = call;
    try {
      return await withRetries({ transfer: this.#transfer, onSetback, signal }, (limited) =>
        this.#getAsAnybody({ ...call, method: 'GET', signal: limited }),
      );
    } catch (error) {
      if (!(error instanceof StoreCallFailure)) throw error;
      if (missing === 'answer' && error.of === 'storage' && error.status === 404) return null;
      throw this.#named(error);
    }
  }

  /** One attempt. @throws StoreCallFailure */
  async call({ path, query, method, contentType, body, signal }: GcsCall, who = this.#who): Promise<unknown> {
    const headers = await authorizationOf(who);
    if (contentType !== undefined) headers.set('content-type', contentType);
    try {
      const { data } = await who.client.transporter.request<unknown>({
        url: `${this.url}${path}?${new URLSearchParams(query)}`,
        method,
        headers,
        ...(body === undefined ? {} : { body }),
        responseType: 'json',
        retry: false,
        timeout: 0, // the signal limits it
        signal,
      });
      return data;
    } catch (error) {
      throw readGcsFailure('storage', error);
    }
  }

  /** From the cache of the official client, which gets a new token some minutes before the old one ends. */
  async authorization(): Promise<readonly (readonly [string, string])[]> {
    try {
      return [...(await authorizationOf(this.#who))];
    } catch (error) {
      throw error instanceof StoreCallFailure ? this.#named(error) : error;
    }
  }

  /** The token may have ended early, or been revoked. False: there is none. */
  dropToken(): boolean {
    const { client, source } = this.#who;
    if (source === 'anonymous') return false;
    if (this.#pace.begin(Date.now())) client.setCredentials({ ...client.credentials, expiry_date: 1 });
    return true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#agents[Symbol.dispose]();
  }

  /** A public bucket is readable to all, but 401 or 403 to whoever comes with credentials of no use there (kserve #4283). */
  async #getAsAnybody(call: GcsCall): Promise<unknown> {
    const who = this.#who;
    try {
      return await this.call(call, who);
    } catch (error) {
      const denied = error instanceof StoreCallFailure && error.of === 'storage' && error.denied;
      if (!denied || who.source === 'anonymous') throw error;
      return this.#getAsNobody(call, error);
    }
  }

  /** 404 is an answer to those who may list: to others a missing object is 401 or 403. */
  async #getAsNobody(call: GcsCall, denial: StoreCallFailure): Promise<unknown> {
    const nobody = await anonymousClient(this.#agents);
    try {
      const answer = await this.call(call, nobody);
      this.#who = nobody;
      return answer;
    } catch (error) {
      if (!(error instanceof StoreCallFailure)) throw error;
      if (error.status !== 404) throw denial;
      this.#who = nobody;
      throw error;
    }
  }

  #named(failure: StoreCallFailure): Error {
    return toOutriggerError(failure, { place: `gs://${this.bucket}`, remedy: gcsRemedies[this.#who.source] });
  }
}

async function authorizationOf({ client }: GcsClient): Promise<Headers> {
  try {
    return new Headers(await client.getRequestHeaders());
  } catch (error) {
    throw readGcsFailure('token', error);
  }
}
