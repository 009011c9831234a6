// Are credentials found where they may be, in their order, exchanged for tokens, renewed, and kept out of every message?
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  BlobServiceClient,
  ContainerSASPermissions,
  generateBlobSASQueryParameters,
  StorageSharedKeyCredential,
} from '@azure/storage-blob';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { AzureConfig } from '../../../../src/config/storage-config.ts';
import type { RemoteStore, StoredObject, StoreRequest } from '../../../../src/storage/object-store.ts';
import { openAzureCredentials, storageScope } from '../../../../src/storage/stores/azure/azure-credentials.ts';
import { openAzureStore } from '../../../../src/storage/stores/azure/azure-store.ts';
import { ClientAgents } from '../../../../src/storage/stores/client-agents.ts';
import { CertificateFolder } from '../../../support/certificates.ts';
import { AzureAuthority } from '../../../support/stores/azure-authority.ts';
import { Azurite, azureUri, azuriteAccount, azuriteKey, noAzureCredentials } from '../../../support/stores/azurite.ts';
import { listObjects, storeSettings } from '../../../support/stores/store-settings.ts';

const certificates = new CertificateFolder();
const ca = certificates.authority('stores');
const server = certificates.signed('azure', { by: ca, names: 'IP:127.0.0.1' });
const settings = { ...storeSettings, tls: { caFiles: [ca.certFile], verify: true } };
const owner = new StorageSharedKeyCredential(azuriteAccount, azuriteKey);
const state = {} as { azurite: Azurite; authority: AzureAuthority };

beforeAll(async () => {
  Object.assign(state, {
    azurite: await Azurite.start({ tls: server }),
    authority: await AzureAuthority.start(server),
  });
  using agents = new ClientAgents(settings);
  const agent = agents.agentFor(new URL(state.azurite.url));
  const service = new BlobServiceClient(state.azurite.url, owner, { agent } as object);
  await service.createContainer('private');
  await service.createContainer('public', { access: 'container' });
  for (const name of ['private', 'public']) await service.getContainerClient(name).uploadBlockBlob('m/a', 'hello', 5);
});
afterAll(async () => {
  await state.azurite[Symbol.asyncDispose]();
  await state.authority[Symbol.asyncDispose]();
  certificates[Symbol.dispose]();
});
afterEach(() => vi.unstubAllEnvs());

function open(config: Partial<AzureConfig>, container = 'private', sas: string | null = null): Promise<RemoteStore> {
  const full = { ...noAzureCredentials, serviceUrl: state.azurite.url, authorityHost: state.authority.url, ...config };
  return openAzureStore({ uri: azureUri(container, 'm', sas), config: full, ...settings });
}

function identity(): Partial<AzureConfig> {
  const { clientId, tenantId } = state.authority;
  return { clientId, tenantId };
}

function workload(): Partial<AzureConfig> {
  const federatedTokenFile = join(certificates.path, 'federated-token');
  writeFileSync(federatedTokenFile, state.authority.federatedToken);
  return { ...identity(), federatedTokenFile };
}

function sas(permissions: string, lifetimeMs = 60_000): string {
  const expiresOn = new Date(Date.now() + lifetimeMs);
  const values = { containerName: 'private', permissions: ContainerSASPermissions.parse(permissions), expiresOn };
  return generateBlobSASQueryParameters(values, owner).toString();
}

const ways: readonly (readonly [string, () => Partial<AzureConfig>, boolean])[] = [
  ['an access key', () => ({ accountKey: azuriteKey }), true],
  ['a service principal', () => ({ ...identity(), clientSecret: state.authority.clientSecret }), true],
  ['workload identity', workload, true],
];

/** What our own client would send. */
async function statusOf({ url, headers }: StoreRequest): Promise<number> {
  const { request } = await import('node:https');
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const call = request(url, { ca: ca.cert, headers: Object.fromEntries(headers) }, (answer) => {
    answer.resume();
    resolve(answer.statusCode ?? 0);
  });
  call.on('error', reject).end();
  return promise;
}

describe('credentials for Azure Blob Storage', () => {
  it.each(ways)('of %s list and fetch, and can be had anew', async (_, config, renewable) => {
    await using store = await open(config());
    const [object] = (await listObjects(store)) as [StoredObject];
    const first = await store.rangeRequest(object, null);
    expect(await statusOf(first)).toBe(200);
    expect(await store.rangeRequest(object, null)).toEqual(first); // nothing is signed or fetched again
    expect(store.renew(object)).toBe(renewable);
    expect(await statusOf(await store.rangeRequest(object, null))).toBe(200);
  });

  it('are a new token after a refusal', async () => {
    await using store = await open({ ...identity(), clientSecret: state.authority.clientSecret });
    const [object] = (await listObjects(store)) as [StoredObject];
    const before = state.authority.given.length;
    for (let connections = 8; connections > 0; connections--) {
      expect(store.renew(object)).toBe(true); // all are refused with the same token
      await store.rangeRequest(object, null);
    }
    expect(state.authority.given).toHaveLength(before + 1);
  });

  it('are the SAS of the URI before all others', async () => {
    await using store = await open({ accountKey: 'd3Jvbmc=' }, 'private', sas('rl'));
    const [object] = (await listObjects(store)) as [StoredObject];
    expect(await statusOf(await store.rangeRequest(object, null))).toBe(200);
    expect(store.renew(object)).toBe(false);
  });

  it('are a token that was handed over', async () => {
    await using giver = await open({ ...identity(), clientSecret: state.authority.clientSecret });
    await listObjects(giver);
    const token = state.authority.given.at(-1) as string;
    await using store = await open({ accessToken: { token, expiresOnMs: null } });
    const [object] = (await listObjects(store)) as [StoredObject];
    expect(await statusOf(await store.rangeRequest(object, null))).toBe(200);
    expect(store.renew(object)).toBe(false);
  });

  it('that are a token do not travel by http', async () => {
    const serviceUrl = state.azurite.url.replace('https:', 'http:');
    const refused = open({ serviceUrl, accessToken: { token: 'of-nobody', expiresOnMs: null } });
    await expect(refused).rejects.toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringContaining('https:') });
  });

  it('are nobody for a public container', async () => {
    await using store = await open({}, 'public');
    const [object] = (await listObjects(store)) as [StoredObject];
    expect(await statusOf(await store.rangeRequest(object, null))).toBe(200);
    expect(store.renew(object)).toBe(false);
  });

  it('that are refused are an error that names the variable, and no secret', async () => {
    const expired = sas('rl', -1000);
    const refused = [await open({ ...identity(), clientSecret: 'wrong-secret' }), await open({}, 'private', expired)];
    const said = await Promise.all(refused.map((store) => listObjects(store).catch((error: Error) => error)));
    expect(said).toMatchObject([
      { code: 'STORE_DENIED', message: expect.stringContaining('AZURE_CLIENT_SECRET') },
      { code: 'STORE_DENIED', message: expect.stringContaining('SAS') },
    ]);
    const shown = said
      .map((error) => `${error} ${JSON.stringify((error as Error).cause)} ${(error as Error).cause}`)
      .join();
    for (const secret of ['wrong-secret', 'sig=', new URLSearchParams(expired).get('sig') as string]) {
      expect(shown).not.toContain(secret);
    }
    for (const store of refused) await store[Symbol.asyncDispose]();
  });

  it('are those of a managed identity where there is one', async () => {
    await using metadata = await AzureAuthority.start(null);
    vi.stubEnv('AZURE_POD_IDENTITY_AUTHORITY_HOST', metadata.url);
    using agents = new ClientAgents(storeSettings);
    const credentials = await openAzureCredentials({ uri: azureUri('models'), config: noAzureCredentials, agents });
    expect(credentials).toMatchObject({ kind: 'token', found: 'managed identity' });
    const token = credentials.kind === 'token' ? await credentials.open().getToken(storageScope) : null;
    expect(metadata.given).toContain(token?.token);
  });
});
