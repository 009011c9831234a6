// What other servers than MinIO think of the built `outrigger pull`: versitygw; moto, whose STS and metadata give keys; bad networks.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { builtProgram } from '../e2e/support/built-program.ts';
import type { Verdict } from '../real/compare.ts';
import { Program } from '../real/program.ts';
import { cacheFolder } from '../real/runtimes.ts';
import type { StoreSuite } from '../real/stores/claims.ts';
import { rootKeys, startMinio } from '../real/stores/minio.ts';
import { type Files, judgePull, judgeRefusal } from '../real/stores/pulled.ts';
import { checkVersitygw } from '../real/stores/s3.ts';
import {
  bytesFor,
  makeBucket,
  manyFiles,
  oddFiles,
  putFiles,
  putMultipart,
  s3Client,
  sizedFiles,
} from '../real/stores/s3-models.ts';
import { startVersitygw } from '../real/stores/versitygw.ts';
import { freePorts } from '../support/free-ports.ts';
import { type Toxic, Toxiproxy } from '../support/stores/toxiproxy.ts';
import { summarize } from '../support/stores/verdict-summary.ts';

const startLimitMs = 60_000;
const root = join(import.meta.dirname, '../..');
const keys = { AWS_ACCESS_KEY_ID: rootKeys.accessKeyId, AWS_SECRET_ACCESS_KEY: rootKeys.secretAccessKey };
const few: Files = {
  'a/weights': bytesFor('weights', 20_000_000),
  b: bytesFor('b', 100_000),
  'config.json': Buffer.from('{}'),
};

async function pullFromVersitygw({ program, folder }: StoreSuite): Promise<Verdict[]> {
  const server = await startVersitygw(folder);
  try {
    const client = s3Client(server.url);
    await makeBucket(client);
    const pullOf = async (name: string, prefix: string, put: Promise<Files>) => {
      const env = { ...keys, AWS_ENDPOINT_URL: server.url };
      return judgePull(`versitygw, ${name}`, { program, env, uri: `s3://models/${prefix}`, files: await put });
    };
    return [
      await pullOf('sizes around a range', 'sizes', putFiles(client, 'sizes', sizedFiles())),
      await pullOf('multipart objects with every checksum', 'multipart', putMultipart(client, 'multipart')),
      await pullOf('objects in pages', 'many', putFiles(client, 'many', manyFiles())),
      await pullOf('odd keys', 'odd', putFiles(client, 'odd', oddFiles())),
    ];
  } finally {
    await server.program.stop();
  }
}

async function pullFromMoto({ program, folder }: StoreSuite): Promise<Verdict[]> {
  const [port] = (await freePorts(1)) as [number];
  const command = join(cacheFolder(), 'stores', 'moto', 'bin', 'moto_server');
  const server = new Program({
    name: 'moto',
    command,
    args: ['-H', '127.0.0.1', '-p', String(port)],
    logFolder: folder,
  });
  const url = `http://127.0.0.1:${port}`;
  try {
    await server.ready(`${url}/moto-api/data.json`, startLimitMs);
    const client = s3Client(url);
    await makeBucket(client);
    await putFiles(client, 'few', few);
    const tokenFile = join(folder, 'moto-token');
    writeFileSync(tokenFile, 'any token');
    const env = { AWS_ENDPOINT_URL: url };
    const role = { AWS_ROLE_ARN: 'arn:aws:iam::123456789012:role/pull', AWS_WEB_IDENTITY_TOKEN_FILE: tokenFile };
    const identity = { ...env, ...role, AWS_ENDPOINT_URL_STS: url, AWS_EC2_METADATA_DISABLED: 'true' };
    const pull = { program, uri: 's3://models/few', files: few };
    return [
      await judgePull('moto, web identity (IRSA) by its STS', { ...pull, env: identity }),
      await judgePull('moto, instance metadata', { ...pull, env: { ...env, AWS_EC2_METADATA_SERVICE_ENDPOINT: url } }),
      await judgePull('moto, keys', { ...pull, env: { ...env, ...keys } }),
      await judgeRefusal('moto, no credentials anywhere', {
        ...pull,
        env: { ...env, AWS_EC2_METADATA_DISABLED: 'true' },
        code: 'STORE_DENIED',
      }),
    ];
  } finally {
    await server.stop();
  }
}

const networks: readonly (readonly [string, readonly Toxic[]])[] = [
  ['200 ms of latency', [{ type: 'latency', attributes: { latency: 200, jitter: 50 } }]],
  ['4 MB/s a connection', [{ type: 'bandwidth', attributes: { rate: 4000 } }]],
  ['connections that end after 3 MB', [{ type: 'limit_data', attributes: { bytes: 3_000_000 } }]],
  ['half of the connections end after 50 KB', [{ type: 'limit_data', toxicity: 0.5, attributes: { bytes: 50_000 } }]],
  ['a third of the connections die in silence', [{ type: 'timeout', toxicity: 0.3, attributes: { timeout: 500 } }]],
  ['a third of the connections are black holes', [{ type: 'timeout', toxicity: 0.3, attributes: { timeout: 0 } }]],
  ['a third of the connections are reset', [{ type: 'reset_peer', toxicity: 0.3, attributes: { timeout: 100 } }]],
  ['bytes in slices', [{ type: 'slicer', attributes: { average_size: 4000, size_variation: 1000, delay: 100 } }]],
  [
    'all at once',
    [
      { type: 'latency', attributes: { latency: 50, jitter: 20 } },
      { type: 'limit_data', toxicity: 0.3, attributes: { bytes: 1_000_000 } },
      { type: 'timeout', toxicity: 0.2, attributes: { timeout: 300 } },
    ],
  ],
];

async function pullOverBadNetworks({ program, folder }: StoreSuite): Promise<Verdict[]> {
  const store = await startMinio({ name: 'minio-behind', folder });
  const proxy = await Toxiproxy.start(store.port, folder);
  try {
    const client = s3Client(store.url);
    await makeBucket(client);
    await putFiles(client, 'few', few);
    const env = { ...keys, AWS_ENDPOINT_URL: proxy.url, S3_READ_TIMEOUT: '2' };
    const pull = { program, uri: 's3://models/few', files: few, env };
    const verdicts: Verdict[] = [];
    for (const [name, toxics] of networks) {
      await proxy.poison(toxics);
      verdicts.push(await judgePull(`toxiproxy, ${name}`, pull));
    }
    await proxy.disable();
    const impatient = { ...pull, env: { ...env, S3_MAX_ATTEMPTS: '3' }, code: 'STORE_UNREACHABLE' };
    return [...verdicts, await judgeRefusal('toxiproxy, nobody listens', impatient)];
  } finally {
    await proxy.program.stop();
    await store.program.stop();
  }
}

const installed = spawnSync('bash', ['scripts/install-stores.sh', '--full'], { cwd: root, stdio: 'inherit' });
const there = ['minio', 'versitygw', 'server'].every((name) => existsSync(join(cacheFolder(), 'stores', 'bin', name)));
if (installed.status !== 0) throw new Error('install-stores.sh failed');
const folder = mkdtempSync(join(tmpdir(), 'outrigger-second-opinion-'));
if (there) {
  const suite = { program: await builtProgram(), folder };
  const ownFolder = mkdtempSync(join(folder, 'own-'));
  summarize([
    ...(await checkVersitygw(ownFolder)),
    ...(await pullFromVersitygw(suite)),
    ...(await pullFromMoto(suite)),
    ...(await pullOverBadNetworks(suite)),
  ]);
} else console.log('not run: these stores are not there, as install-stores.sh says above\n0 passed, 0 failed');
if (process.exitCode !== 1) rmSync(folder, { recursive: true });
