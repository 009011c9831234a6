// The agent as a process: what it printed, where it listens, and how it ended.
import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chosenLanes } from '../../support/chosen-lanes.ts';

export interface AgentProcessOptions {
  /** outrigger.cjs, or any other file that node runs. */
  readonly program: string;
  readonly node?: string;
  readonly args?: readonly string[];
  /** The whole environment, but for PATH and the cache of compiled code: nothing of the test's own reaches the agent. */
  readonly env?: Readonly<Record<string, string>>;
  readonly stdio?: StdioOptions;
  /** Largest number of open files; default: the system's. */
  readonly maxOpenFiles?: number;
}

export interface Ending {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
}

export type LogLine = Readonly<Record<string, unknown>> & { readonly level: string; readonly msg: string };

const deadlineMs = 15_000;
/** The Node that runs the agent: the end-to-end suite is run once more with the oldest supported one. */
const testedNode = process.env.OUTRIGGER_TEST_NODE ?? process.execPath;

/** Starts cost half with it (vitest.config.ts); the scripts of test/full start without. */
export function compileCache(): Record<string, string> {
  const folder = process.env.NODE_COMPILE_CACHE;
  return folder === undefined ? {} : { NODE_COMPILE_CACHE: folder };
}

export class AgentProcess implements AsyncDisposable {
  readonly child: ChildProcess;
  readonly ended: Promise<Ending>;
  #stdout = '';
  #stderr = '';

  constructor({ program, node = testedNode, args = [], env = {}, stdio, maxOpenFiles }: AgentProcessOptions) {
    const words = [node, program, ...args];
    const limited =
      maxOpenFiles === undefined ? words : ['sh', '-c', `ulimit -n ${maxOpenFiles}; exec "$@"`, '-', ...words];
    this.child = spawn(limited[0] as string, limited.slice(1), {
      env: { PATH: process.env.PATH, ...compileCache(), ...chosenLanes(), ...env },
      stdio: stdio ?? ['ignore', 'pipe', 'pipe'],
    });
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text;
    });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
    });
    this.ended = once(this.child, 'exit').then(([exitCode, signal]) => ({ exitCode, signal }));
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** The lines of its log so far. */
  get log(): readonly LogLine[] {
    const lines = this.#stdout.split('\n').slice(0, -1);
    return lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as LogLine);
  }

  /** Waits for a line of the log. @throws with the output when it does not come */
  async logged(isIt: (line: LogLine) => boolean): Promise<LogLine> {
    const gone = this.ended.then(() => true);
    for (;;) {
      const found = this.log.find(isIt);
      if (found !== undefined) return found;
      const more = once(this.child.stdout!, 'data', { signal: AbortSignal.timeout(deadlineMs) });
      more.catch(() => undefined);
      if (await Promise.race([gone, more.then(() => false)])) {
        const late = this.log.find(isIt);
        if (late !== undefined) return late;
        throw new Error(`it ended first:\n${this.#stdout}${this.#stderr}`);
      }
    }
  }

  /** The port that clients use. */
  async served(): Promise<number> {
    const { port } = await this.logged(({ msg }) => msg === 'serving');
    return port as number;
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** SIGTERM, then its end. @throws when it does not come */
  async stop(): Promise<Ending> {
    this.signal('SIGTERM');
    return this.end();
  }

  /** @throws when it does not end by itself; it is killed then */
  async end(limitMs = deadlineMs): Promise<Ending> {
    let late = false;
    const killer = setTimeout(() => {
      late = true;
      this.child.kill('SIGKILL');
    }, limitMs);
    const ending = await this.ended;
    clearTimeout(killer);
    if (late) throw new Error(`it did not end within ${limitMs} ms:\n${this.#stdout}${this.#stderr}`);
    return ending;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended;
  }
}
