// Whose word counts at Azure Blob Storage? Decides between what the URI, the configuration and the place where we run have.
import type { TokenCredential } from '@azure/identity';
import type { AzureConfig } from '../../../config/storage-config.ts';
import type { ClientAgents } from '../client-agents.ts';
import type { AzureUri } from './azure-place.ts';

export type AzureCredentials =
  | { readonly kind: 'sas'; readonly query: string }
  | { readonly kind: 'key'; readonly account: string; readonly key: string }
  /** `open` makes one that remembers no token. */
  | { readonly kind: 'token'; readonly open: () => TokenCredential; readonly found: Found }
  | { readonly kind: 'anonymous' };

/** handed over: a token that cannot be got anew; configured: a service principal or workload identity. */
type Found = 'handed over' | 'configured' | 'managed identity';

export interface AzureCredentialsOptions {
  readonly uri: AzureUri;
  readonly config: AzureConfig;
  readonly agents: ClientAgents;
}

export const storageScope = 'https://storage.azure.com/.default';

/** Outside Azure nobody answers at the address of the metadata service. */
const managedIdentityLimitMs = 3000;

/**
 * SAS of the URI, access key, access token, service principal, workload identity, managed identity, nobody. What is
 * configured is not given up for something else, even when it turns out to be wrong.
 */
export async function openAzureCredentials(options: AzureCredentialsOptions): Promise<AzureCredentials> {
  const { uri, config, agents } = options;
  if (uri.sas !== null) return { kind: 'sas', query: uri.sas };
  if (config.accountKey !== null) {
    // A service URL of one's own says nothing of the account, but a host of Azure is named by it.
    const account = config.serviceUrl === null ? uri.account : (config.accountName ?? uri.account);
    return { kind: 'key', account, key: config.accountKey };
  }
  if (config.accessToken !== null) return { kind: 'token', open: fixedToken(config.accessToken), found: 'handed over' };
  const identity = await configuredIdentity(options);
  if (identity !== null) return { kind: 'token', open: identity, found: 'configured' };
  // An emulator: no identity comes from there, and none of its tokens may go there.
  if (isLoopback(config.serviceUrl) || config.serviceUrl?.startsWith('http:')) return { kind: 'anonymous' };
  const { ManagedIdentityCredential } = await import('@azure/identity');
  const managed = () =>
    new ManagedIdentityCredential({
      ...(config.clientId === null ? {} : { clientId: config.clientId }),
      agent: agents.agentFor(new URL('http://169.254.169.254')),
      retryOptions: { maxRetries: 1 },
    });
  return (await givesToken(managed()))
    ? { kind: 'token', open: managed, found: 'managed identity' }
    : { kind: 'anonymous' };
}

/** Null: neither a service principal nor a federated token is configured. */
async function configuredIdentity(options: AzureCredentialsOptions): Promise<(() => TokenCredential) | null> {
  const { clientId, clientSecret, tenantId, federatedTokenFile, authorityHost } = options.config;
  if (clientId === null || tenantId === null || (clientSecret === null && federatedTokenFile === null)) return null;
  const { ClientSecretCredential, WorkloadIdentityCredential } = await import('@azure/identity');
  const authority = authorityHost ?? authorityOf(options.uri.host);
  const identityOptions = {
    authorityHost: authority,
    agent: options.agents.agentFor(new URL(authority)),
    // Whoever configured an authority knows it; the public cloud, which would be asked about it, may be out of reach.
    disableInstanceDiscovery: authorityHost !== null,
  };
  if (clientSecret !== null) return () => new ClientSecretCredential(tenantId, clientId, clientSecret, identityOptions);
  const tokenFilePath = federatedTokenFile as string;
  return () => new WorkloadIdentityCredential({ ...identityOptions, tenantId, clientId, tokenFilePath });
}

function fixedToken({ token, expiresOnMs }: NonNullable<AzureConfig['accessToken']>): () => TokenCredential {
  const fixed = { token, expiresOnTimestamp: expiresOnMs ?? Number.MAX_SAFE_INTEGER };
  return () => ({ getToken: async () => fixed });
}

/** Sovereign clouds have authorities of their own. */
function authorityOf(host: string): string {
  if (host.endsWith('.chinacloudapi.cn')) return 'https://login.chinacloudapi.cn';
  if (host.endsWith('.usgovcloudapi.net')) return 'https://login.microsoftonline.us';
  return 'https://login.microsoftonline.com';
}

function isLoopback(serviceUrl: string | null): boolean {
  return serviceUrl !== null && /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(new URL(serviceUrl).hostname);
}

async function givesToken(credential: TokenCredential): Promise<boolean> {
  const abortSignal = AbortSignal.timeout(managedIdentityLimitMs);
  const { promise: late, resolve } = Promise.withResolvers<false>();
  abortSignal.addEventListener('abort', () => resolve(false), { once: true });
  const token = credential.getToken(storageScope, { abortSignal }).then(
    (given) => given !== null,
    () => false, // no Azure here, or no identity: whoever is asked then says whether one is needed
  );
  return Promise.race([token, late]);
}
