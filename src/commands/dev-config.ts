// What `outrigger dev` is told: flags of the agent under gentler defaults, --upstream in place of --component-port, and --model.
import { ConfigError } from '../config/config-error.ts';
import type { Environment } from '../config/platform.ts';
import { readConfig } from '../config/read.ts';
import type { Config, PullerConfig, ReadinessCheck } from '../config/slices.ts';
import { isLoopbackHost, isWildcardHost } from '../own-hosts.ts';
import type { DevModel } from './dev-models.ts';
import { type DevWords, type RuntimeAddress, readDevWords } from './dev-words.ts';

export interface DevConfig {
  /** Not aimed at a runtime yet: that is `aimAt`. */
  readonly config: Config;
  /** Null: dev brings a runtime of its own. */
  readonly runtime: RuntimeAddress | null;
  /** Of --model; none: digits, where dev brings the runtime. */
  readonly models: readonly DevModel[];
}

/** Weaker than flags and OUTRIGGER_ variables: nobody but this machine is served, and Ctrl-C does not wait for Kubernetes. */
const devDefaults: Environment = {
  OUTRIGGER_HOST: '127.0.0.1',
  OUTRIGGER_METRICS_HOST: '127.0.0.1',
  OUTRIGGER_DRAIN_MIN_WAIT: '0s',
  OUTRIGGER_DRAIN_QUIET_PERIOD: '0s',
  OUTRIGGER_DRAIN_MAX_WAIT: '5s',
  OUTRIGGER_ENABLE_BATCHER: 'true', // it is what one wants to see
  OUTRIGGER_LOG_ALL_RESPONSES: 'true', // an error's event, too
};

/** Of the runtime that dev brings, and of models that somebody names: they are told as everywhere. */
const pullerDefaults: Environment = {
  OUTRIGGER_ENABLE_PULLER: 'true',
  OUTRIGGER_MODEL_REFRESH_INTERVAL: '1s', // whoever changes the stored model is watching
};

/** What dev brings along, for whoever does not say otherwise; null: nothing of the kind. */
export interface Brought {
  /** Where events go. */
  readonly sinkUrl: string | null;
  readonly folders: { readonly configDir: string; readonly modelDir: string } | null;
}

/** Of the environment only OUTRIGGER_ variables count: a shell may carry those of Knative. @throws ConfigError with every problem */
export function readDevConfig(argv: readonly string[], env: Environment, brought: Partial<Brought> = {}): DevConfig {
  const words = readDevWords(argv);
  const { models } = words;
  const ours = Object.entries(env).filter(([name, text]) => name.startsWith('OUTRIGGER_') && text !== '');
  const problems = [...words.problems, ...modelProblems(words, Object.fromEntries(ours))];
  try {
    const config = readConfig({
      argv: words.rest,
      env: {
        ...devDefaults,
        ...(words.runtime === null || models.length > 0 ? pullerDefaults : {}),
        ...variablesOf(brought),
        ...Object.fromEntries(ours),
      },
      atTerminal: true,
      runtimeElsewhere: true,
    });
    if (words.runtime !== null && isItself(words.runtime, config)) {
      problems.push(`--upstream: expected another port than the agent's own --port, got "${config.listener.port}"`);
    }
    if (models.length > 0 && config.puller === null)
      problems.push('--model: expected --enable-puller with it, got false');
    if (problems.length === 0) return { config, runtime: words.runtime, models };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    problems.push(...error.problems);
  }
  throw new ConfigError(problems);
}

/** Where the models go is a matter of the runtime, where they come from one of --model: neither may be told twice. */
function modelProblems({ models, rest, aimed }: DevWords, env: Environment): string[] {
  if (models.length === 0) return [];
  const gives = (flag: string, variable: string) =>
    env[variable] !== undefined || rest.some((word) => word === flag || word.startsWith(`${flag}=`));
  const problems: string[] = [];
  if (gives('--config-dir', 'OUTRIGGER_CONFIG_DIR')) problems.push('--model: expected no --config-dir beside it');
  if (aimed && !gives('--model-dir', 'OUTRIGGER_MODEL_DIR')) {
    problems.push(
      '--model: expected --model-dir beside it, the folder that the runtime at --upstream loads models from',
    );
  }
  return problems;
}

function variablesOf({ sinkUrl = null, folders = null }: Partial<Brought>): Environment {
  return {
    ...(sinkUrl === null ? {} : { OUTRIGGER_LOG_URL: sinkUrl }),
    ...(folders === null ? {} : { OUTRIGGER_CONFIG_DIR: folders.configDir, OUTRIGGER_MODEL_DIR: folders.modelDir }),
  };
}

/** `readiness`: how the runtime is asked whether it is ready. */
export function aimAt(config: Config, runtime: RuntimeAddress, check: ReadinessCheck): Config {
  return {
    ...config,
    upstream: { ...config.upstream, ...runtime },
    puller: config.puller === null ? null : aimPullerAt(config.puller, runtime),
    readiness: {
      probes: [{ check, timeoutMs: 1000, periodMs: 10_000, successThreshold: 1 }],
      http2AutoDetection: false,
    },
    effective: { ...config.effective, 'component-port': runtime.port, 'component-grpc-port': runtime.grpcPort },
  };
}

function aimPullerAt(puller: PullerConfig, { host, port }: RuntimeAddress): PullerConfig {
  const { port: componentPort, managementPort } = puller.runtime;
  const isOwn = managementPort !== componentPort; // TorchServe's, or named
  return { ...puller, runtime: { ...puller.runtime, host, port, managementPort: isOwn ? managementPort : port } };
}

/** Requests would go round and round. */
function isItself(runtime: RuntimeAddress, { listener }: Config): boolean {
  const isLocal = (host: string) => isLoopbackHost(host) || isWildcardHost(host) || host === listener.host;
  const at = (host: string, port: number) => port === listener.port && isLocal(host);
  return at(runtime.host, runtime.port) || at(runtime.grpcHost, runtime.grpcPort);
}
