// How may our own client ask for a blob? A signature in the URL, a token in a header, or nothing: from the official client, kept
// while it is good.
import type { AccessToken, TokenCredential } from '@azure/identity';
import { RenewalPace } from '../renewal-pace.ts';
import { type AzureCredentials, storageScope } from './azure-credentials.ts';
import { readAzureFailure } from './azure-failure.ts';

type Blobs = typeof import('@azure/storage-blob');

export interface AzureAccessOptions {
  readonly blobs: Blobs;
  readonly credentials: AzureCredentials;
  readonly container: string;
}

/** A token is not used in its last minutes: a range that starts now has to arrive first. */
const tokenMarginMs = 5 * 60_000;
const signatureLifetimeMs = 60 * 60_000;
/** Clocks differ: Azure itself grants as much. */
const clockSkewMs = 15 * 60_000;

export class AzureAccess implements TokenCredential {
  readonly #options: AzureAccessOptions;
  readonly #pace = new RenewalPace();
  #tokens: TokenCredential | null = null;
  #token: Promise<AccessToken> | null = null;
  #tokenUntilMs = 0;
  #signature = '';
  #signatureUntilMs = 0;

  constructor(options: AzureAccessOptions) {
    this.#options = options;
  }

  /** Query without "?", '' for none. An access key signs once in half an hour for all blobs, not once per range. */
  query(): string {
    const { credentials } = this.#options;
    if (credentials.kind === 'sas') return credentials.query;
    if (credentials.kind !== 'key') return '';
    if (Date.now() > this.#signatureUntilMs) {
      this.#signature = this.#sign(credentials);
      this.#signatureUntilMs = Date.now() + signatureLifetimeMs / 2;
    }
    return this.#signature;
  }

  /** @throws StoreCallFailure: no token */
  async headers(): Promise<readonly (readonly [string, string])[]> {
    if (this.#options.credentials.kind !== 'token') return [];
    return [['authorization', `Bearer ${(await this.getToken()).token}`]];
  }

  /** For the official client too, so that both use the same token. @throws StoreCallFailure */
  async getToken(): Promise<AccessToken> {
    if (this.#token === null || Date.now() > this.#tokenUntilMs) {
      this.#tokenUntilMs = Number.MAX_SAFE_INTEGER; // whoever comes while it is fetched waits for the same
      this.#token = this.#fetchToken();
    }
    return this.#token;
  }

  /** False: nothing of it can be got anew. */
  renew(): boolean {
    const { credentials } = this.#options;
    if (credentials.kind !== 'key' && (credentials.kind !== 'token' || credentials.found === 'handed over'))
      return false;
    if (!this.#pace.begin(Date.now())) return true;
    this.#tokens = null;
    this.#token = null;
    this.#signatureUntilMs = 0;
    return true;
  }

  async #fetchToken(): Promise<AccessToken> {
    const { credentials } = this.#options;
    if (credentials.kind !== 'token') throw new Error(`no token comes of ${credentials.kind}`);
    try {
      this.#tokens ??= credentials.open();
      const token = await this.#tokens.getToken(storageScope);
      if (token === null) throw new Error('no token');
      this.#tokenUntilMs = Math.max(token.expiresOnTimestamp - tokenMarginMs, Date.now() + 1000);
      return token;
    } catch (error) {
      this.#token = null;
      throw readAzureFailure('token', error);
    }
  }

  #sign({ account, key }: { readonly account: string; readonly key: string }): string {
    const { blobs, container } = this.#options;
    const values = {
      containerName: container,
      permissions: blobs.ContainerSASPermissions.parse('r'),
      startsOn: new Date(Date.now() - clockSkewMs),
      expiresOn: new Date(Date.now() + signatureLifetimeMs),
    };
    return blobs.generateBlobSASQueryParameters(values, new blobs.StorageSharedKeyCredential(account, key)).toString();
  }
}
