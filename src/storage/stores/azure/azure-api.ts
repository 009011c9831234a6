// Calls of the official client for one container: with whose credentials, how often, and what a failure is called.
import type { ContainerClient } from '@azure/storage-blob';
import type { AzureConfig, ProxyConfig, StoreTls, TransferConfig } from '../../../config/storage-config.ts';
import { OutriggerError } from '../../../errors.ts';
import type { OnSetback } from '../../object-store.ts';
import { StoreCallFailure, toOutriggerError } from '../call-failure.ts';
import { withRetries } from '../call-retries.ts';
import { ClientAgents } from '../client-agents.ts';
import { AzureAccess } from './azure-access.ts';
import { type AzureCredentials, openAzureCredentials } from './azure-credentials.ts';
import { azureRemedy, readAzureFailure } from './azure-failure.ts';
import { type AzureUri, containerUrl, shownContainer } from './azure-place.ts';

export interface AzureOptions {
  /** Whatever its path. */
  readonly uri: AzureUri;
  readonly config: AzureConfig;
  readonly tls: StoreTls;
  readonly proxy: ProxyConfig;
  readonly transfer: TransferConfig;
}

export interface AzureRead {
  readonly signal: AbortSignal;
  readonly missing: 'answer' | 'failure';
  /** Of whoever reads: many share the credentials. */
  readonly onSetback?: OnSetback | undefined;
}

type Blobs = typeof import('@azure/storage-blob');

interface Opened {
  readonly agents: ClientAgents;
  readonly blobs: Blobs;
  readonly credentials: AzureCredentials;
}

/** What one set of credentials sees of the container. */
interface Seen {
  readonly credentials: AzureCredentials;
  readonly access: AzureAccess;
  readonly client: ContainerClient;
}

export class AzureApi implements AsyncDisposable {
  readonly url: URL; // of the container, without a query
  readonly #options: AzureOptions;
  readonly #agents: ClientAgents;
  readonly #blobs: Blobs;
  #seen: Seen;

  private constructor(options: AzureOptions, { agents, blobs, credentials }: Opened) {
    this.url = containerUrl(options.uri, options.config);
    this.#options = options;
    this.#agents = agents;
    this.#blobs = blobs;
    this.#seen = this.#seenBy(credentials);
  }

  /** @throws OutriggerError CONFIG_INVALID */
  static async open(options: AzureOptions): Promise<AzureApi> {
    const agents = new ClientAgents(options);
    const [blobs, credentials] = await Promise.all([
      import('@azure/storage-blob'),
      openAzureCredentials({ uri: options.uri, config: options.config, agents }),
    ]);
    if (credentials.kind === 'token' && containerUrl(options.uri, options.config).protocol === 'http:') {
      // The official client refuses it too, but at every call anew, in words that reach nobody.
      agents[Symbol.dispose]();
      const remedy = 'give AZURE_SERVICE_URL with https:, or use AZURE_STORAGE_ACCESS_KEY or a SAS';
      throw new OutriggerError('CONFIG_INVALID', `tokens of Azure are not sent by http: ${remedy}`);
    }
    return new AzureApi(options, { agents, blobs, credentials });
  }

  get access(): AzureAccess {
    return this.#seen.access;
  }

  /** For messages. */
  get place(): string {
    return shownContainer(this.url);
  }

  /** Tried again while that may help. @throws OutriggerError; null: 404, and `missing` says that this is an answer. */
  async read<Answer>(
    call: (client: ContainerClient, signal: AbortSignal) => Promise<Answer>,
    { signal, missing, onSetback }: AzureRead,
  ): Promise<Answer | null> {
    try {
      const { transfer } = this.#options;
      const retries = { transfer, onSetback, signal };
      return await withRetries(retries, (limited) => this.#readAsAnybody((client) => call(client, limited)));
    } catch (error) {
      if (!(error instanceof StoreCallFailure)) throw error;
      if (missing === 'answer' && error.of === 'storage' && error.status === 404) return null;
      throw this.named(error);
    }
  }

  /** One attempt. @throws StoreCallFailure */
  async once<Answer>(call: (client: ContainerClient) => Promise<Answer>, { client } = this.#seen): Promise<Answer> {
    try {
      return await call(client);
    } catch (error) {
      throw readAzureFailure('storage', error);
    }
  }

  named(failure: StoreCallFailure): Error {
    const { credentials } = this.#seen;
    const remedy = azureRemedy(credentials);
    if (credentials.kind !== 'anonymous') return toOutriggerError(failure, { place: this.place, remedy });
    // What is not public does not exist for nobody: 404, or 409 when the whole account has no public container.
    const denial = failure.status === 409 ? new StoreCallFailure('storage', 403) : failure;
    return toOutriggerError(denial, { place: `${this.place}, asked without credentials,`, remedy });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#agents[Symbol.dispose]();
  }

  /** A managed identity that nobody configured may have no role here, though the container is public. */
  async #readAsAnybody<Answer>(call: (client: ContainerClient) => Promise<Answer>): Promise<Answer> {
    const seen = this.#seen;
    try {
      return await this.once(call, seen);
    } catch (error) {
      const { credentials } = seen;
      const unasked = credentials.kind === 'token' && credentials.found === 'managed identity';
      if (!unasked || !(error instanceof StoreCallFailure) || !error.denied) throw error;
      const nobody = this.#seenBy({ kind: 'anonymous' });
      const answer = await this.once(call, nobody).catch(() => Promise.reject(error));
      this.#seen = nobody;
      return answer;
    }
  }

  #seenBy(credentials: AzureCredentials): Seen {
    const { newPipeline, ContainerClient, StorageSharedKeyCredential } = this.#blobs;
    const access = new AzureAccess({ blobs: this.#blobs, credentials, container: this.#options.uri.container });
    const credential =
      credentials.kind === 'key'
        ? new StorageSharedKeyCredential(credentials.account, credentials.key)
        : credentials.kind === 'token'
          ? access
          : undefined;
    // Its own retries would know neither our limits nor our signal; it hands the agent on, though its types keep it back.
    const own = { agent: this.#agents.agentFor(this.url), retryOptions: { maxTries: 1 } };
    const query = credentials.kind === 'sas' ? `?${credentials.query}` : '';
    const client = new ContainerClient(`${this.url.href}${query}`, newPipeline(credential, own));
    return { credentials, access, client };
  }
}
