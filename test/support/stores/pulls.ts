// A pull as a test makes it: from a small S3 of its own into a temporary folder, with short waits.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StorageConfig, TransferConfig } from '../../../src/config/storage-config.ts';
import { readStorageEnvironment } from '../../../src/config/storage-environment.ts';
import { type PullProgress, startProgress } from '../../../src/storage/download/progress.ts';
import { pullModel } from '../../../src/storage/pull.ts';
import type { PullGround } from '../../../src/storage/pull-ground.ts';
import type { PullJob, PullResult } from '../../../src/storage/pull-job.ts';
import { type S3Server, testAccount } from './s3-server.ts';

export class PullFolder implements Disposable {
  readonly path = join(mkdtempSync(join(tmpdir(), 'outrigger-pull-')), 'model');

  /** Path and content of every file, markers and staging apart. */
  files(): Record<string, Buffer> {
    const found = readdirSync(this.path, { recursive: true, withFileTypes: true });
    const files = found.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    const named = files.map((file) => [file.slice(this.path.length + 1), file] as const);
    const ours = named.filter(([name]) => !/^SUCCESS\.[0-9a-f]{64}$/.test(name) && !name.startsWith('.outrigger/'));
    return Object.fromEntries(ours.map(([name, file]) => [name, readFileSync(file)]));
  }

  /** Their paths; none where the folder was not even made. */
  filesIfAny(): string[] {
    return existsSync(this.path) ? Object.keys(this.files()) : [];
  }

  /** The folder counts as a model. */
  get whole(): boolean {
    return readdirSync(this.path).some((name) => /^SUCCESS\.[0-9a-f]{64}$/.test(name));
  }

  [Symbol.dispose](): void {
    rmSync(join(this.path, '..'), { recursive: true, force: true });
  }
}

export const quickTransfer: TransferConfig = {
  minConnections: 2,
  maxConnections: 4,
  partBytes: 64 * 1024,
  connectTimeoutMs: 2000,
  idleTimeoutMs: 300,
  maxAttempts: 4,
  maxBackoffMs: 5,
};

export function configOf(server: Pick<S3Server, 'url'>, transfer: Partial<TransferConfig> = {}): StorageConfig {
  const { accessKeyId, secretAccessKey } = testAccount;
  const { config } = readStorageEnvironment({
    AWS_ENDPOINT_URL: server.url,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_REGION: 'us-east-1',
  });
  return { ...config, transfer: { ...quickTransfer, ...transfer } };
}

export interface TestPull {
  readonly server: Pick<S3Server, 'url'>;
  readonly folder: PullFolder;
  readonly uri?: string;
  readonly job?: Partial<PullJob>;
  readonly transfer?: Partial<TransferConfig>;
  readonly signal?: AbortSignal;
  readonly progress?: PullProgress;
  readonly ground?: PullGround;
}

export function pullFrom({
  server,
  folder,
  uri = 's3://models/m',
  job,
  transfer,
  ...hooks
}: TestPull): Promise<PullResult> {
  const { signal = new AbortController().signal, progress = startProgress(), ...shared } = hooks;
  const limits = { maxFiles: 10_000, maxUnpackedBytes: 2 ** 30 };
  const patterns = { allow: [], ignore: [] };
  const config = configOf(server, transfer);
  return pullModel(
    { uri, target: folder.path, spec: null, config, patterns, limits, ...job },
    { signal, progress, ...shared },
  );
}
