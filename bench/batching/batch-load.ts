// Closed and open loops of inference requests, and what they saw. They run in the harness, which shares its core with the stub.

import type { LatencyResult } from '../load.ts';
import { median } from '../statistics.ts';
import { LoadClient } from './load-clients.ts';
import { PreciseTimer } from './precise-timer.ts';
import type { Call } from './workloads.ts';

/** Of the time that is measured, but for `requests`: all answers, those before and after it too, as CPU is counted. */
export interface BatchLoadResult extends LatencyResult {
  readonly meanMs: number;
  readonly p99Ms: number;
}

export interface ClosedLoop {
  readonly port: number;
  /** For each client the calls that it makes in turn. */
  readonly clients: readonly (readonly Call[])[];
  readonly warmUpMs: number; // not counted
  readonly seconds: number;
}

export interface OpenLoop {
  readonly port: number;
  readonly connections: number; // one request at once on each
  readonly calls: readonly Call[]; // in turn, whoever sends
  readonly requestsPerSecond: number;
  readonly warmUpMs: number;
  readonly seconds: number;
}

const DRAIN_LIMIT_MS = 10_000;
const DRAIN_POLL_MS = 5;
const MOST_LATE = 2_000; // arrivals: a pause of the machine is no failure of the subject

/** Each client sends its next request as soon as it has its answer. @throws Error on one failed or wrong answer. */
export async function runClosedLoop(loop: ClosedLoop): Promise<BatchLoadResult> {
  return measured(loop, async (window, stop) => {
    const sockets = await Promise.all(loop.clients.map(() => LoadClient.open(loop.port, stop.fail)));
    for (const [index, calls] of loop.clients.entries()) {
      let turn = 0;
      const next = () => {
        if (!stop.stopped) sockets[index]!.send(calls[turn++ % calls.length]!, answered);
      };
      const answered = (tookMs: number) => {
        window.count(tookMs);
        next();
      };
      next();
    }
    return { sockets, end: async () => undefined };
  });
}

/**
 * Poisson arrivals on a fixed set of connections, the one that has rested longest first. Without a free one an arrival waits; that counts.
 * @throws Error when the subject does not keep up
 */
export async function runOpenLoop(loop: OpenLoop): Promise<BatchLoadResult> {
  return measured(loop, async (window, stop) => {
    const opened = Array.from({ length: loop.connections }, () => LoadClient.open(loop.port, stop.fail));
    const sockets = await Promise.all(opened);
    const resting = [...sockets];
    const timer = new PreciseTimer();
    let [turn, dueMs] = [0, 0];
    const late: number[] = []; // since when arrivals wait for a connection
    const send = (waitedMs: number) => {
      const socket = resting.shift()!;
      socket.send(loop.calls[turn++ % loop.calls.length]!, (tookMs) => {
        resting.push(socket);
        window.count(waitedMs + tookMs);
        const sinceMs = late.shift();
        if (sinceMs !== undefined) send(performance.now() - sinceMs);
      });
    };
    const arrive = () => {
      if (resting.length > 0) send(0);
      else if (late.push(performance.now()) > MOST_LATE)
        stop.fail(new Error(`${MOST_LATE} requests wait for one of ${loop.connections} connections`));
    };
    const arrivals = () => {
      for (; dueMs <= performance.now(); dueMs += (-Math.log(1 - Math.random()) * 1000) / loop.requestsPerSecond)
        arrive();
      if (!stop.stopped) timer.arm(dueMs - performance.now(), arrivals);
    };
    const begin = () => {
      dueMs = performance.now(); // the timer's thread took its time to start
      arrivals();
    };
    timer.arm(0, begin);
    return { sockets, end: () => timer.close() };
  });
}

class Window {
  readonly tookMs: number[] = [];
  open = false;

  answers = 0;

  count(tookMs: number): void {
    this.answers++;
    if (this.open) this.tookMs.push(tookMs);
  }
}

interface Stop {
  stopped: boolean;
  fail(error: Error): void;
}

interface Running {
  readonly sockets: readonly LoadClient[];
  end(): Promise<void>;
}

type Timing = Pick<ClosedLoop, 'warmUpMs' | 'seconds'>;

async function measured(
  timing: Timing,
  start: (window: Window, stop: Stop) => Promise<Running>,
): Promise<BatchLoadResult> {
  const window = new Window();
  const { promise: failed, reject } = Promise.withResolvers<never>();
  failed.catch(() => undefined); // it is also raced below
  const stop: Stop = { stopped: false, fail: reject };
  const running = await start(window, stop);
  try {
    await Promise.race([failed, pause(timing.warmUpMs)]);
    window.open = true;
    const startedAt = performance.now();
    await Promise.race([failed, pause(timing.seconds * 1000)]);
    window.open = false;
    const elapsedMs = performance.now() - startedAt;
    stop.stopped = true;
    await Promise.race([failed, drained(running.sockets)]);
    return summary(window, elapsedMs);
  } finally {
    stop.stopped = true;
    for (const socket of running.sockets) socket.close();
    await running.end();
  }
}

function summary({ tookMs, answers }: Window, elapsedMs: number): BatchLoadResult {
  if (tookMs.length === 0) throw new Error('no answer within the time of measurement');
  const sorted = tookMs.sort((one, other) => one - other);
  return {
    requests: answers,
    requestsPerSecond: (sorted.length * 1000) / elapsedMs,
    meanMs: sorted.reduce((sum, each) => sum + each, 0) / sorted.length,
    p50Us: median(sorted) * 1000,
    p99Ms: sorted[Math.ceil(0.99 * sorted.length) - 1]!,
  };
}

/** Requests that are cut off would keep the runtime busy into the next measurement. */
async function drained(sockets: readonly LoadClient[]): Promise<void> {
  const deadline = performance.now() + DRAIN_LIMIT_MS;
  while (sockets.some((each) => each.busy)) {
    if (performance.now() > deadline) throw new Error('requests were left without an answer');
    await pause(DRAIN_POLL_MS);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
