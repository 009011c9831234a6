// The stores that models are pulled from: a MinIO and a fake-gcs-server, filled by the official clients.
import { join } from 'node:path';
import type { S3Client } from '@aws-sdk/client-s3';
import { type Bucket, Storage } from '@google-cloud/storage';
import { freePorts } from '../../support/free-ports.ts';
import { Program } from '../program.ts';
import { cacheFolder } from '../runtimes.ts';
import { type RealS3, rootKeys, startMinio } from '../stores/minio.ts';
import type { Files } from '../stores/pulled.ts';
import { makeBucket, putFiles, s3Client } from '../stores/s3-models.ts';

const startLimitMs = 30_000;

export class ModelStores implements AsyncDisposable {
  /** What a pull needs to reach both. */
  readonly env: Readonly<Record<string, string>>;
  readonly #minio: RealS3;
  readonly #gcs: Program;
  readonly #client: S3Client;
  readonly #bucket: Bucket;

  private constructor(parts: { minio: RealS3; gcs: Program; gcsUrl: string; client: S3Client; bucket: Bucket }) {
    this.#minio = parts.minio;
    this.#gcs = parts.gcs;
    this.#client = parts.client;
    this.#bucket = parts.bucket;
    this.env = {
      AWS_ACCESS_KEY_ID: rootKeys.accessKeyId,
      AWS_SECRET_ACCESS_KEY: rootKeys.secretAccessKey,
      AWS_ENDPOINT_URL: parts.minio.url,
      STORAGE_EMULATOR_HOST: parts.gcsUrl,
    };
  }

  /** `folder`: of data and logs. */
  static async start(folder: string): Promise<ModelStores> {
    const minio = await startMinio({ name: 'minio-models', folder });
    const client = s3Client(minio.url);
    await makeBucket(client);
    const [port] = (await freePorts(1)) as [number];
    const gcsUrl = `http://127.0.0.1:${port}`;
    const gcs = new Program({
      name: 'fake-gcs-models',
      command: join(cacheFolder(), 'stores', 'bin', 'fake-gcs-server'),
      args: [
        ...['-scheme', 'http', '-host', '127.0.0.1', '-port', String(port), '-backend', 'memory'],
        ...['-public-host', `127.0.0.1:${port}`, '-external-url', gcsUrl],
      ],
      logFolder: folder,
    });
    await gcs.ready(`${gcsUrl}/_internal/healthcheck`, startLimitMs);
    const [bucket] = await new Storage({ apiEndpoint: gcsUrl, projectId: 'outrigger' }).createBucket('models');
    return new ModelStores({ minio, gcs, gcsUrl, client, bucket });
  }

  /** Resolves with the URI. */
  async putInS3(key: string, files: Files): Promise<string> {
    await putFiles(this.#client, key, files);
    return `s3://models/${key}`;
  }

  async putInGcs(key: string, files: Files): Promise<string> {
    const puts = Object.entries(files).map(([path, bytes]) =>
      this.#bucket.file(`${key}/${path}`).save(bytes, { resumable: false }),
    );
    await Promise.all(puts);
    return `gs://models/${key}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client.destroy();
    await Promise.all([this.#minio.program.stop(), this.#gcs.stop()]);
  }
}
