// Does the S3 store do with real MinIO and versitygw what it does with our own server, for every kind of credentials?
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CertificateFolder } from '../../support/certificates.ts';
import type { Verdict } from '../compare.ts';
import { type RealS3, startMinio } from './minio.ts';
import { startOidcServer } from './oidc-server.ts';
import { checkPlace, checkRefusals, codeOf, fillBucket, letEverybodyRead, same, verdictOf } from './s3-checks.ts';
import { startVersitygw } from './versitygw.ts';

const bucket = 'models';

/** `folder`: an empty one, for data and logs. */
export async function checkS3(folder: string): Promise<Verdict[]> {
  const parts = [checkMinio(folder), checkMinioTls(folder), checkWebIdentity(folder)];
  const settled = await Promise.allSettled(parts); // all servers have stopped, whatever one of them does
  return settled.flatMap((part, at) =>
    part.status === 'fulfilled' ? part.value : [{ name: `S3 servers, part ${at}`, difference: String(part.reason) }],
  );
}

export async function checkVersitygw(folder: string): Promise<Verdict[]> {
  const server = await startVersitygw(folder);
  return await stopAfter(server, () => checkPlainServer('versitygw', server));
}

async function checkPlainServer(name: string, server: RealS3): Promise<Verdict[]> {
  const sending = { port: server.port };
  await fillBucket({ server, bucket }, sending);
  return [
    ...(await checkPlace(name, { server, bucket }, sending)),
    ...(await checkRefusals(name, { server, bucket }, sending)),
  ];
}

async function checkMinio(folder: string): Promise<Verdict[]> {
  const server = await startMinio({ name: 'minio', folder, env: { MINIO_DOMAIN: 'localhost' } });
  return await stopAfter(server, async () => {
    const verdicts = await checkPlainServer('MinIO', server);
    // No resolver here knows models.localhost: MinIO reads the requests of a proxy's client as well.
    const hosted = { ...server, url: `http://localhost:${server.port}` };
    const place = { server: hosted, bucket, config: { pathStyle: false }, proxy: server.url };
    verdicts.push(...(await checkPlace('MinIO, virtual-hosted', place, { port: server.port })));
    await letEverybodyRead({ server, bucket });
    const anonymous = { server, bucket, config: { credentials: null, anonymous: true } };
    verdicts.push(...(await checkPlace('MinIO, anonymous', anonymous, { port: server.port })));
    return verdicts;
  });
}

async function checkMinioTls(folder: string): Promise<Verdict[]> {
  using certificates = new CertificateFolder();
  const authority = certificates.authority('ca');
  const signed = certificates.signed('minio', { by: authority, names: 'DNS:localhost,IP:127.0.0.1' });
  const certificate = { ...signed, authority: authority.cert };
  const server = await startMinio({ name: 'minio-tls', folder, certificate });
  return await stopAfter(server, async () => {
    const sending = { port: server.port, ca: authority.cert };
    const place = { server, bucket, config: { tls: { caFiles: [authority.certFile], verify: true } } };
    await fillBucket(place, sending);
    const unverified = { ...place, config: { tls: { caFiles: [], verify: false } } };
    return [
      ...(await checkPlace('MinIO over TLS, own authority', place, sending)),
      ...(await checkPlace('MinIO over TLS, not verified', unverified, sending)),
      await verdictOf('MinIO over TLS: an unknown authority is refused', async () =>
        same(await codeOf({ server, bucket }), 'STORE_UNREACHABLE'),
      ),
    ];
  });
}

/** IRSA: a token of Kubernetes becomes keys at MinIO's own STS. */
async function checkWebIdentity(folder: string): Promise<Verdict[]> {
  await using oidc = await startOidcServer();
  const audience = 'sts.amazonaws.com';
  const env = {
    MINIO_IDENTITY_OPENID_CONFIG_URL: oidc.configUrl,
    MINIO_IDENTITY_OPENID_CLIENT_ID: audience,
    MINIO_IDENTITY_OPENID_ROLE_POLICY: 'readwrite',
  };
  const server = await startMinio({ name: 'minio-irsa', folder, env });
  return await stopAfter(server, async () => {
    const sending = { port: server.port };
    await fillBucket({ server, bucket }, sending);
    const roleArn = /arn:minio:iam:\S*role\/[\w-]+/.exec(server.program.logTail())?.[0] ?? 'no role in the log';
    const placeWith = (token: string) => {
      const tokenFile = join(folder, `token-${token.length}`);
      writeFileSync(tokenFile, token);
      const webIdentity = { roleArn, tokenFile, sessionName: 'outrigger' };
      return { server, bucket, config: { credentials: null, webIdentity, stsEndpoint: server.url } };
    };
    return [
      ...(await checkPlace('MinIO, web identity', placeWith(oidc.token(audience, 3_600_000)), sending)),
      await verdictOf('MinIO, web identity: an expired token is refused', async () =>
        same(await codeOf(placeWith(oidc.token(audience, -3_600_000))), 'STORE_DENIED'),
      ),
      await verdictOf('MinIO, web identity: no token at all is refused', async () =>
        same(await codeOf(placeWith('nonsense')), 'STORE_DENIED'),
      ),
    ];
  });
}

async function stopAfter({ program }: RealS3, check: () => Promise<Verdict[]>): Promise<Verdict[]> {
  try {
    return await check();
  } finally {
    await program.stop();
  }
}
