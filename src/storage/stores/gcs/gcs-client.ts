// Whose word counts at Google Cloud Storage? Makes the official client of the credentials that were configured or are found here.
// That of google-auth-library, on which @google-cloud/storage stands: the latter takes no agent, no authorities and no abort
// signal, and takes 263 ms to load, this 97 (measured once).
import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { AuthClient, JWTInput } from 'google-auth-library';
import type { GcsConfig } from '../../../config/storage-config.ts';
import { OutriggerError } from '../../../errors.ts';
import type { ClientAgents } from '../client-agents.ts';

type Library = typeof import('google-auth-library');
type ClientOptions = NonNullable<ConstructorParameters<Library['Compute']>[0]>;

export interface GcsClientOptions {
  readonly config: GcsConfig;
  readonly agents: ClientAgents;
  readonly scope: 'read_only' | 'read_write';
  /** Longest wait for who gives tokens; calls of the store have their own. */
  readonly tokenLimitMs: number;
}

/** Where the credentials come from; `metadata` and `anonymous` were configured by nobody. */
export interface GcsClient {
  readonly client: AuthClient;
  readonly source: 'key' | 'metadata' | 'anonymous';
}

/** A laptop has no metadata server, and some networks swallow packets to its address: nobody should wait for it. */
const metadataLimitMs = 3000;
/** On GKE the metadata server needs some seconds after a pod has started. */
const metadataLimitOnGoogleMs = 30_000;

/**
 * The key file, else the metadata server (workload identity of GKE among it; GCE_METADATA_HOST is honoured), else nobody.
 * An emulator is asked without credentials, unless a key file is given. @throws OutriggerError STORE_DENIED: the key file
 * is unusable
 */
export async function openGcsClient({ config, agents, scope, tokenLimitMs }: GcsClientOptions): Promise<GcsClient> {
  const library = await import('google-auth-library');
  const options = {
    ...transportBy(agents, tokenLimitMs),
    scopes: [`https://www.googleapis.com/auth/devstorage.${scope}`],
  };
  const key = readKey(config);
  if (key !== null) return { client: clientOfKey({ library, key, options }), source: 'key' };
  if (config.emulator === null) {
    const client = new library.Compute(options);
    if (await givesToken(client, library)) return { client, source: 'metadata' };
  }
  return anonymousClient(agents);
}

export async function anonymousClient(agents: ClientAgents): Promise<GcsClient> {
  const { PassThroughClient } = await import('google-auth-library');
  return { client: new PassThroughClient(transportBy(agents)), source: 'anonymous' };
}

/** `limitMs`: of a call; 0: none. gaxios types what it takes for node-fetch as `Agent`, which may also be chosen by URL. */
function transportBy(agents: ClientAgents, limitMs = 0): ClientOptions {
  return { transporterOptions: { agent: (url: URL) => agents.agentFor(url), timeout: limitMs } };
}

type Key = JWTInput & { readonly token_uri?: string; readonly credential_source?: Record<string, unknown> };

function readKey({ keyFile, keyJson }: GcsConfig): Key | null {
  if (keyJson === undefined && keyFile === null) return null;
  const where = keyJson === undefined ? `${keyFile} (GOOGLE_APPLICATION_CREDENTIALS)` : 'base64_service_account';
  try {
    const key: unknown = JSON.parse(keyJson ?? readFileSync(keyFile as string, 'utf8'));
    if (typeof key !== 'object' || key === null) throw new Error('it is no JSON object');
    return key;
  } catch (error) {
    // A syntax error would quote the key.
    const reason = error instanceof SyntaxError ? 'it is no JSON' : (error as Error).message;
    throw new OutriggerError('STORE_DENIED', `the credentials of ${where} cannot be read: ${reason}`);
  }
}

/** As GoogleAuth would choose, which warns on the console and takes no agent for some of them. */
function clientOfKey({ library, key, options }: { library: Library; key: Key; options: ClientOptions }): AuthClient {
  try {
    if (key.type === 'external_account') return externalClient({ library, key, options });
    const mixed = { ...key, ...options } as never;
    if (key.type === 'external_account_authorized_user') return new library.ExternalAccountAuthorizedUserClient(mixed);
    if (key.type === 'authorized_user') {
      const client = new library.UserRefreshClient(options as object);
      client.fromJSON(key);
      return withTokenUri(client, key.token_uri);
    }
    if (key.type !== 'service_account') throw new Error(`type ${JSON.stringify(key.type)} is not supported`);
    checkPrivateKey(key);
    const client = new library.JWT(options as object);
    client.fromJSON(key);
    return withTokenUri(client, key.token_uri);
  } catch (error) {
    throw new OutriggerError('STORE_DENIED', `the key of GOOGLE_APPLICATION_CREDENTIALS: ${(error as Error).message}`);
  }
}

/** A broken one would be found at the first signature, and be taken for a failure of who gives tokens. @throws Error */
function checkPrivateKey({ private_key: pem }: Key): void {
  if (pem === undefined) return; // the library says so itself
  try {
    createPrivateKey(pem);
  } catch {
    throw new Error('its private_key is no private key; download the key file anew'); // the cause may quote the key
  }
}

/** Workload identity federation. */
function externalClient({ library, key, options }: { library: Library; key: Key; options: ClientOptions }): AuthClient {
  const mixed = { ...key, ...options } as never;
  const { environment_id: aws, executable } = key.credential_source ?? {};
  const Client = aws ? library.AwsClient : executable ? library.PluggableAuthClient : library.IdentityPoolClient;
  const client = new Client(mixed);
  // The library gives its token exchange a transport of its own, which knows neither our authorities nor our proxies.
  Object.assign(exchangeOf(client), { transporter: client.transporter });
  return client;
}

function exchangeOf(client: object): object {
  return (client as { stsCredential?: object }).stsCredential ?? {};
}

const googleTokenUrl = 'https://oauth2.googleapis.com/token';

/** google-auth-library 11 posts to Google whatever the key says; a private endpoint or another universe has its own. */
function withTokenUri<Client extends AuthClient>(client: Client, tokenUri: string | undefined): Client {
  if (tokenUri === undefined || tokenUri === googleTokenUrl) return client;
  const url = new URL(tokenUri);
  client.transporter.interceptors.request.add({
    resolved: async (request) => (request.url.href === googleTokenUrl ? Object.assign(request, { url }) : request),
  });
  return client;
}

async function givesToken(client: AuthClient, { gcpMetadata }: Library): Promise<boolean> {
  const limitMs = gcpMetadata.getGCPResidency() ? metadataLimitOnGoogleMs : metadataLimitMs;
  const { promise: late, resolve } = Promise.withResolvers<false>();
  const timer = setTimeout(resolve, limitMs, false);
  const token = client.getAccessToken().then(
    ({ token }) => typeof token === 'string',
    () => false, // nobody there, or no service account: whoever is asked then says whether one is needed
  );
  return Promise.race([token, late]).finally(() => clearTimeout(timer));
}
