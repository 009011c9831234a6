// What each part of the agent is given of the configuration: frozen slices, units in the names, off is null.

export interface ListenerConfig {
  readonly host: string; // address to bind; "" = all interfaces
  readonly port: number; // 0 = any free port (tests and dev)
  readonly maxConnections: number; // client connections at once; beyond: 503 and close
  readonly maxHeaderBytes: number; // names, values and separators of one head
  readonly maxHeaderCount: number;
  readonly maxUrlBytes: number;
  readonly maxBodyBytes: number | null; // null = no limit: pass-through never buffers a large body
  readonly headersTimeoutMs: number; // from a connection's first byte (or its opening) to the end of the head
  readonly keepAliveTimeoutMs: number; // idle client connections
}

export interface UpstreamConfig {
  readonly host: string; // 127.0.0.1, but for `dev --upstream`
  readonly port: number; // --component-port
  readonly grpcHost: string;
  readonly grpcPort: number; // --component-grpc-port; the same as port by default
  readonly connectTimeoutMs: number;
  readonly idleTimeoutMs: number; // keep-alive connections to the runtime; below MLServer's 5 s
  readonly maxConnections: number; // of HTTP/1.1, and of HTTP/2 to each port of the runtime; ten times as many requests wait
  readonly requestTimeoutMs: number | null; // whole exchange; null = never cut a long inference
  readonly retryStaleConnection: boolean;
}

export interface ConcurrencyConfig {
  readonly maxInFlight: number; // exchanges at the runtime at once
  readonly maxQueued: number; // waiting; beyond: 503 with Retry-After
}

export interface BatcherConfig {
  readonly maxRows: number; // of one batch
  readonly maxLatencyMs: number; // a request waits no longer for others
  readonly policy: 'adaptive' | 'window';
  readonly response: 'runtime' | 'kserve'; // V1 answers
  readonly keyHeaders: readonly string[] | null; // lower case; null = all but those that only tell calls apart
  readonly models: readonly string[]; // may be batched without the runtime's word; '*' = all
  readonly rerun: boolean; // requests of a failed batch once more, each alone
  readonly header: boolean; // answers carry outrigger-batch
  readonly maxBodyBytes: number; // larger ones are not merged; before and after decoding
  readonly maxWaitingRows: number; // of all keys; at least maxRows; beyond: 503
  readonly maxWaitingBytes: number; // at least maxBodyBytes
  readonly maxKeys: number; // with something waiting or on its way
}

/** A Kubernetes probe of the runtime, as SERVING_READINESS_PROBE gives it. */
export type ReadinessCheck =
  | {
      readonly kind: 'httpGet';
      readonly host: string;
      readonly port: number;
      readonly path: string;
      readonly scheme: 'http' | 'https';
      readonly headers: readonly (readonly [name: string, value: string])[];
    }
  | { readonly kind: 'tcpSocket'; readonly host: string; readonly port: number }
  | { readonly kind: 'grpc'; readonly host: string; readonly port: number; readonly service: string };

export interface ReadinessProbe {
  readonly check: ReadinessCheck;
  readonly timeoutMs: number; // one attempt; Kubernetes default 1000
  readonly periodMs: number; // 0 = aggressive: every 50 ms, 100 ms each, at most 10 s
  readonly successThreshold: number; // successes in a row, aggressive mode only
}

export interface ReadinessConfig {
  readonly probes: readonly ReadinessProbe[]; // all must pass; never empty
  readonly http2AutoDetection: boolean; // httpGet probes try h2c first
}

export interface DrainConfig {
  readonly minWaitMs: number; // Kubernetes' time to take the pod out of its endpoints
  readonly quietPeriodMs: number; // with no new request for so long the listener closes
  readonly maxWaitMs: number; // from SIGTERM to exit; what is in flight then is cut
}

export interface OpsConfig {
  readonly host: string;
  readonly port: number; // --metrics-port
}

export interface LogConfig {
  readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal';
  readonly pretty: boolean;
}

export interface Config {
  readonly listener: ListenerConfig;
  readonly upstream: UpstreamConfig;
  readonly concurrency: ConcurrencyConfig | null;
  readonly batcher: BatcherConfig | null;
  readonly readiness: ReadinessConfig;
  readonly drain: DrainConfig;
  readonly ops: OpsConfig | null;
  readonly log: LogConfig;
  /** Things an operator should hear once at start: flags without effect yet, a probe at another port than the runtime's. */
  readonly notices: readonly string[];
  /** Every option as given or defaulted, secrets masked: for /status. */
  readonly effective: Readonly<Record<string, string | number | boolean | null>>;
}
