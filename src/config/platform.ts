// What Knative's environment, which KServe copies into the agent, says about concurrency, logging and the end of a pod.
import * as v from 'valibot';
import { MAX_TIMER_MS } from './duration.ts';
import { quoteRejected } from './secrets.ts';
import type { LogConfig } from './slices.ts';
import { boolean, integer, type Kind } from './values.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Platform {
  /** CONTAINER_CONCURRENCY, requests at once; 0 = any number. */
  readonly containerConcurrency: number;
  readonly logLevel: LogConfig['level'];
  /** ENABLE_HTTP2_AUTO_DETECTION. */
  readonly http2AutoDetection: boolean;
  /** QUEUE_SERVING_PORT is set: a queue-proxy stands in front and Knative ends the pod. */
  readonly knative: boolean;
  /** REVISION_TIMEOUT_SECONDS; 300 s (Knative's default) when absent or no such number. */
  readonly revisionTimeoutMs: number;
  /** What could not be understood and was passed over. */
  readonly notices: readonly string[];
}

// Not read: USER_PORT, which names queue-proxy's target and may be the agent's own port (--component-port says where the
// runtime is), and ENABLE_MULTI_CONTAINER_PROBES, since the probe's JSON shows by itself whether it is an array.

const ZAP_LEVELS: ReadonlyMap<string, LogConfig['level']> = new Map([
  ['debug', 'debug'],
  ['info', 'info'],
  ['warn', 'warn'],
  ['error', 'error'],
  ['dpanic', 'fatal'],
  ['panic', 'fatal'],
  ['fatal', 'fatal'],
]);
const zapWords = [...ZAP_LEVELS.keys()].join(', ');

/** The platform writes these, nobody who can start the pod again: a bad one is passed over with a notice, never fatal. */
export function readPlatform(env: Environment): Platform {
  const notices: string[] = [];
  const read = <T>(name: string, kind: Kind<T>): T | undefined => {
    const text = env[name]?.trim() ?? '';
    const value = text === '' ? undefined : kind.read(text);
    if (text !== '' && value === undefined) notices.push(passedOver({ name, expected: kind.expected, text }));
    return value;
  };
  const maxSeconds = Math.floor(MAX_TIMER_MS / 1_000);
  return {
    containerConcurrency: read('CONTAINER_CONCURRENCY', integer({ min: 0, max: 1_000_000, unit: 'requests' })) ?? 0,
    http2AutoDetection: read('ENABLE_HTTP2_AUTO_DETECTION', boolean) ?? false,
    revisionTimeoutMs:
      1_000 * (read('REVISION_TIMEOUT_SECONDS', integer({ min: 1, max: maxSeconds, unit: 'seconds' })) ?? 300),
    knative: (env.QUEUE_SERVING_PORT?.trim() ?? '') !== '',
    logLevel: readLogLevel(env, notices),
    notices,
  };
}

/** SERVING_LOGGING_LEVEL, else the `level` inside SERVING_LOGGING_CONFIG (zap's JSON), else info. */
function readLogLevel(env: Environment, notices: string[]): LogConfig['level'] {
  const sources = [
    ['SERVING_LOGGING_LEVEL', env.SERVING_LOGGING_LEVEL ?? ''],
    ['SERVING_LOGGING_CONFIG', readZapLevel(env.SERVING_LOGGING_CONFIG ?? '', notices)],
  ] as const;
  for (const [name, text] of sources) {
    const word = text.trim().toLowerCase();
    const level = ZAP_LEVELS.get(word);
    if (level !== undefined) return level;
    if (word !== '') notices.push(passedOver({ name, expected: `one of ${zapWords}`, text }));
  }
  return 'info';
}

const zapConfig = v.object({ level: v.nullish(v.string(), '') });

function readZapLevel(text: string, notices: string[]): string {
  if (text.trim() === '') return '';
  try {
    return v.parse(zapConfig, JSON.parse(text)).level;
  } catch {
    notices.push('SERVING_LOGGING_CONFIG: expected a JSON object with a text as level; ignored');
    return '';
  }
}

function passedOver(it: { readonly name: string; readonly expected: string; readonly text: string }): string {
  return `${it.name}: expected ${it.expected}, got ${quoteRejected(it.text)}; ignored`;
}
