// One run of the program `outrigger pull` as somebody else's process: what it said, how it ended, what it made of the folder.
import { type ChildProcess, spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import type { PullResult } from '../../../src/storage/pull-job.ts';

export interface PullRun {
  /** outrigger.cjs, or a source that node runs. */
  readonly program: string;
  readonly uri: string;
  readonly target: string;
  /** Nothing but PATH is there besides. */
  readonly env?: Readonly<Record<string, string>>;
  readonly flags?: readonly string[];
}

export interface EndedPull {
  /** Null: ended by a signal. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** What the last line of --json says. */
  readonly result: PullResult | null;
  /** Of the error; '' where it was pulled. */
  readonly code: string;
}

export interface RunningPull {
  readonly child: ChildProcess;
  readonly ended: Promise<EndedPull>;
}

/** Longer than any pull of a test: a hanging one must fail, not stop the suite. */
const runLimitMs = 180_000;

export function startPull({ program, uri, target, env = {}, flags = [] }: PullRun): RunningPull {
  const child = spawn(process.execPath, [program, 'pull', uri, target, '--json', ...flags], {
    env: { PATH: process.env.PATH, HOME: '/nonexistent', AWS_REGION: 'us-east-1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: runLimitMs,
    killSignal: 'SIGKILL',
  });
  return { child, ended: endOf(child) };
}

export function runPull(run: PullRun): Promise<EndedPull> {
  return startPull(run).ended;
}

async function endOf(child: ChildProcess): Promise<EndedPull> {
  const closed = new Promise<number | null>((resolve, reject) => child.on('close', resolve).on('error', reject));
  const [stdout, stderr, exitCode] = await Promise.all([text(child.stdout!), text(child.stderr!), closed]);
  const events = stdout.split('\n').flatMap(eventOf);
  const last = events.at(-1);
  const result = last?.event === 'pulled' ? (last as unknown as PullResult) : null;
  return { exitCode, stdout, stderr, result, code: result === null ? String(last?.code ?? 'none') : '' };
}

/** A killed one may have begun a line. */
function eventOf(line: string): Record<string, unknown>[] {
  try {
    return [JSON.parse(line)];
  } catch {
    return [];
  }
}
