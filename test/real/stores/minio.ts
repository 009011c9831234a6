// MinIO on a free loopback port: plain or over TLS, with what else its environment asks for.
import { once } from 'node:events';
import { cpSync, mkdirSync } from 'node:fs';
import { get } from 'node:https';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Certificate } from '../../support/certificates.ts';
import { freePorts } from '../../support/free-ports.ts';
import { Program } from '../program.ts';
import { cacheFolder } from '../runtimes.ts';

const START_LIMIT_MS = 30_000;

export interface RealS3 {
  readonly url: string;
  readonly port: number;
  readonly program: Program;
}

export const rootKeys = { accessKeyId: 'minioadmin', secretAccessKey: 'minioadmin', sessionToken: null };

export interface MinioOptions {
  readonly name: string;
  readonly folder: string; // of data and log
  readonly env?: Readonly<Record<string, string>>;
  /** Serves TLS, for localhost and 127.0.0.1. */
  readonly certificate?: Certificate & { readonly authority: string };
}

export async function startMinio({ name, folder, env, certificate }: MinioOptions): Promise<RealS3> {
  const [port] = (await freePorts(1)) as [number];
  const data = join(folder, name);
  mkdirSync(data);
  const certificates = join(folder, `${name}-certificates`);
  if (certificate !== undefined) {
    mkdirSync(certificates);
    cpSync(certificate.certFile, join(certificates, 'public.crt'));
    cpSync(certificate.keyFile, join(certificates, 'private.key'));
  }
  const program = new Program({
    name,
    command: join(cacheFolder(), 'stores', 'bin', 'minio'),
    args: ['server', '--address', `127.0.0.1:${port}`, ...(certificate ? ['--certs-dir', certificates] : []), data],
    logFolder: folder,
    env: {
      MINIO_ROOT_USER: rootKeys.accessKeyId,
      MINIO_ROOT_PASSWORD: rootKeys.secretAccessKey,
      MINIO_BROWSER: 'off',
      MINIO_UPDATE: 'off',
      MINIO_REGION: 'us-east-1',
      ...env,
    },
  });
  const url = `${certificate ? 'https' : 'http'}://127.0.0.1:${port}`;
  const readiness = `${url}/minio/health/ready`;
  if (certificate) await readyOverTls(readiness, certificate.authority);
  else await program.ready(readiness, START_LIMIT_MS);
  return { url, port, program };
}

/** @throws when it has not answered 200 within the limit */
async function readyOverTls(url: string, ca: string): Promise<void> {
  const lastMs = Date.now() + START_LIMIT_MS;
  for (;;) {
    const status = await statusOf(url, ca).catch(() => null); // refused until it listens
    if (status === 200) return;
    if (Date.now() > lastMs) throw new Error(`not ready at ${url}: ${status}`);
    await wait(100);
  }
}

async function statusOf(url: string, ca: string): Promise<number | undefined> {
  const [response] = await once(get(url, { ca, agent: false }), 'response');
  response.resume();
  return response.statusCode;
}
