// NVIDIA's own load generator: inferences a second of one model over HTTP, tensors as binary or as JSON.
// `~/.cache/outrigger-test/perf` is a venv with tritonclient==2.48.0 and nvidia-cuda-runtime-cu12; it also needs Debian's libb64-0d.
// No part of .ci/run.

import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder } from '../../test/real/runtimes.ts';

const run = promisify(execFile);
const WINDOW_MS = 2_000;
const LIMIT_MS = 60_000;

export interface PerfRun {
  readonly port: number;
  readonly model: string;
  readonly clients: number;
  readonly format: 'binary' | 'json';
  readonly folder: string; // for its table
}

/** Null: it is not installed. */
export function perfAnalyzerPath(): string | null {
  const path = join(cacheFolder(), 'perf', 'bin', 'perf_analyzer');
  return existsSync(path) ? path : null;
}

/** @throws Error when it failed or measured nothing. */
export async function runPerfAnalyzer({ port, model, clients, format, folder }: PerfRun): Promise<number> {
  const table = join(folder, `perf-${port}-${clients}-${format}.csv`);
  const libraries = join(cacheFolder(), 'perf', 'lib', 'python3.11', 'site-packages', 'nvidia', 'cuda_runtime', 'lib');
  const formats = [`--input-tensor-format=${format}`, `--output-tensor-format=${format}`];
  const shape = ['--concurrency-range', String(clients), '-p', String(WINDOW_MS), '-s', '50', '-f', table];
  await run(perfAnalyzerPath()!, ['-m', model, '-u', `127.0.0.1:${port}`, '-i', 'http', ...formats, ...shape], {
    env: { ...process.env, LD_LIBRARY_PATH: libraries },
    timeout: LIMIT_MS,
  });
  const [head, line] = readFileSync(table, 'utf8')
    .split('\n')
    .map((each) => each.split(','));
  const rate = Number(line?.[head?.indexOf('Inferences/Second') ?? -1]);
  if (!(rate > 0)) throw new Error(`perf_analyzer measured nothing: ${readFileSync(table, 'utf8')}`);
  return rate;
}
