// Are credentials found where they may be, exchanged for tokens, renewed, and kept out of every message?
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { ClientAgents } from '../../../../src/storage/stores/client-agents.ts';
import { type GcsClient, openGcsClient } from '../../../../src/storage/stores/gcs/gcs-client.ts';
import { openGcsStore } from '../../../../src/storage/stores/gcs/gcs-store.ts';
import { CertificateFolder } from '../../../support/certificates.ts';
import { GcsServer } from '../../../support/stores/gcs-server.ts';
import { listObjects, type StoreSettings, storeSettings } from '../../../support/stores/store-settings.ts';

const folder = mkdtempSync(join(tmpdir(), 'gcs-keys-'));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => vi.unstubAllEnvs());

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

function serviceAccount(server: GcsServer): object {
  return {
    type: 'service_account',
    client_email: 'models@example.iam.gserviceaccount.com',
    private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    token_uri: `${server.url}/token`,
  };
}

function externalAccount(server: GcsServer): object {
  const tokenFile = join(folder, 'subject-token');
  writeFileSync(tokenFile, 'of-kubernetes');
  return {
    type: 'external_account',
    audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/k',
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    token_url: `${server.url}/sts`,
    credential_source: { file: tokenFile },
  };
}

const authorizedUser = (server: GcsServer): object => ({
  type: 'authorized_user',
  client_id: 'cli',
  client_secret: 'x',
  refresh_token: 'of-somebody',
  token_uri: `${server.url}/token`,
});

const keys = [
  ['a service account', serviceAccount],
  ['workload identity federation', externalAccount],
  ['a user', authorizedUser],
] as const;

async function knowing(options = {}): Promise<GcsServer> {
  const server = await GcsServer.start({ access: 'private', ...options });
  server.objects.put('models', 'm/a', 'x');
  Object.assign(server.tokens, { accountKey: publicKey, subjectToken: 'of-kubernetes', refreshToken: 'of-somebody' });
  return server;
}

const opened = (server: GcsServer, key: object | null, settings: Partial<StoreSettings> = {}) => {
  const config = { keyFile: null, emulator: server.url, ...(key === null ? {} : { keyJson: JSON.stringify(key) }) };
  return openGcsStore({ bucket: 'models', path: 'm', config, ...storeSettings, ...settings });
};

describe('credentials for Google Cloud Storage', () => {
  it.each(keys)('of %s give a token, which is used again', async (_, key) => {
    const warned = vi.spyOn(console, 'warn');
    await using server = await knowing();
    await using store = await opened(server, key(server));
    const [object] = await listObjects(store);
    const { headers } = await store.rangeRequest(object!, null);
    expect(headers).toContainEqual(['authorization', expect.stringMatching(/^Bearer token-1$/)]);
    expect(server.asked.filter(({ method }) => method === 'POST')).toHaveLength(1);
    expect(warned).not.toHaveBeenCalled();
  });

  it.each(keys)('of %s give another token when the store refuses the first', async (_, key) => {
    await using server = await knowing();
    await using store = await opened(server, key(server));
    const [object] = await listObjects(store);
    server.tokens.revoke();
    for (let connections = 8; connections > 0; connections--) {
      expect(store.renew(object!)).toBe(true); // all are refused with the same token
      const { headers } = await store.rangeRequest(object!, null);
      expect(headers).toContainEqual(['authorization', 'Bearer token-2']);
    }
  });

  it.each(keys)('of %s go to a token endpoint of an own authority', async (_, key) => {
    using certificates = new CertificateFolder();
    const authority = certificates.authority('stores');
    await using server = await knowing({ tls: certificates.signed('gcs', { by: authority, names: 'IP:127.0.0.1' }) });
    await using store = await opened(server, key(server), { tls: { caFiles: [authority.certFile], verify: true } });
    expect(await listObjects(store)).toHaveLength(1);
  });

  it('come from the metadata server where there is one', async () => {
    await using server = await knowing();
    server.tokens.hasMetadata = true;
    vi.stubEnv('GCE_METADATA_HOST', `127.0.0.1:${server.port}`);
    const { client, source } = await found();
    expect(source).toBe('metadata');
    expect(server.tokens.valid((await client.getRequestHeaders()).get('authorization') ?? undefined)).toBe(true);
  });

  it('are nobody where nobody has any', async () => {
    await using server = await GcsServer.start();
    vi.stubEnv('GCE_METADATA_HOST', `127.0.0.1:${server.port}`); // it answers 404
    expect((await found()).source).toBe('anonymous');
  });

  it('that are of no use for a public bucket do no harm', async () => {
    await using server = await knowing({ access: 'public to nobody only' });
    await using store = await opened(server, serviceAccount(server));
    const [object] = await listObjects(store);
    expect((await store.rangeRequest(object!, null)).headers.map(([name]) => name)).not.toContain('authorization');
    expect(store.renew(object!)).toBe(false);
  });

  it('that are refused are an error that names the variable, and no secret', async () => {
    await using server = await knowing();
    await using store = await opened(server, { ...externalAccount(server), token_url: `${server.url}/sts` });
    server.tokens.subjectToken = 'another';
    const refused = await listObjects(store).catch((error: Error) => error);
    expect(refused).toMatchObject({
      code: 'STORE_DENIED',
      message: expect.stringContaining('GOOGLE_APPLICATION_CREDENTIALS'),
    });
    expect(JSON.stringify([String(refused), (refused as Error).cause])).not.toContain('of-kubernetes');
    await using nobody = await opened(server, null);
    await expect(listObjects(nobody)).rejects.toMatchObject({
      code: 'STORE_DENIED',
      message: expect.stringContaining('GOOGLE_APPLICATION_CREDENTIALS'),
    });
  });

  it('that cannot be read are an error which quotes nothing of them', async () => {
    const keyFile = join(folder, 'broken.json');
    writeFileSync(keyFile, '{"private_key": "-----BEGIN SECRET');
    const open = (config: { keyFile: string; keyJson?: string }) =>
      openGcsStore({ bucket: 'models', path: 'm', config: { emulator: null, ...config }, ...storeSettings });
    const broken = await open({ keyFile }).catch((error: Error) => error);
    expect(broken).toMatchObject({ code: 'STORE_DENIED', message: expect.stringContaining(keyFile) });
    expect(String(broken)).not.toContain('SECRET');
    await expect(open({ keyFile: join(folder, 'none.json') })).rejects.toMatchObject({ code: 'STORE_DENIED' });
    await expect(open({ keyFile, keyJson: '{"type":"odd"}' })).rejects.toMatchObject({ code: 'STORE_DENIED' });
  });

  it('whose key cannot sign are an error before anybody is asked', async () => {
    const key = { type: 'service_account', client_email: 'a@b', private_key: 'of-nobody' };
    const config = { keyFile: null, keyJson: JSON.stringify(key), emulator: 'http://127.0.0.1:1' };
    const broken = openGcsStore({ bucket: 'models', path: 'm', config, ...storeSettings }).catch((error) => error);
    expect(await broken).toMatchObject({ code: 'STORE_DENIED', message: expect.stringContaining('private_key') });
    expect(String(await broken)).not.toContain('of-nobody');
  });
});

async function found(): Promise<GcsClient> {
  using agents = new ClientAgents(storeSettings);
  return openGcsClient({ config: { keyFile: null, emulator: null }, agents, scope: 'read_only', tokenLimitMs: 2000 });
}
