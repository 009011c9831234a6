// How often a probe is attempted before it has a result: once, or as Knative's queue-proxy polls a starting runtime.
import type { ReadinessProbe } from '../config/slices.ts';
import { type Probe, type ProbeResult, STOPPED, withinTime } from './attempt.ts';

/** Knative's aggressive mode (serving pkg/queue/readiness/probe.go), meant for periodSeconds 0. */
const POLL_INTERVAL_MS = 50;
const POLL_ATTEMPT_MS = 100;
export const POLL_DEADLINE_MS = 10_000;

export interface ProbeRun {
  readonly settings: Pick<ReadinessProbe, 'timeoutMs' | 'periodMs' | 'successThreshold'>;
  readonly probe: Probe;
  readonly signal: AbortSignal;
  /** Longest that aggressive mode polls. */
  readonly pollDeadlineMs: number;
}

/** Never rejects. */
export function runProbe(run: ProbeRun): Promise<ProbeResult> {
  return run.settings.periodMs === 0 ? poll(run) : attemptProbe(run);
}

/** One attempt. Never rejects. */
export function attemptProbe({ settings, signal, probe }: ProbeRun): Promise<ProbeResult> {
  return withinTime({ timeoutMs: settings.timeoutMs, signal }, probe);
}

async function poll({ settings, probe, signal, pollDeadlineMs }: ProbeRun): Promise<ProbeResult> {
  const lastStartAtMs = performance.now() + pollDeadlineMs - POLL_ATTEMPT_MS; // a later attempt could not end in time
  let successes = 0;
  while (!signal.aborted) {
    const startedAtMs = performance.now();
    const result = await withinTime({ timeoutMs: POLL_ATTEMPT_MS, signal }, probe);
    successes = result === null ? successes + 1 : 0;
    if (successes >= settings.successThreshold) return null;
    const nowMs = performance.now();
    const nextAtMs = Math.max(nowMs, startedAtMs + POLL_INTERVAL_MS);
    if (nextAtMs > lastStartAtMs) {
      const happened = result ?? `${successes} of ${settings.successThreshold} successes in a row`;
      return `${happened} (polled for ${pollDeadlineMs} ms)`;
    }
    await pause(nextAtMs - nowMs, signal);
  }
  return STOPPED;
}

function pause(durationMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, durationMs);
    if (signal.aborted) done();
    else signal.addEventListener('abort', done, { once: true });
  });
}
