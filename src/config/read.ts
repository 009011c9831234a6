// Command line and environment to the frozen configuration; all problems at once, before anything is opened.
import { ConfigError } from './config-error.ts';
import { checkTogether } from './consistency.ts';
import { readGivenValues } from './given.ts';
import { readLogStores } from './log-stores.ts';
import { loggerOf } from './logger-config.ts';
import { optionNames, optionOf, options } from './options.ts';
import { type Environment, readPlatform } from './platform.ts';
import { readProbes } from './probe.ts';
import { readPuller } from './puller-config.ts';
import { type ResolvedValues, RUNTIME_HOST, resolveValues } from './resolve.ts';
import type { BatcherConfig, ConcurrencyConfig, Config, ListenerConfig, UpstreamConfig } from './slices.ts';

export interface ConfigSource {
  /** Without node, script and subcommand. */
  readonly argv: readonly string[];
  readonly env: Environment;
  /** Standard output is a terminal: the default of --log-pretty. Default false. */
  readonly atTerminal?: boolean;
  /** The caller says where the runtime is, as `dev` does; then --component-port is not looked at. Default false. */
  readonly runtimeElsewhere?: boolean;
}

const QUEUED_PER_SLOT = 10; // as Knative's queue-proxy: beyond ten times its concurrency a request is better tried elsewhere

export interface ConfigExamination {
  /** Every one that was found. */
  readonly problems: readonly string[];
  /** With any problem: what the rest of the words means, defaults in place of what is wrong; good to look at, not to run. */
  build(): Config;
}

/** @throws ConfigError (CONFIG_INVALID) with every problem that was found. */
export function readConfig(source: ConfigSource): Config {
  const { problems, build } = examineConfig(source);
  if (problems.length > 0) throw new ConfigError(problems);
  return build();
}

export function examineConfig(source: ConfigSource): ConfigExamination {
  const { argv, env, atTerminal = false, runtimeElsewhere = false } = source;
  const given = readGivenValues({ table: options, argv, env });
  const platform = readPlatform(env);
  const resolved = resolveValues(given.values, { platform, atTerminal });
  const together = checkTogether(resolved, { sources: given.sources, runtimeElsewhere });
  const values = together.opsPortTaken ? { ...resolved, 'metrics-port': 0 } : resolved;
  const [port, grpcPort] = [values['component-port'], values['component-grpc-port']];
  const readiness = readProbes(env.SERVING_READINESS_PROBE, { port, grpcPort });

  const { blob, ...stores } = readLogStores(values, { given: given.sources, env });
  const { puller, ...pulled } = readPuller(values, { given: given.sources, env });
  const problems = unique([given, together, stores, readiness].flatMap((reading) => reading.problems));
  const build = (): Config => ({
    lanes: values.lanes === 'off' ? null : { grpcForwarding: values['grpc-forwarding'] },
    listener: listenerOf(values),
    upstream: upstreamOf(values),
    concurrency: concurrencyOf(values),
    batcher: batcherOf(values),
    logger: loggerOf(values, { given: given.sources, blob }),
    puller,
    denyApis: unique(values['deny-apis']),
    readiness: { probes: readiness.probes, http2AutoDetection: platform.http2AutoDetection },
    drain: {
      minWaitMs: values['drain-min-wait'],
      quietPeriodMs: values['drain-quiet-period'],
      maxWaitMs: values['drain-max-wait'],
    },
    ops: values['metrics-port'] === 0 ? null : { host: values['metrics-host'], port: values['metrics-port'] },
    log: { level: values['log-level'], pretty: values['log-pretty'] },
    notices: unique([
      ...given.notices,
      ...platform.notices,
      ...together.notices,
      ...stores.notices,
      ...pulled.notices,
      ...readiness.notices,
    ]),
    effective: effectiveOf(values),
  });
  return { problems, build: () => freezeDeeply(build()) };
}

function listenerOf(values: ResolvedValues): ListenerConfig {
  return {
    host: values.host,
    port: values.port,
    maxConnections: values['max-connections'],
    maxHeaderBytes: values['max-header-bytes'],
    maxHeaderCount: values['max-header-count'],
    maxUrlBytes: values['max-url-bytes'],
    maxBodyBytes: values['max-body-bytes'] || null,
    headersTimeoutMs: values['headers-timeout'],
    keepAliveTimeoutMs: values['keep-alive-timeout'],
  };
}

function upstreamOf(values: ResolvedValues): UpstreamConfig {
  return {
    host: RUNTIME_HOST,
    port: values['component-port'],
    grpcHost: RUNTIME_HOST,
    grpcPort: values['component-grpc-port'],
    connectTimeoutMs: values['upstream-connect-timeout'],
    idleTimeoutMs: values['upstream-idle-timeout'],
    maxConnections: values['upstream-max-connections'],
    requestTimeoutMs: values['upstream-request-timeout'] || null,
    retryStaleConnection: values['retry-stale-connection'],
  };
}

function concurrencyOf(values: ResolvedValues): ConcurrencyConfig | null {
  const maxInFlight = values['container-concurrency'];
  return maxInFlight === 0 ? null : { maxInFlight, maxQueued: maxInFlight * QUEUED_PER_SLOT };
}

/** What waits has room for one batch and for one body: less would turn away what nobody stands in front of. */
function batcherOf(values: ResolvedValues): BatcherConfig | null {
  if (!values['enable-batcher']) return null;
  const [maxRows, maxBodyBytes] = [values['max-batchsize'], values['batcher-max-body-bytes']];
  const keyHeaders = values['batcher-key-headers'].map((name) => name.toLowerCase());
  return {
    maxRows,
    maxLatencyMs: values['max-latency'],
    policy: values['batch-policy'],
    response: values['batcher-response'],
    keyHeaders: keyHeaders.length === 0 ? null : keyHeaders,
    models: values['batcher-models'],
    rerun: values['batcher-rerun'],
    header: values['batcher-header'],
    maxBodyBytes,
    maxWaitingRows: Math.max(values['batcher-max-waiting-rows'], maxRows),
    maxWaitingBytes: Math.max(values['batcher-max-waiting-bytes'], maxBodyBytes),
    maxKeys: values['batcher-max-keys'],
  };
}

function effectiveOf(values: ResolvedValues): Config['effective'] {
  return Object.fromEntries(optionNames.map((name) => [name, optionOf(name).kind.show(values[name])]));
}

/** Sinks and models may share the environment's stores, and what is wrong with those. */
function unique<T>(entries: readonly T[]): readonly T[] {
  return [...new Set(entries)];
}

function freezeDeeply<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  for (const part of Object.values(value)) freezeDeeply(part);
  return Object.freeze(value);
}
