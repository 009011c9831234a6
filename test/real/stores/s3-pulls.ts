// The built `outrigger pull` and MinIO: every kind of credentials, TLS, addressing, checksums, versions, pages, keys.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { S3Client } from '@aws-sdk/client-s3';
import { CertificateFolder } from '../../support/certificates.ts';
import type { Verdict } from '../compare.ts';
import type { StoreSuite } from './claims.ts';
import { type RealS3, rootKeys, startMinio } from './minio.ts';
import { type OidcServer, startOidcServer } from './oidc-server.ts';
import { type Files, judgePull, judgeRefusal } from './pulled.ts';
import { letEverybodyRead } from './s3-checks.ts';
import {
  bytesFor,
  makeBucket,
  manyFiles,
  manyKeys,
  oddFiles,
  putFiles,
  putMultipart,
  putVersions,
  s3Client,
  sizedFiles,
} from './s3-models.ts';

const audience = 'sts.amazonaws.com';
const keys = { AWS_ACCESS_KEY_ID: rootKeys.accessKeyId, AWS_SECRET_ACCESS_KEY: rootKeys.secretAccessKey };
const few: Files = { 'a/weights': bytesFor('weights', 3_000_000), 'config.json': Buffer.from('{}') };

/** `folder`: for data and logs. */
export async function checkS3Pulls(suite: StoreSuite): Promise<Verdict[]> {
  const settled = await Promise.allSettled([pullPlain(suite), pullOverTls(suite)]);
  return settled.flatMap((part, at) =>
    part.status === 'fulfilled' ? part.value : [{ name: `pulls from MinIO, part ${at}`, difference: `${part.reason}` }],
  );
}

async function pullPlain({ program, folder }: StoreSuite): Promise<Verdict[]> {
  await using oidc = await startOidcServer();
  const server = await startMinio({
    name: 'minio-pulls',
    folder,
    env: {
      MINIO_DOMAIN: 'localhost',
      MINIO_IDENTITY_OPENID_CONFIG_URL: oidc.configUrl,
      MINIO_IDENTITY_OPENID_CLIENT_ID: audience,
      MINIO_IDENTITY_OPENID_ROLE_POLICY: 'readwrite',
    },
  });
  try {
    const client = s3Client(server.url);
    await makeBucket(client);
    await putFiles(client, 'few', few);
    const pull = { program, uri: 's3://models/few', files: few };
    return [
      ...(await pullContents({ program, server, client })),
      ...(await pullAsSomebody({ pull, server, oidc, folder })),
      ...(await pullByOtherWays({ pull, server })),
    ];
  } finally {
    await server.program.stop();
  }
}

async function pullContents({ program, server, client }: { program: string; server: RealS3; client: S3Client }) {
  const env = { ...keys, AWS_ENDPOINT_URL: server.url };
  const pullOf = async (name: string, prefix: string, put: Promise<Files>) =>
    judgePull(`MinIO, ${name}`, { program, env, uri: `s3://models/${prefix}`, files: await put });
  return [
    await pullOf('sizes around a range', 'sizes', putFiles(client, 'sizes', sizedFiles())),
    await pullOf('multipart objects with every checksum', 'multipart', putMultipart(client, 'multipart')),
    await pullOf(`${manyKeys} objects in pages`, 'many', putFiles(client, 'many', manyFiles())),
    await pullOf('odd keys', 'odd', putFiles(client, 'odd', oddFiles())),
    await pullOf('versions and deleted objects', 'versions', putVersions(client, 'versions')),
    await judgeRefusal('MinIO, nothing there', { program, env, uri: 's3://models/none', code: 'MODEL_NOT_FOUND' }),
    await judgeRefusal('MinIO, no such bucket', { program, env, uri: 's3://nowhere/m', code: 'MODEL_NOT_FOUND' }),
  ];
}

interface Somebody {
  readonly pull: { readonly program: string; readonly uri: string; readonly files: Files };
  readonly server: RealS3;
  readonly oidc: OidcServer;
  readonly folder: string;
}

/** IRSA, the keys with a session token that it ends in, wrong ones. */
async function pullAsSomebody({ pull, server, oidc, folder }: Somebody): Promise<Verdict[]> {
  const roleArn = /arn:minio:iam:\S*role\/[\w-]+/.exec(server.program.logTail())?.[0] ?? 'no role in the log';
  const env = { AWS_ENDPOINT_URL: server.url };
  const webIdentity = (name: string, lifeMs: number) => {
    const tokenFile = join(folder, `pull-token-${name}`);
    writeFileSync(tokenFile, oidc.token(audience, lifeMs));
    return { ...env, AWS_ROLE_ARN: roleArn, AWS_WEB_IDENTITY_TOKEN_FILE: tokenFile, AWS_ENDPOINT_URL_STS: server.url };
  };
  const session = await sessionOf(server, { token: oidc.token(audience, 3_600_000), roleArn });
  const refused = (name: string, with_: Record<string, string>) =>
    judgeRefusal(`MinIO, ${name}`, { ...pull, env: { ...env, ...with_ }, code: 'STORE_DENIED' });
  return [
    await judgePull('MinIO, web identity (IRSA)', { ...pull, env: webIdentity('good', 3_600_000) }),
    await refused('an expired web identity', webIdentity('expired', -3_600_000)),
    await judgePull('MinIO, session token', { ...pull, env: { ...env, ...session } }),
    await refused('a wrong session token', { ...session, AWS_SESSION_TOKEN: 'bogus' }),
    await refused('a wrong secret', { ...keys, AWS_SECRET_ACCESS_KEY: 'another' }),
    await refused('nobody, before the policy', { awsAnonymousCredential: 'True' }),
  ];
}

/** MinIO's own STS. */
async function sessionOf({ url }: RealS3, { token, roleArn }: { readonly token: string; readonly roleArn: string }) {
  const form = {
    Action: 'AssumeRoleWithWebIdentity',
    Version: '2011-06-15',
    WebIdentityToken: token,
    RoleArn: roleArn,
  };
  const answer = await (await fetch(url, { method: 'POST', body: new URLSearchParams(form) })).text();
  const field = (name: string) => new RegExp(`<${name}>([^<]+)`).exec(answer)?.[1] ?? 'none';
  return {
    AWS_ACCESS_KEY_ID: field('AccessKeyId'),
    AWS_SECRET_ACCESS_KEY: field('SecretAccessKey'),
    AWS_SESSION_TOKEN: field('SessionToken'),
  };
}

async function pullByOtherWays({ pull, server }: Pick<Somebody, 'pull' | 'server'>): Promise<Verdict[]> {
  const spec = { type: 's3', endpoint_url: server.url, access_key_id: 'minioadmin', secret_access_key: 'wrong' };
  const override = JSON.stringify({ secret_access_key: 'minioadmin' });
  const storageSpec = { STORAGE_CONFIG: JSON.stringify(spec), STORAGE_OVERRIDE_CONFIG: override };
  // No resolver here knows models.localhost: MinIO reads the requests of a proxy's client as well.
  const hosted = { AWS_ENDPOINT_URL: `http://localhost:${server.port}`, S3_USER_VIRTUAL_BUCKET: '1' };
  const oldNames = { S3_ENDPOINT: `127.0.0.1:${server.port}`, S3_USE_HTTPS: '0' };
  const verdicts = [
    await judgePull('MinIO, virtual-hosted', { ...pull, env: { ...keys, ...hosted, HTTP_PROXY: server.url } }),
    await judgePull('MinIO, S3_ENDPOINT', { ...pull, env: { ...keys, ...oldNames } }),
    await judgePull('MinIO, STORAGE_CONFIG and its override', { ...pull, env: storageSpec }),
  ];
  await letEverybodyRead({ server, bucket: 'models' });
  const anonymous = { AWS_ENDPOINT_URL: server.url, awsAnonymousCredential: 'True' };
  return [...verdicts, await judgePull('MinIO, anonymous by bucket policy', { ...pull, env: anonymous })];
}

async function pullOverTls({ program, folder }: StoreSuite): Promise<Verdict[]> {
  using certificates = new CertificateFolder();
  const authority = certificates.authority('ca');
  const signed = certificates.signed('minio', { by: authority, names: 'DNS:localhost,IP:127.0.0.1' });
  const certificate = { ...signed, authority: authority.cert };
  const server = await startMinio({ name: 'minio-tls-pulls', folder, certificate });
  try {
    const client = s3Client(server.url, authority.cert);
    await makeBucket(client);
    const files = await putFiles(client, 'sizes', sizedFiles());
    const env = { ...keys, AWS_ENDPOINT_URL: server.url };
    const pull = { program, uri: 's3://models/sizes', files };
    const { certFile } = authority;
    return [
      await judgePull('MinIO over TLS, AWS_CA_BUNDLE', { ...pull, env: { ...env, AWS_CA_BUNDLE: certFile } }),
      await judgePull('MinIO over TLS, --store-ca-file', { ...pull, env, flags: ['--store-ca-file', certFile] }),
      await judgePull('MinIO over TLS, S3_VERIFY_SSL=0', { ...pull, env: { ...env, S3_VERIFY_SSL: '0' } }),
      await judgeRefusal('MinIO over TLS, unknown authority', { ...pull, env, code: 'STORE_UNREACHABLE' }),
    ];
  } finally {
    await server.program.stop();
  }
}
