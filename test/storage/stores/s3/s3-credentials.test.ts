import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { S3Config } from '../../../../src/config/storage-config.ts';
import { openS3Store } from '../../../../src/storage/stores/s3/s3-store.ts';
import { S3Server, type S3ServerOptions, testAccount } from '../../../support/stores/s3-server.ts';
import type { S3Account } from '../../../support/stores/s3-signature.ts';
import { openTestS3, s3Config, send } from '../../../support/stores/s3-stores.ts';
import { listObjects, storeSettings } from '../../../support/stores/store-settings.ts';

const roleArn = 'arn:aws:iam::123456789012:role/models';
let folder = '';

/** Nothing of the machine: no shared files, no instance metadata. */
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 's3-credentials-'));
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) vi.stubEnv(name, undefined);
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  vi.stubEnv('AWS_CONFIG_FILE', join(folder, 'config'));
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', join(folder, 'credentials'));
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

function writeToken(token: string): string {
  const file = join(folder, 'token');
  writeFileSync(file, token);
  return file;
}

/** Each token becomes an account of its own, good until `expiresMs`. */
function openSts(
  expiresMs: (token: string) => number,
): Required<Pick<S3ServerOptions, 'assumeRole'>> & { asked: string[] } {
  const asked: string[] = [];
  const assumeRole = (token: string, role: string): S3Account | null => {
    asked.push(`${token} as ${role}`);
    if (token.startsWith('bad')) return null;
    const accessKeyId = `KEY${token}`;
    return {
      accessKeyId,
      secretAccessKey: `secret of ${token}`,
      sessionToken: `session ${token}`,
      expiresMs: expiresMs(token),
    };
  };
  return { asked, assumeRole };
}

const identityOf = (tokenFile: string): Partial<S3Config> => ({
  credentials: null,
  webIdentity: { roleArn, tokenFile, sessionName: 'outrigger' },
});

describe('a web identity', () => {
  it('becomes keys at its own STS, whatever the endpoint of the store is', async () => {
    const sts = openSts(() => Date.now() + 3_600_000);
    await using server = await S3Server.start({ ...sts, accounts: [] });
    server.put('models', 'a', 'one');
    vi.stubEnv('AWS_ENDPOINT_URL', 'http://127.0.0.1:1');
    const config = { ...identityOf(writeToken('t1')), stsEndpoint: server.url };
    await using store = await openTestS3({ url: server.url, config });
    const [object] = await listObjects(store);
    expect((await send(await store.rangeRequest(object!, null))).status).toBe(200);
    expect(sts.asked).toEqual([`t1 as ${roleArn}`]);
  });

  it('is shown to the STS of AWS, through the proxy, when no other STS is named, whatever AWS_ENDPOINT_URL says', async () => {
    const asked: string[] = [];
    const proxy = createServer().on('connect', ({ url }, socket) => {
      asked.push(url ?? '');
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    });
    await once(proxy.listen(0, '127.0.0.1'), 'listening');
    const { port } = proxy.address() as AddressInfo;
    await using server = await S3Server.start();
    vi.stubEnv('AWS_ENDPOINT_URL', server.url);
    const config = s3Config({ endpoint: server.url, ...identityOf(writeToken('t1')) });
    const proxies = { http: null, https: `http://127.0.0.1:${port}`, none: [] };
    await using store = await openS3Store({ ...storeSettings, proxy: proxies, bucket: 'models', path: '', config });
    await expect(listObjects(store)).rejects.toMatchObject({ code: 'STORE_UNREACHABLE' });
    await once(proxy.close(), 'close');
    expect(new Set(asked)).toEqual(new Set(['sts.us-east-1.amazonaws.com:443']));
    expect(server.requests).toEqual([]);
  });

  it('that is refused is STORE_DENIED; the token is never shown', async () => {
    const sts = openSts(() => Date.now() + 3_600_000);
    await using server = await S3Server.start({ ...sts });
    const config = { ...identityOf(writeToken('bad-token')), stsEndpoint: server.url };
    await using store = await openTestS3({ url: server.url, config });
    const error = await listObjects(store).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'STORE_DENIED', message: expect.stringContaining(roleArn) });
    expect(String(error)).not.toContain('bad-token');
  });

  it('without an STS that answers is STORE_UNREACHABLE', async () => {
    const config = { ...identityOf(writeToken('t1')), stsEndpoint: 'http://127.0.0.1:1' };
    await using store = await openTestS3({ url: 'http://127.0.0.1:2', config });
    await expect(listObjects(store)).rejects.toMatchObject({ code: 'STORE_UNREACHABLE' });
  });

  it('without its token is STORE_DENIED', async () => {
    await using store = await openTestS3({ url: 'http://127.0.0.1:1', config: identityOf(join(folder, 'none')) });
    await expect(listObjects(store)).rejects.toMatchObject({ code: 'STORE_DENIED' });
  });

  it('is asked again, with the token of then, when the store refuses its keys half-way', async () => {
    const over = { t1: Date.now() + 3_600_000 };
    const sts = openSts(() => Date.now() + 3_600_000);
    const alter: S3ServerOptions['alter'] = ({ account }, answer) =>
      account?.accessKeyId === 'KEYt1' && Date.now() >= over.t1 ? { ...answer, status: 403 } : answer;
    await using server = await S3Server.start({ ...sts, accounts: [], alter });
    server.put('models', 'a', 'one');
    const config = { ...identityOf(writeToken('t1')), stsEndpoint: server.url };
    await using store = await openTestS3({ url: server.url, config });
    const [object] = await listObjects(store);
    over.t1 = 0;
    writeToken('t2');
    expect((await send(await store.rangeRequest(object!, null))).status).toBe(403);
    expect([store.renew(object!), store.renew(object!)]).toEqual([true, true]);
    expect((await send(await store.rangeRequest(object!, null))).status).toBe(200);
    expect(sts.asked).toEqual([`t1 as ${roleArn}`, `t2 as ${roleArn}`]);
  });
});

describe('the default chain', () => {
  it('finds keys in the environment', async () => {
    await using server = await S3Server.start();
    server.put('models', 'a', 'one');
    vi.stubEnv('AWS_ACCESS_KEY_ID', testAccount.accessKeyId);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', testAccount.secretAccessKey);
    await using store = await openTestS3({ url: server.url, config: { credentials: null } });
    expect(await listObjects(store)).toHaveLength(1);
  });

  it('finds keys in the shared files', async () => {
    await using server = await S3Server.start();
    server.put('models', 'a', 'one');
    const { accessKeyId, secretAccessKey } = testAccount;
    const text = `[default]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`;
    writeFileSync(join(folder, 'credentials'), text);
    await using store = await openTestS3({ url: server.url, config: { credentials: null } });
    expect(await listObjects(store)).toHaveLength(1);
  });

  it('that finds nothing is STORE_DENIED, and says which variables would do', async () => {
    await using store = await openTestS3({ url: 'http://127.0.0.1:1', config: { credentials: null } });
    const remedy = expect.stringMatching(/AWS_ACCESS_KEY_ID.*AWS_WEB_IDENTITY_TOKEN_FILE.*awsAnonymousCredential/);
    await expect(listObjects(store)).rejects.toMatchObject({ code: 'STORE_DENIED', message: remedy });
  });
});

it('keys that were given are never asked for again', async () => {
  await using store = await openTestS3({ url: 'http://127.0.0.1:1' });
  expect(
    store.renew({
      key: 'a',
      bytes: 1,
      version: null,
      checksums: {},
      partBytes: null,
      ranges: true,
      contentEncoding: null,
    }),
  ).toBe(false);
});
