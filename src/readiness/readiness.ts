// Is the runtime ready, and if not, why: the probes of SERVING_READINESS_PROBE, asked afresh and shared by whoever asks meanwhile.
import type { ReadinessCheck, ReadinessConfig } from '../config/slices.ts';
import { type Probe, type ProbeResult, STOPPED } from './attempt.ts';
import { grpcHealthProbe } from './grpc-health.ts';
import { httpGetProbe } from './http-get.ts';
import { attemptProbe, POLL_DEADLINE_MS, type ProbeRun, runProbe } from './run.ts';
import { probeTarget } from './target.ts';
import { tcpSocketProbe } from './tcp-socket.ts';

interface ReadinessVerdict {
  readonly ready: boolean;
  /** One for each probe that failed, e.g. `httpGet http://127.0.0.1:8080/v2/health/ready: connection refused`; empty when ready. */
  readonly reasons: readonly string[];
}

export interface Readiness extends AsyncDisposable {
  /**
   * Callers at the same time share one run, and no verdict outlives its run: a runtime that was restarted is seen at the next call.
   * Takes up to 10 s in aggressive mode (periodMs 0). Never rejects.
   */
  check(): Promise<ReadinessVerdict>;
  /** The same by one attempt of each probe, also in aggressive mode: for people and pages that want an answer now. */
  look(): Promise<ReadinessVerdict>;
}

export interface ReadinessOptions {
  readonly config: ReadinessConfig;
  /** Named in a reason when the failing probe asks at another port. */
  readonly componentPort: number;
  /** 1 ready, 0 not; set after each run. */
  readonly metrics?: { readonly ready: { set(value: number): void } };
  /** Longest that aggressive mode polls; default 10,000. */
  readonly pollDeadlineMs?: number;
}

export function openReadiness(options: ReadinessOptions): Readiness {
  return new RuntimeReadiness(options);
}

interface NamedProbe {
  readonly name: string;
  readonly run: ProbeRun;
}

class RuntimeReadiness implements Readiness {
  readonly #probes: readonly NamedProbe[];
  readonly #metrics: ReadinessOptions['metrics'];
  readonly #stop = new AbortController();
  #checking: Promise<ReadinessVerdict> | null = null;
  #looking: Promise<ReadinessVerdict> | null = null;

  constructor({ config, componentPort, metrics, pollDeadlineMs = POLL_DEADLINE_MS }: ReadinessOptions) {
    this.#metrics = metrics;
    const { signal } = this.#stop;
    this.#probes = config.probes.map(({ check, ...settings }) => ({
      name: probeTarget(check) + (check.port === componentPort ? '' : ` (component port: ${componentPort})`),
      run: { settings, probe: openProbe(check, config.http2AutoDetection), signal, pollDeadlineMs },
    }));
  }

  check(): Promise<ReadinessVerdict> {
    if (this.#stop.signal.aborted) return Promise.resolve({ ready: false, reasons: [STOPPED] });
    this.#checking ??= this.#runAll(runProbe).finally(() => {
      this.#checking = null;
    });
    return this.#checking;
  }

  look(): Promise<ReadinessVerdict> {
    if (this.#stop.signal.aborted) return Promise.resolve({ ready: false, reasons: [STOPPED] });
    this.#looking ??= this.#runAll(attemptProbe).finally(() => {
      this.#looking = null;
    });
    return this.#looking;
  }

  async #runAll(runOne: (run: ProbeRun) => Promise<ProbeResult>): Promise<ReadinessVerdict> {
    const failures = await Promise.all(
      this.#probes.map(async ({ name, run }) => {
        const result = await runOne(run);
        return result === null ? null : `${name}: ${result}`;
      }),
    );
    const reasons = failures.filter((failure) => failure !== null);
    const ready = reasons.length === 0;
    this.#metrics?.ready.set(ready ? 1 : 0);
    return { ready, reasons };
  }

  /** Ends a run that is under way (its callers get `ready: false`); resolves when its sockets are closed. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await Promise.all([this.#checking, this.#looking]);
  }
}

function openProbe(check: ReadinessCheck, http2AutoDetection: boolean): Probe {
  switch (check.kind) {
    case 'httpGet':
      return httpGetProbe(check, http2AutoDetection);
    case 'tcpSocket':
      return tcpSocketProbe(check);
    case 'grpc':
      return grpcHealthProbe(check);
  }
}
