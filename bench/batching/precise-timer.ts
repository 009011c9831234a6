// A timer of 0.1 ms: what the stub's t(b) and Poisson arrivals need. It burns no CPU, since it shares a core with the load.

import { Worker } from 'node:worker_threads';

export interface TimerMemory {
  readonly shared: SharedArrayBuffer;
}

export const FLAG = 0; // index in the flags
export const DURATION = 0; // index in the durations, in ms
export const IDLE = 0;
const ARMED = 1;
const DURATIONS_AT = 8; // bytes

export function views({ shared }: TimerMemory): { flags: Int32Array<SharedArrayBuffer>; durations: Float64Array } {
  return { flags: new Int32Array(shared, 0, 2), durations: new Float64Array(shared, DURATIONS_AT, 1) };
}

export class PreciseTimer {
  readonly #views;
  readonly #thread: Worker;
  #onDue: (() => void) | null = null;

  constructor() {
    const memory: TimerMemory = { shared: new SharedArrayBuffer(DURATIONS_AT + Float64Array.BYTES_PER_ELEMENT) };
    this.#views = views(memory);
    this.#thread = new Worker(new URL('./precise-timer-thread.ts', import.meta.url), { workerData: memory });
    this.#thread.unref();
    this.#thread.on('message', () => {
      const due = this.#onDue;
      this.#onDue = null;
      due?.();
    });
  }

  /** One at a time: arm it again when it was due. */
  arm(delayMs: number, onDue: () => void): void {
    if (this.#onDue !== null) throw new Error('this timer is armed already');
    this.#onDue = onDue;
    this.#views.durations[DURATION] = Math.max(0, delayMs);
    Atomics.store(this.#views.flags, FLAG, ARMED);
    Atomics.notify(this.#views.flags, FLAG);
  }

  async close(): Promise<void> {
    await this.#thread.terminate();
  }
}
