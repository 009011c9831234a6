// A reader at a terminal: one bash for a page, which is given its blocks one after the other, and others for what stays running.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../eventually.ts';

/** npm fetches some hundred packages in one of them. */
const blockDeadlineMs = 600_000;
const endDeadlineMs = 60_000;
const mark = '@@ block';

export interface DocsShellOptions {
  /** For files of the shell's own. */
  readonly folder: string;
  /** Where the reader stands. */
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** In a network of its own, where every port is free and nothing outside is there. */
  readonly isolated: boolean;
}

export class DocsShell implements AsyncDisposable {
  readonly #folder: string;
  readonly #bash: ChildProcess;
  readonly #served = new Map<string, { readonly group: number; readonly output: string }>();
  #said = '';
  #blocks = 0;

  constructor({ folder, cwd, env, isolated }: DocsShellOptions) {
    this.#folder = folder;
    const bash = ['bash', '-e', '-o', 'pipefail', '-s'];
    const [file = '', ...args] = isolated ? ['unshare', '-rn', ...bash] : bash;
    this.#bash = spawn(file, args, { cwd, env, stdio: ['pipe', 'pipe', 'inherit'] });
    this.#bash.stdout?.on('data', (chunk) => {
      this.#said += chunk;
    });
    this.#bash.stdin?.on('error', () => undefined); // it ended with a block that failed, which is told below
    if (isolated) this.#bash.stdin?.write('ip link set lo up\n');
  }

  /** Resolves with what it printed, also as errors. @throws when a command of it failed */
  async run(text: string): Promise<string> {
    const { script, output } = this.#write(text);
    await this.#type(`. ${script} </dev/null >${output} 2>&1`, output);
    return printedIn(output);
  }

  /** Starts what stays running. */
  async serve(text: string): Promise<void> {
    const { script, output } = this.#write(text);
    const answer = await this.#type(`setsid bash -e ${script} </dev/null >${output} 2>&1 & echo "group $!"`, output);
    this.#served.set(text, { group: Number(/group (\d+)/.exec(answer)?.[1]), output });
  }

  /** Until the served block whose text begins so has printed it; '' is the newest. @throws when it has ended without */
  async prints(beginning: string, expected: RegExp): Promise<void> {
    const [, served] = [...this.#served].findLast(([text]) => text.startsWith(beginning)) ?? [];
    const said = () => (served !== undefined && existsSync(served.output) ? printedIn(served.output) : '');
    const patience = { deadlineMs: blockDeadlineMs, everyMs: 50 };
    const over = () => expected.test(said()) || served === undefined || !signal(served.group, 0);
    await eventually('what is shown is printed', over, patience);
    if (!expected.test(said())) throw new Error(`${beginning} is to print ${expected.source}, and printed:\n${said()}`);
  }

  /** Ends what `serve` started, as Ctrl-C of the reader does. @throws when it does not end */
  async stop(): Promise<void> {
    const groups = [...this.#served.values()].map(({ group }) => group);
    this.#served.clear();
    for (const group of groups) signal(group, 'SIGTERM');
    const gone = () => groups.every((group) => !signal(group, 0));
    await eventually('everything ended', gone, { deadlineMs: endDeadlineMs, everyMs: 50 }).finally(() => {
      for (const group of groups) signal(group, 'SIGKILL');
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop().finally(() => this.#bash.kill());
  }

  #write(text: string): { readonly script: string; readonly output: string } {
    const path = join(this.#folder, `block-${++this.#blocks}`);
    writeFileSync(`${path}.sh`, text);
    writeFileSync(`${path}.out`, '');
    return { script: `${path}.sh`, output: `${path}.out` };
  }

  /** What bash itself says to it. */
  async #type(line: string, output: string): Promise<string> {
    const end = `${mark} ${this.#blocks}\n`;
    const from = this.#said.length;
    if (this.#bash.exitCode === null) this.#bash.stdin?.write(`${line}\necho "${end.trim()}"\n`);
    const over = () => this.#said.includes(end) || this.#bash.exitCode !== null;
    await eventually('the block ends', over, { deadlineMs: blockDeadlineMs, everyMs: 20 });
    if (!this.#said.includes(end)) throw new Error(`it failed, having printed:\n${printedIn(output)}`);
    return this.#said.slice(from);
  }
}

/** As a terminal shows it. */
function printedIn(output: string): string {
  return readFileSync(output, 'utf8').replaceAll('\r\n', '\n');
}

/** False: nobody of the group is left. */
function signal(group: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-group, name);
  } catch {
    return false;
  }
}

/** Of text in which `...` stands for anything, also for lines if it has one for itself. */
export function patternOf(shown: string): RegExp {
  const lines = shown.trimEnd().split('\n');
  const patterns = lines.map((line) =>
    line.trim() === '...' ? '(?:.*\\n)*?' : `${line.split('...').map(escaped).join('.*')}[^\\S\\n]*(?:\\n|$)`,
  );
  return new RegExp(patterns.join('').replace(/\(\?:\\n\|\$\)$/, '(?:\\n|$)'), 'm');
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
