// A process that pulls twice, a small model and a large one, and says how much memory each took: argv are the store's URL and a folder.
import { join } from 'node:path';
import { startProgress } from '../../../src/storage/download/progress.ts';
import { pullModel } from '../../../src/storage/pull.ts';
import { configOf } from './pulls.ts';

const [url = '', folder = ''] = process.argv.slice(2);
const config = configOf(
  { url },
  { partBytes: 4 * 1024 ** 2, idleTimeoutMs: 30_000, minConnections: 8, maxConnections: 16 },
);

async function pull(name: string): Promise<number> {
  const [patterns, limits] = [
    { allow: [], ignore: [] },
    { maxFiles: 1000, maxUnpackedBytes: 2 ** 30 },
  ];
  const job = { uri: `s3://models/${name}`, target: join(folder, name), spec: null, config, patterns, limits };
  await pullModel(job, { signal: new AbortController().signal, progress: startProgress() });
  return process.resourceUsage().maxRSS * 1024;
}

process.stdout.write(JSON.stringify({ smallBytes: await pull('small'), largeBytes: await pull('large') }));
