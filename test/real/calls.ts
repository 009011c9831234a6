// What did each call of a client script come to? Runs the script against one target and reads its lines.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { basicEnvironment } from './program.ts';
import { clientPython } from './runtimes.ts';
import type { Target } from './through.ts';

const SCRIPT_LIMIT_MS = 180_000;
const CLIENTS = join(import.meta.dirname, 'clients');

/** One line of a script: `broken` when the script itself did not expect what happened. */
export interface CallReport {
  readonly name: string;
  readonly result?: unknown;
  readonly broken?: string;
  readonly at?: string;
}

/** A script that ends early, or with an error, has a last report that says so. */
export async function runClient(script: string, target: Target): Promise<CallReport[]> {
  const args = [join(CLIENTS, `${script}.py`), '--http', `127.0.0.1:${target.httpPort}`];
  args.push('--grpc', `127.0.0.1:${target.grpcPort}`, ...(target.direct ? ['--direct'] : []));
  const child = spawn(clientPython(), args, {
    env: { ...basicEnvironment(), PYTHONDONTWRITEBYTECODE: '1', GRPC_VERBOSITY: 'NONE' },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: SCRIPT_LIMIT_MS,
    killSignal: 'SIGKILL',
  });
  const [output, complaints, [code, signal]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>,
  ]);
  const reports = output
    .split('\n')
    .filter((line) => line.startsWith('{"name"'))
    .map((line) => JSON.parse(line) as CallReport);
  if (code === 0) return reports;
  return [...reports, { name: 'the end of the script', broken: `exit ${code ?? signal}\n${complaints.slice(-2_000)}` }];
}
