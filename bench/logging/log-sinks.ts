// The sink that agents log to in these scenarios, as a process beside the load, and what it says it got.

import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Rig } from '../rig.ts';
import { LOAD_CORE } from '../subjects.ts';

export interface SinkCounts {
  readonly requests: number;
  readonly events: number;
  readonly bytes: number; // of bodies
}

const WAIT_MS = 20_000;
const POLL_MS = 5;

export class LogSink {
  readonly port: number;
  readonly #countsPort: number;

  private constructor(port: number, countsPort: number) {
    this.port = port;
    this.#countsPort = countsPort;
  }

  static async start(rig: Rig): Promise<LogSink> {
    const script = fileURLToPath(new URL('../backends/log-sink.ts', import.meta.url));
    let countsPort = 0;
    const server = await rig.start({
      core: LOAD_CORE,
      command: ({ port, operatorPort }) => {
        countsPort = operatorPort;
        return [process.execPath, script, String(port), String(operatorPort)];
      },
    });
    return new LogSink(server.port, countsPort);
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/`;
  }

  counts(): Promise<SinkCounts> {
    return this.#ask('counts');
  }

  /** From now on nothing is read and nothing answered. */
  async stall(): Promise<void> {
    await this.#ask('stall');
  }

  async resume(): Promise<void> {
    await this.#ask('resume');
  }

  /** Waits until it has seen so many events in all. @throws Error when they do not come, or more do. */
  async received(events: number): Promise<void> {
    const deadline = performance.now() + WAIT_MS;
    for (let seen = -1; seen !== events; seen = (await this.counts()).events) {
      if (seen > events || performance.now() > deadline) throw new Error(`the sink has ${seen} events, not ${events}`);
      if (seen >= 0) await sleep(POLL_MS);
    }
  }

  async #ask(what: string): Promise<SinkCounts> {
    const response = await fetch(`http://127.0.0.1:${this.#countsPort}/${what}`);
    return (await response.json()) as SinkCounts;
  }
}
