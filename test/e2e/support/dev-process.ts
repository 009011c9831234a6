// `outrigger dev` as a process: what it printed, where it is, and how it ends. Ends with the test at the latest.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

export const sourceProgram = join(import.meta.dirname, '../../../src/main.ts');

export interface DevProcessOptions {
  /** The file that node runs; default: the sources. */
  readonly program?: string;
  readonly node?: string;
  readonly flags?: readonly string[];
  /** On top of a bare environment: what the tests were started with stays out. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface Ending {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
}

const DEADLINE_MS = 15_000;

export class DevProcess {
  readonly #child: ChildProcess;
  readonly #ended: Promise<Ending>;
  #output = '';

  constructor({ program = sourceProgram, node = process.execPath, flags = [], env = {} }: DevProcessOptions = {}) {
    const words = [program, 'dev', '--port', '0', '--metrics-port', '0', ...flags];
    const { PATH = '', HOME = '' } = process.env;
    this.#child = spawn(node, words, { env: { PATH, HOME, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text;
      });
    }
    this.#ended = once(this.#child, 'close').then(([exitCode, signal]) => ({ exitCode, signal }));
    onTestFinished(() => {
      this.#child.kill('SIGKILL');
    });
  }

  /** Standard output and standard error as they came. */
  get output(): string {
    return this.#output;
  }

  /** Waits for the whole greeting. @throws with the output when it does not come */
  async greeted(): Promise<{ readonly agentUrl: string; readonly curl: string | null }> {
    const gone = this.#ended.then(() => true);
    while (!this.#output.includes('Ctrl-C stops it.')) {
      const more = once(this.#child.stdout!, 'data', { signal: AbortSignal.timeout(DEADLINE_MS) });
      const ended = await Promise.race([gone, more.then(() => false)]);
      if (ended) throw new Error(`it ended without a greeting:\n${this.#output}`);
    }
    return {
      agentUrl: /Outrigger is at (\S+)/.exec(this.#output)?.[1] ?? '',
      curl: /^curl .*$/m.exec(this.#output)?.[0] ?? null,
    };
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** @throws with the output when it goes on */
  async ended(deadlineMs = DEADLINE_MS): Promise<Ending> {
    const deadline = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => deadline.reject(new Error(`it still runs after ${deadlineMs} ms:\n${this.#output}`)),
      deadlineMs,
    );
    try {
      return await Promise.race([this.#ended, deadline.promise]);
    } finally {
      clearTimeout(timer);
    }
  }
}
