// One target in a thread of its own: what it found, and whether an input had no end.
import { Worker } from 'node:worker_threads';
import { CurrentInput, currentBytes, type FuzzMessage, type FuzzSettings } from './messages.ts';

export interface Find {
  readonly input: Buffer;
  readonly fault: string;
}

export interface FuzzResult {
  readonly name: string;
  readonly finds: readonly Find[];
  /** 0 where the target did not come to its end. */
  readonly runs: number;
  readonly seconds: number;
}

const lookMs = 500;

export interface FuzzOrder {
  readonly name: string;
  readonly randomSeed: number;
  /** CPU time of its thread. */
  readonly seconds: number;
  /** An input that takes longer than this hangs. */
  readonly hangMs: number;
}

export async function fuzzTarget({ hangMs, ...order }: FuzzOrder): Promise<FuzzResult> {
  const current = new SharedArrayBuffer(currentBytes);
  const worker = new Worker(new URL('./fuzz-worker.ts', import.meta.url), {
    execArgv: [],
    workerData: { ...order, current } satisfies FuzzSettings,
  });
  const finds: Find[] = [];
  const end = { runs: 0, seconds: 0 };
  const hung = watch(new CurrentInput(current), hangMs);
  try {
    const ended = new Promise<Find | null>((resolve) => {
      worker.on('message', (message: FuzzMessage) => {
        if (message.kind === 'end') Object.assign(end, { runs: message.runs, seconds: message.seconds });
        else finds.push({ input: Buffer.from(message.input), fault: message.fault });
      });
      worker.once('error', (error) => resolve({ input: new CurrentInput(current).read(), fault: `thread: ${error}` }));
      worker.once('exit', () => resolve(null));
    });
    const last = await Promise.race([ended, hung.found]);
    if (last !== null) finds.push(last);
  } finally {
    hung.stop();
    await worker.terminate();
  }
  return { name: order.name, finds, runs: end.runs, seconds: end.seconds };
}

/** Tells of the input that is still the same after `hangMs`. */
function watch(current: CurrentInput, hangMs: number): { readonly found: Promise<Find>; stop(): void } {
  const { promise, resolve } = Promise.withResolvers<Find>();
  let run = current.run;
  let sinceMs = performance.now();
  const timer = setInterval(() => {
    if (run === 0 || current.run !== run) {
      run = current.run;
      sinceMs = performance.now();
    } else if (performance.now() - sinceMs > hangMs) {
      resolve({ input: current.read(), fault: `no end within ${hangMs} ms` });
    }
  }, lookMs);
  return { found: promise, stop: () => clearInterval(timer) };
}
