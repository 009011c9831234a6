// `outrigger` with some words, as somebody else's process: what it said and how it ended, or what it says meanwhile.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { compileCache } from './agent-process.ts';

export type PullEvent = Readonly<Record<string, unknown>> & { readonly event: string };

/** Longer than any pull of these tests takes: one that hangs shall fail. */
const deadlineMs = 30_000;

export class PullProcess {
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;
  stdout = '';
  stderr = '';

  /** `env`: nothing else is there but PATH and the cache of compiled code. `user`: number of another one, for whom has the right to choose. */
  constructor(
    program: string,
    words: readonly string[],
    { env = {}, user }: { readonly env?: Readonly<Record<string, string>>; readonly user?: number } = {},
  ) {
    this.#child = spawn(process.execPath, [program, ...words], {
      env: { PATH: process.env.PATH, ...compileCache(), ...env },
      ...(user === undefined ? {} : { uid: user, gid: user }),
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: deadlineMs,
      killSignal: 'SIGKILL',
    });
    this.#closed = once(this.#child, 'close');
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
  }

  /** Null: by a signal that it did not take. */
  async exitCode(): Promise<number | null> {
    await this.#closed;
    return this.#child.exitCode;
  }

  interrupt(signal: 'SIGINT' | 'SIGTERM'): void {
    this.#child.kill(signal);
  }

  /** Of --json, those that are whole. */
  get events(): readonly PullEvent[] {
    const lines = this.stdout.split('\n').slice(0, -1);
    return lines.map((line) => JSON.parse(line));
  }
}
