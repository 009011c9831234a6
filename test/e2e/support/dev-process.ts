// `outrigger dev` as a process: its greeting, and what it printed.
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { AgentProcess } from './agent-process.ts';

/** What it printed when it was ready; null where it said nothing of the kind. */
export interface Greeted {
  readonly agentUrl: string;
  readonly curl: string | null;
  readonly loadCurl: string | null;
}

export interface DevProcessOptions {
  /** The file that node runs. */
  readonly program: string;
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** As `npm start` runs it. */
export const source = join(import.meta.dirname, '../../../src/main.ts');
const greetingDeadlineMs = 15_000;

/** Ends with the test at the latest. */
export function startDev(options: DevProcessOptions): DevProcess {
  const dev = new DevProcess(options);
  onTestFinished(() => dev.process[Symbol.asyncDispose]());
  return dev;
}

/** Whoever makes one disposes its process. */
export class DevProcess {
  readonly process: AgentProcess;

  constructor({ program, flags = [], env = {} }: DevProcessOptions) {
    const args = ['dev', '--port', '0', '--metrics-port', '0', ...flags];
    // Of one that is killed its folders stay.
    const temporary = mkdtempSync(join(tmpdir(), 'outrigger-dev-e2e-'));
    this.process = new AgentProcess({ program, args, env: { TMPDIR: temporary, ...env } });
    void this.process.ended.finally(() => rmSync(temporary, { recursive: true, force: true }));
  }

  /** Standard output, then standard error. */
  get output(): string {
    return this.process.stdout + this.process.stderr;
  }

  /** Waits for the whole greeting. @throws with the output when it does not come */
  async greeted(): Promise<Greeted> {
    const gone = this.process.ended.then(() => true);
    while (!this.output.includes('Ctrl-C stops it.')) {
      const more = once(this.process.child.stdout!, 'data', { signal: AbortSignal.timeout(greetingDeadlineMs) });
      more.catch(() => undefined); // it may be late for a process that has ended
      if (await Promise.race([gone, more.then(() => false)])) throw new Error(`no greeting:\n${this.output}`);
    }
    const curls = this.output.match(/^curl .*$/gm) ?? [];
    return {
      agentUrl: /Outrigger is at (\S+)/.exec(this.output)?.[1] ?? '',
      curl: curls[0] ?? null,
      loadCurl: curls[1] ?? null,
    };
  }
}
