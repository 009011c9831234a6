// How is a program of the suite started, known to be ready, and ended, whatever happens to the suite itself?
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

const STOP_LIMIT_MS = 15_000;
const POLL_MS = 100;
const LOG_TAIL_CHARACTERS = 3_000;

export interface ProgramOptions {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly logFolder: string;
  /** Added to PATH, HOME and LANG, which is all that a program gets of this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

export class Program {
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #logPath: string;
  readonly #exit: Promise<number | null>;

  constructor(options: ProgramOptions) {
    this.name = options.name;
    this.#logPath = join(options.logFolder, `${options.name}.log`);
    const log = openSync(this.#logPath, 'a');
    // A group of its own: Triton's model processes are its children, and all must go together.
    this.#child = spawn(options.command, options.args, {
      cwd: options.cwd,
      env: { ...basicEnvironment(), ...options.env },
      stdio: ['ignore', log, log],
      detached: true,
    });
    closeSync(log);
    this.#exit = once(this.#child, 'exit').then(
      ([code]) => code as number | null,
      () => null, // it never started; the log tail and the missing readiness tell
    );
    const onSuiteExit = () => this.#signalGroup('SIGKILL');
    process.on('exit', onSuiteExit);
    void this.#exit.then(() => process.off('exit', onSuiteExit));
  }

  /** Resolves once GET `url` answers 200. @throws when the program ends first or `limitMs` has passed. */
  async ready(url: string, limitMs: number): Promise<this> {
    const deadline = Date.now() + limitMs;
    while ((await statusOf(url)) !== 200) {
      if (this.#child.exitCode !== null || this.#child.signalCode !== null || Date.now() > deadline) {
        throw new Error(`${this.name} is not ready at ${url} (exit code ${this.#child.exitCode})\n${this.logTail()}`);
      }
      await wait(POLL_MS);
    }
    return this;
  }

  logTail(): string {
    return readFileSync(this.#logPath, 'utf8').slice(-LOG_TAIL_CHARACTERS);
  }

  /** SIGTERM, and its exit code: null when it had to be killed. Calling it again gives the same answer. */
  async stop(limitMs: number = STOP_LIMIT_MS): Promise<number | null> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill('SIGTERM');
    const killer = setTimeout(() => this.#signalGroup('SIGKILL'), limitMs);
    const code = await this.#exit;
    clearTimeout(killer);
    this.#signalGroup('SIGKILL'); // what it may have left behind
    return code;
  }

  /** SIGKILL, to all that it has started too. */
  async kill(): Promise<void> {
    this.#signalGroup('SIGKILL');
    await this.#exit;
  }

  #signalGroup(signal: NodeJS.Signals): void {
    if (this.#child.pid === undefined) return;
    try {
      process.kill(-this.#child.pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // ESRCH: nothing of it is left
    }
  }
}

/** What a program needs of this environment to run at all; no option of the agent can come in by accident. */
export function basicEnvironment(): Record<string, string> {
  const names = ['PATH', 'HOME', 'LANG', 'TMPDIR'];
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}

/** The status of one GET on a connection of its own; null when there is no answer within 2 s. */
function statusOf(url: string): Promise<number | null> {
  return new Promise((resolve) => {
    const call = request(url, { agent: false, signal: AbortSignal.timeout(2_000) }, (response) => {
      response.resume();
      resolve(response.statusCode ?? null);
    });
    call.on('error', () => resolve(null));
    call.end();
  });
}
