// versitygw, the second opinion on S3, on a free loopback port.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { freePorts } from '../../support/free-ports.ts';
import { Program } from '../program.ts';
import { cacheFolder } from '../runtimes.ts';
import { type RealS3, rootKeys } from './minio.ts';

const START_LIMIT_MS = 30_000;

export async function startVersitygw(folder: string): Promise<RealS3> {
  const [port] = (await freePorts(1)) as [number];
  const data = join(folder, 'versitygw');
  mkdirSync(data);
  const program = new Program({
    name: 'versitygw',
    command: join(cacheFolder(), 'stores', 'bin', 'versitygw'),
    args: ['--quiet', '--port', `127.0.0.1:${port}`, '--region', 'us-east-1', '--health', '/healthz', 'posix', data],
    logFolder: folder,
    env: { ROOT_ACCESS_KEY: rootKeys.accessKeyId, ROOT_SECRET_KEY: rootKeys.secretAccessKey },
  });
  const url = `http://127.0.0.1:${port}`;
  await program.ready(`${url}/healthz`, START_LIMIT_MS);
  return { url, port, program };
}
