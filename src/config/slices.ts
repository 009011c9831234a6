// What each part of the agent is given of the configuration: frozen slices, units in the names, off is null.
import type { PullLimits, PullPatterns, StorageConfig } from './storage-config.ts';

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

/** Payload logging: what is logged, and for whom. */
export interface LoggerConfig {
  readonly sinks: readonly SinkConfig[]; // at least one
  readonly selection: LogSelection;
  readonly attributes: LogAttributes;
  readonly queue: { readonly maxBytes: number; readonly maxEvents: number }; // of each sink, in memory
  readonly delivery: DeliveryConfig;
  readonly blob: BlobConfig | null; // null: no sink is a store
  readonly deadLetters: DeadLetterConfig | null;
  readonly spool: SpoolConfig | null;
}

export interface SinkConfig {
  readonly kind: 'http' | 'store'; // takes CloudEvents, or objects
  readonly url: string; // http or https as URL.href spells it, with path and query; of a store as written; may hold secrets
  readonly label: string; // of metrics and the log, its own: without user part and query; of equal ones the second has #2
}

export interface LogSelection {
  readonly mode: 'all' | 'request' | 'response';
  readonly allResponses: boolean; // false: only answers with 200 (gRPC: and with grpc-status 0)
  readonly combined: boolean; // one event for both; only in mode all
  readonly sampleRate: number; // 0 to 1
  readonly sampleBy: 'random' | 'id';
  readonly optOutHeader: string | null; // lower case; a request that carries it (not "false", not "0") is not logged
  readonly maxBytes: number | null; // of each payload; the rest is cut off
  readonly redact: readonly RedactRule[];
}

/** `path`: a JSONPath of names, indices and `*`; `tensor`: the name of an input or output of V2. */
export type RedactRule =
  | { readonly kind: 'path'; readonly steps: readonly (string | number | '*')[] }
  | { readonly kind: 'tensor'; readonly name: string };

export interface LogAttributes {
  readonly source: string;
  readonly inferenceService: string;
  readonly namespace: string;
  readonly component: string;
  readonly endpoint: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly metadataHeaders: readonly string[]; // as the operator spelled them
  readonly more: Readonly<Record<string, string>>; // --log-attributes
  readonly distinctIds: boolean; // request and response get ids of their own
  readonly modelAttributes: boolean; // modelname and path
}

export interface DeliveryConfig {
  readonly workers: number; // deliveries at once to each sink
  readonly timeoutMs: number; // of one attempt
  readonly format: 'binary' | 'structured' | 'batched';
  readonly batchEvents: number; // batched: in one POST at most
  readonly batchBytes: number; // batched: of payloads in one POST
  readonly lingerMs: number; // batched: an event waits so long for others
  readonly maxAttempts: number; // of one event while the sink takes others
  readonly maxBackoffMs: number; // between two attempts; also the cap of Retry-After
  readonly tls: SinkTls;
  readonly bearerTokenFile: string | null;
}

/** Of all sinks that are object stores. */
export interface BlobConfig {
  readonly format: 'json' | 'csv' | 'parquet';
  readonly storePath: string; // of keys, behind the names of service and component; "" = none
  readonly batchEvents: number; // in one object at most
  readonly batchBytes: number; // of payloads in one object
  readonly lingerMs: number | null; // an event waits so long for others; null = until the object is full
  readonly marshallerUrl: string | null; // makes the objects; null = they are made here
  readonly certName: string; // what records say of the sinks' authority
  readonly tlsSkipVerify: boolean; // what records say of it
  readonly storage: StorageConfig;
}

export interface SinkTls {
  readonly caFile: string | null; // absolute; added to the system's authorities; null: none
  readonly caRequired: boolean; // somebody named it: a missing file is an error
  readonly skipVerify: boolean;
  readonly certFile: string | null; // client certificate
  readonly keyFile: string | null;
}

export type DeadLetterConfig =
  | { readonly kind: 'sink'; readonly url: string; readonly label: string }
  | { readonly kind: 'folder'; readonly dir: string; readonly maxBytes: number };

export interface SpoolConfig {
  readonly dir: string;
  readonly maxBytes: number;
  readonly sync: 'normal' | 'full';
  readonly waitMs: number; // an answer waits so long for the disk
}

/** Models of models.json: pulled, loaded, kept in sync. */
export interface PullerConfig {
  readonly modelsFile: string; // absolute; <config-dir>/models.json
  readonly modelDir: string; // absolute
  readonly maxPulls: number; // models at once
  readonly maxLoads: number; // models at once
  readonly runtime: ModelRuntimeConfig;
  readonly readiness: ModelReadinessConfig;
  readonly retry: ModelRetryConfig;
  readonly ownModels: boolean; // clients may not load and unload
  readonly memoryBudgetBytes: number | null; // of the models that are loaded; null = all are loaded
  readonly diskBudgetBytes: number | null; // of the models in modelDir; null = all stay
  readonly waitMs: number; // a request waits so long for its model
  readonly maxWaiting: number; // requests that wait for models at once
  readonly refreshMs: number | null; // between two looks whether the files behind a URI changed; null = never
  readonly storage: StorageConfig;
  readonly patterns: PullPatterns;
  readonly limits: PullLimits;
}

/** How the runtime is told of models. */
export interface ModelRuntimeConfig {
  readonly kind: 'v2' | 'torchserve' | 'tfserving' | 'ovms' | 'none';
  readonly host: string;
  readonly port: number; // of its REST API: --component-port
  readonly managementPort: number; // where it is told to load: TorchServe's management API; the same as port by default for the others
  readonly configFile: string; // absolute; of TF Serving and OVMS: written by us; else ""
  readonly modelDir: string; // modelDir as the runtime sees it
  readonly loadTimeoutMs: number; // of one load or unload
  readonly checkMs: number; // between two looks whether it was restarted
}

/** When the models of the first models.json count as settled. */
export interface ModelReadinessConfig {
  readonly attempts: number; // with an error that may pass; then the model counts as failed, and is tried on
  readonly timeoutMs: number | null; // from the start; null = attempts alone count
  readonly onFailure: 'serve' | 'unready' | 'exit'; // with a failed model
}

/** What failed is tried again for as long as it is wanted, after a wait that doubles each time. */
export interface ModelRetryConfig {
  readonly firstMs: number;
  readonly maxMs: number;
}

/** APIs of the runtime that no client gets to (--deny-apis). */
export type DeniableApi = 'repository' | 'shm' | 'trace' | 'logging';

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

interface LanesConfig {
  readonly grpcForwarding: boolean; // forwarding headers for gRPC: node:http2 carries it
}

export interface Config {
  readonly lanes: LanesConfig | null; // null: node:http, undici and node:http2 alone
  readonly listener: ListenerConfig;
  readonly upstream: UpstreamConfig;
  readonly concurrency: ConcurrencyConfig | null;
  readonly batcher: BatcherConfig | null;
  readonly logger: LoggerConfig | null;
  readonly puller: PullerConfig | null;
  readonly denyApis: readonly DeniableApi[];
  readonly readiness: ReadinessConfig;
  readonly drain: DrainConfig;
  readonly ops: OpsConfig | null;
  readonly log: LogConfig;
  /** Things an operator should hear once at start: flags without effect, a probe at another port than the runtime's. */
  readonly notices: readonly string[];
  /** Every option as given or defaulted, secrets masked: for /status. */
  readonly effective: Readonly<Record<string, string | number | boolean | null>>;
}
