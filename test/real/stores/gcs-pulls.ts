// The built `outrigger pull` and Google Cloud Storage: fake-gcs-server with and without TLS; credentials at a small one that wants them.
import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type Bucket, Storage } from '@google-cloud/storage';
import { type Certificate, CertificateFolder } from '../../support/certificates.ts';
import { freePorts } from '../../support/free-ports.ts';
import { GcsServer } from '../../support/stores/gcs-server.ts';
import type { Verdict } from '../compare.ts';
import { Program } from '../program.ts';
import { cacheFolder } from '../runtimes.ts';
import type { StoreSuite } from './claims.ts';
import { type Files, judgePull, judgeRefusal } from './pulled.ts';
import { manyFiles, manyKeys, oddFiles, sizedFiles } from './s3-models.ts';

const startLimitMs = 30_000;

/** `folder`: for logs and keys. */
export async function checkGcsPulls({ program, folder }: StoreSuite): Promise<Verdict[]> {
  using certificates = new CertificateFolder();
  const authority = certificates.authority('ca');
  const certificate = certificates.signed('gcs', { by: authority, names: 'DNS:localhost,IP:127.0.0.1' });
  const server = await startFakeGcs(folder, certificate);
  try {
    const [bucket] = await new Storage({ apiEndpoint: server.http, projectId: 'outrigger' }).createBucket('models');
    const env = { STORAGE_EMULATOR_HOST: server.http };
    const pullOf = async (name: string, prefix: string, files: Files) => {
      await putFiles(bucket, prefix, files);
      return judgePull(`fake-gcs-server, ${name}`, { program, env, uri: `gs://models/${prefix}`, files });
    };
    const words = Buffer.from('words '.repeat(100_000));
    await bucket.file('gz/vocab').save(gzipSync(words), { resumable: false, metadata: { contentEncoding: 'gzip' } });
    const sizes = { program, uri: 'gs://models/sizes', files: sizedFiles() };
    const secure = { STORAGE_EMULATOR_HOST: server.https };
    return [
      await pullOf('sizes around a range', 'sizes', sizes.files),
      await pullOf('odd keys', 'odd', { ...oddFiles(), 'x%2Fy': Buffer.from('percent') }),
      await pullOf(`${manyKeys} objects in pages`, 'many', manyFiles()),
      await judgePull('fake-gcs-server, stored compressed', {
        program,
        env,
        uri: 'gs://models/gz',
        files: { vocab: words },
      }),
      await judgePull('fake-gcs-server over TLS', {
        ...sizes,
        env: secure,
        flags: ['--store-ca-file', authority.certFile],
      }),
      await judgePull('fake-gcs-server over TLS, not verified', {
        ...sizes,
        env: secure,
        flags: ['--store-tls-skip-verify'],
      }),
      await judgeRefusal('fake-gcs-server over TLS, unknown authority', {
        ...sizes,
        env: secure,
        code: 'STORE_UNREACHABLE',
      }),
      await judgeRefusal('fake-gcs-server, nothing there', {
        program,
        env,
        uri: 'gs://models/no',
        code: 'MODEL_NOT_FOUND',
      }),
      ...(await checkGcsIdentityPulls({ program, folder })),
    ];
  } finally {
    await server.program.stop();
  }
}

async function startFakeGcs(logFolder: string, { certFile, keyFile }: Certificate) {
  const [port, plainPort] = (await freePorts(2)) as [number, number];
  const [https, http] = [`https://127.0.0.1:${port}`, `http://127.0.0.1:${plainPort}`];
  const listen = ['-scheme', 'both', '-host', '127.0.0.1', '-port', String(port), '-port-http', String(plainPort)];
  const names = ['-backend', 'memory', '-public-host', `127.0.0.1:${plainPort}`, '-external-url', http];
  const tls = ['-cert-location', certFile, '-private-key-location', keyFile];
  const command = join(cacheFolder(), 'stores', 'bin', 'fake-gcs-server');
  const program = new Program({ name: 'fake-gcs-pulls', command, args: [...listen, ...names, ...tls], logFolder });
  await program.ready(`${http}/_internal/healthcheck`, startLimitMs);
  return { program, https, http };
}

async function putFiles(bucket: Bucket, prefix: string, files: Files): Promise<void> {
  const entries = Object.entries(files);
  for (let at = 0; at < entries.length; at += 50) {
    await Promise.all(
      entries
        .slice(at, at + 50)
        .map(([path, bytes]) => bucket.file(`${prefix}/${path}`).save(bytes, { resumable: false })),
    );
  }
}

/** fake-gcs-server takes everybody: who wants a token is a server of our own. */
async function checkGcsIdentityPulls({ program, folder }: StoreSuite): Promise<Verdict[]> {
  await using server = await GcsServer.start({ access: 'private' });
  const files = { weights: Buffer.alloc(100_000, 'w'), 'sub/config.json': Buffer.from('{}') };
  for (const [path, bytes] of Object.entries(files)) server.objects.put('models', `m/${path}`, bytes);
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  server.tokens.accountKey = publicKey;
  server.tokens.subjectToken = 'token-of-kubernetes';
  const envOf = (name: string, key: object) => {
    const keyFile = join(folder, `${name}.json`);
    writeFileSync(keyFile, JSON.stringify(key));
    return { STORAGE_EMULATOR_HOST: server.url, GOOGLE_APPLICATION_CREDENTIALS: keyFile };
  };
  const serviceAccount = {
    type: 'service_account',
    client_email: 'pull@models.iam.gserviceaccount.com',
    private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    token_uri: `${server.url}/token`,
  };
  const external = (token: string) => {
    const file = join(folder, `gcs-subject-${token.length}`);
    writeFileSync(file, token);
    return {
      type: 'external_account',
      audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/k',
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      token_url: `${server.url}/sts`,
      credential_source: { file },
    };
  };
  const pull = { program, uri: 'gs://models/m', files };
  return [
    await judgePull('GCS, service account', { ...pull, env: envOf('account', serviceAccount) }),
    await judgePull('GCS, workload identity', { ...pull, env: envOf('external', external('token-of-kubernetes')) }),
    await judgeRefusal('GCS, a wrong federated token', {
      ...pull,
      env: envOf('wrong', external('of nobody')),
      code: 'STORE_DENIED',
    }),
    await judgeRefusal('GCS, nobody', { ...pull, env: { STORAGE_EMULATOR_HOST: server.url }, code: 'STORE_DENIED' }),
  ];
}
