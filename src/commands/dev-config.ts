// What `outrigger dev` is told: flags of the agent under gentler defaults, --upstream in place of --component-port, and --model.
import { ConfigError } from '../config/config-error.ts';
import type { Environment } from '../config/platform.ts';
import { readConfig } from '../config/read.ts';
import { quoteRejected as quote } from '../config/secrets.ts';
import type { Config, PullerConfig, ReadinessCheck } from '../config/slices.ts';
import { type DevModel, readDevModels } from './dev-models.ts';

export interface RuntimeAddress {
  readonly host: string;
  readonly port: number;
  readonly grpcHost: string;
  readonly grpcPort: number;
}

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

interface DevWords {
  readonly runtime: RuntimeAddress | null;
  /** --upstream is there, well or badly written. */
  readonly aimed: boolean;
  readonly models: readonly DevModel[];
  /** The flags of the agent. */
  readonly rest: readonly string[];
  readonly problems: readonly string[];
}

const insteadOf: ReadonlyMap<string, string> = new Map([
  ['--component-port', '--upstream'],
  ['--component-grpc-port', '--upstream-grpc'],
]);

function readDevWords(argv: readonly string[]): DevWords {
  const rest: string[] = [];
  const problems: string[] = [];
  const models: string[] = [];
  const urls = new Map<string, URL | null>([
    ['--upstream', null],
    ['--upstream-grpc', null],
  ]);
  const words = [...argv];
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    const [, flag = word, inline] = /^(--[^=]+)=(.*)$/s.exec(word) ?? [];
    const instead = insteadOf.get(flag);
    if (instead === undefined && !urls.has(flag) && flag !== '--model') {
      rest.push(word);
      continue;
    }
    const text = inline ?? (words[0]?.startsWith('--') ? '' : (words.shift() ?? ''));
    if (flag === '--model') models.push(text);
    else if (instead !== undefined) problems.push(`${flag}: expected ${instead} URL in its place, got ${quote(text)}`);
    else urls.set(flag, readRuntimeUrl(flag, { text, problems }));
  }
  const [upstream, grpc] = [urls.get('--upstream') ?? null, urls.get('--upstream-grpc') ?? null];
  const aimed = argv.some((word) => /^--upstream(=|$)/.test(word));
  if (grpc !== null && !aimed) problems.push('--upstream-grpc: expected --upstream URL beside it');
  const wanted = readDevModels(models);
  const runtime = upstream === null ? null : addressOf(upstream, grpc ?? upstream);
  return { runtime, aimed, models: wanted.models, rest, problems: [...problems, ...wanted.problems] };
}

/** A bare port or `host:port` will do. Null: none, and a problem more. */
function readRuntimeUrl(flag: string, { text, problems }: { text: string; problems: string[] }): URL | null {
  const spelledOut = text.replace(/^:?(\d+)$/, '127.0.0.1:$1');
  const url = URL.parse(spelledOut.includes('://') ? spelledOut : `http://${spelledOut}`);
  const isPlain = url !== null && url.href === `http://${url.host}/` && url.port !== '0';
  if (isPlain) return url;
  const tls = url?.protocol === 'https:' ? ' (no TLS is spoken to runtimes)' : '';
  problems.push(`${flag}: expected a URL such as http://127.0.0.1:8000, got ${quote(text)}${tls}`);
  return null;
}

function addressOf(upstream: URL, grpc: URL): RuntimeAddress {
  return { host: hostOf(upstream), port: portOf(upstream), grpcHost: hostOf(grpc), grpcPort: portOf(grpc) };
}

function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/, '$1');
}

function portOf({ port }: URL): number {
  return port === '' ? 80 : Number(port);
}

/** Requests would go round and round. */
function isItself(runtime: RuntimeAddress, { listener }: Config): boolean {
  const local = ['localhost', '127.0.0.1', '::1', '0.0.0.0', '::', listener.host];
  const at = (host: string, port: number) => port === listener.port && local.includes(host);
  return at(runtime.host, runtime.port) || at(runtime.grpcHost, runtime.grpcPort);
}
