// Payload logs of the built agent in real stores: each format read back, by the stores' own SDKs and by DuckDB.
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { ContainerClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import { Storage } from '@google-cloud/storage';
import { AgentProcess } from '../../e2e/support/agent-process.ts';
import { freePorts } from '../../support/free-ports.ts';
import { Azurite, azuriteAccount, azuriteKey } from '../../support/stores/azurite.ts';
import type { Verdict } from '../compare.ts';
import { Program } from '../program.ts';
import { cacheFolder } from '../runtimes.ts';
import { expectSame, judge, type StoreSuite } from './claims.ts';
import { rootKeys, startMinio } from './minio.ts';
import { s3Client } from './s3-models.ts';

/** A store with a bucket `logs`. */
interface Place {
  readonly name: string;
  /** Of --log-url, without its path. */
  readonly url: string;
  readonly env: Readonly<Record<string, string>>;
  /** What stands below a prefix, by key. */
  read(prefix: string): Promise<ReadonlyMap<string, Buffer>>;
}

const answer = '{"predictions":[[0.5]]}';
const ids = Array.from({ length: 7 }, (_, nth) => `e${nth}`);
/** In each of a run's objects but the last, which is closed by the agent's end. */
const batchEvents = 5;

export async function checkBlobs(suite: StoreSuite): Promise<Verdict[]> {
  await using runtime = await startRuntime();
  const check = (place: Place) => checkPlace(place, { ...suite, runtimePort: runtime.port });
  return [
    ...(await checkMinio(suite.folder, check)),
    ...(await checkFakeGcs(suite.folder, check)),
    ...(await checkAzurite(check)),
  ];
}

type Check = (place: Place) => Promise<Verdict[]>;

async function checkMinio(folder: string, check: Check): Promise<Verdict[]> {
  const server = await startMinio({ name: 'minio-logs', folder });
  try {
    const client = s3Client(server.url);
    await client.send(new CreateBucketCommand({ Bucket: 'logs' }));
    const read: Place['read'] = async (prefix) => {
      const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: 'logs', Prefix: prefix }));
      const bodies = Contents.map(async ({ Key = '' }) => {
        const { Body } = await client.send(new GetObjectCommand({ Bucket: 'logs', Key }));
        return [Key, Buffer.from(await Body!.transformToByteArray())] as const;
      });
      return new Map(await Promise.all(bodies));
    };
    const { accessKeyId, secretAccessKey } = rootKeys;
    const keys = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
    return await check({ name: 'MinIO', url: 's3://logs', env: { AWS_ENDPOINT_URL: server.url, ...keys }, read });
  } finally {
    await server.program.stop();
  }
}

async function checkFakeGcs(folder: string, check: Check): Promise<Verdict[]> {
  const [port] = (await freePorts(1)) as [number];
  const url = `http://127.0.0.1:${port}`;
  const listen = ['-scheme', 'http', '-host', '127.0.0.1', '-port', String(port), '-backend', 'memory'];
  const args = [...listen, '-public-host', `127.0.0.1:${port}`, '-external-url', url];
  const command = join(cacheFolder(), 'stores', 'bin', 'fake-gcs-server');
  const server = new Program({ name: 'fake-gcs-server-logs', command, args, logFolder: folder });
  try {
    await server.ready(`${url}/_internal/healthcheck`, 30_000);
    const [bucket] = await new Storage({ apiEndpoint: url, projectId: 'outrigger' }).createBucket('logs');
    const read: Place['read'] = async (prefix) => {
      const [files] = await bucket.getFiles({ prefix });
      return new Map(await Promise.all(files.map(async (file) => [file.name, (await file.download())[0]] as const)));
    };
    const env = { STORAGE_EMULATOR_HOST: url };
    return await check({ name: 'fake-gcs-server', url: 'gs://logs', env, read });
  } finally {
    await server.stop();
  }
}

async function checkAzurite(check: Check): Promise<Verdict[]> {
  await using azurite = await Azurite.start();
  const key = new StorageSharedKeyCredential(azuriteAccount, azuriteKey);
  const container = new ContainerClient(`${azurite.url}/logs`, key);
  await container.create();
  const read: Place['read'] = async (prefix) => {
    const objects = new Map<string, Buffer>();
    for await (const { name } of container.listBlobsFlat({ prefix })) {
      objects.set(name, await container.getBlobClient(name).downloadToBuffer());
    }
    return objects;
  };
  const url = `https://${azuriteAccount}.blob.core.windows.net/logs`;
  const env = { AZURE_STORAGE_ACCESS_KEY: azuriteKey, AZURE_SERVICE_URL: azurite.url };
  return await check({ name: 'azurite', url, env, read });
}

interface Run extends StoreSuite {
  readonly runtimePort: number;
}

async function checkPlace(place: Place, run: Run): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  for (const format of ['json', 'csv', 'parquet'] as const) {
    const claim = async (): Promise<void> => {
      const flags = ['--log-store-format', format, '--log-batch-size', String(batchEvents), '--namespace', 'lab'];
      await logInto(place, { ...run, prefix: format, flags, ids });
      const objects = await place.read(`${format}/`);
      expectSame([...objects.keys()].length, Math.ceil((2 * ids.length) / batchEvents));
      expectSame(
        [...objects.keys()].every((key) => key.startsWith(`${format}/lab/e`)),
        true,
      );
      const rows = readRows(format, objects, join(run.folder, `${place.name}-${format}`));
      expectSame(rows.map(String).toSorted(), wantedRows().map(String).toSorted());
    };
    verdicts.push(await judge(`${place.name}: payload logs as ${format}`, claim));
  }
  const twice = async (): Promise<void> => {
    await logInto(place, { ...run, prefix: 'twice', flags: ['--log-mode', 'request'], ids: ['same', 'same'] });
    expectSame((await place.read('twice/')).size, 2);
  };
  verdicts.push(await judge(`${place.name}: the same id twice is two objects`, twice));
  return verdicts;
}

interface Load extends Run {
  readonly prefix: string;
  readonly flags: readonly string[];
  readonly ids: readonly string[];
}

/** From the first request to the end of the agent, which delivers what waits. */
async function logInto({ url, env }: Place, { program, runtimePort, prefix, flags, ids: asked }: Load): Promise<void> {
  const local = ['--host', '127.0.0.1', '--port', '0', '--metrics-port', '0', '--component-port', String(runtimePort)];
  const drain = ['--drain-min-wait', '0s', '--drain-quiet-period', '50ms'];
  const args = [...local, ...drain, '--log-url', `${url}/${prefix}`, ...flags];
  await using agent = new AgentProcess({ program, args, env });
  const port = await agent.served();
  for (const [nth, id] of asked.entries()) {
    const body = JSON.stringify({ instances: [[nth]] });
    await (
      await fetch(`http://127.0.0.1:${port}/v1/models/m:predict`, { method: 'POST', headers: { 'ce-id': id }, body })
    ).text();
  }
  agent.signal('SIGTERM');
  expectSame((await agent.ended).exitCode, 0);
}

type Row = readonly [id: string, kind: string, payload: string, namespace: string];

function wantedRows(): Row[] {
  return ids.flatMap((id, nth): Row[] => [
    [id, 'request', JSON.stringify({ instances: [[nth]] }), 'lab'],
    [id, 'response', answer, 'lab'],
  ]);
}

function readRows(format: 'json' | 'csv' | 'parquet', objects: ReadonlyMap<string, Buffer>, folder: string): Row[] {
  const lines =
    format === 'json'
      ? [...objects.values()].flatMap((body) => JSON.parse(body.toString()) as Record<string, string>[])
      : readTables(format, objects, folder);
  return lines.map(({ id = '', reqType = '', bytes = '', namespace = '' }) => {
    const kind = reqType.split('.').at(-1) ?? '';
    return [id, kind, Buffer.from(bytes, 'base64').toString(), namespace];
  });
}

const script = `
import duckdb, json, sys
rows = duckdb.connect().execute(sys.argv[1])
names = [column[0] for column in rows.description]
print(json.dumps([dict(zip(names, row)) for row in rows.fetchall()]))
`;

function readTables(format: 'csv' | 'parquet', objects: ReadonlyMap<string, Buffer>, folder: string) {
  mkdirSync(folder, { recursive: true });
  for (const [nth, body] of [...objects.values()].entries()) writeFileSync(join(folder, `${nth}.${format}`), body);
  const files = `'${join(folder, `*.${format}`)}'`;
  const from = format === 'csv' ? `read_csv(${files}, header = true, all_varchar = true)` : `read_parquet(${files})`;
  const python = join(cacheFolder(), 'stores', 'duckdb', 'bin', 'python');
  const printed = execFileSync(python, ['-c', script, `SELECT * FROM ${from}`], { encoding: 'utf8', timeout: 60_000 });
  const rows = JSON.parse(printed) as Record<string, string>[];
  const columns = 'url,bytes,contentType,reqType,id,sourceUri,inferenceService,namespace,component,endpoint,metadata';
  expectSame(Object.keys(rows[0] ?? {}).join(), `${columns},annotations,certName,tlsSkipVerify,occurrenceTime`);
  return rows;
}

async function startRuntime(): Promise<AsyncDisposable & { readonly port: number }> {
  const server: Server = createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(200, { 'content-type': 'application/json' }).end(answer));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}
