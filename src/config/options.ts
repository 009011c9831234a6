// The one table of options: flag, kind (with unit and range), default, group, one sentence. Environment names derive from it.
import { batcherOptions } from './batcher-options.ts';
import { words } from './lists.ts';
import { loggerOptions, logStoreOptions } from './logger-options.ts';
import { inGroup, type Option, type ValuesOf } from './option.ts';
import { pullerOptions } from './puller-options.ts';
import { storeOptions } from './store-options.ts';
import { bindAddress, boolean, bytes, choice, duration, integer, port } from './values.ts';

const KNATIVE_DRAIN = 'when QUEUE_SERVING_PORT is set';

export const options = {
  ...inGroup('Listening', {
    host: { kind: bindAddress, default: '', defaultText: 'all interfaces', sentence: 'Address to listen at.' },
    port: { kind: port('zero'), default: 9081, sentence: 'Port for clients, HTTP/1.1 and h2c; 0 takes a free one.' },
    'max-connections': {
      kind: integer({ min: 1, unit: 'connections' }),
      default: 10_000,
      sentence: 'Client connections at once; one more is answered 503 and closed.',
    },
    'max-header-bytes': { kind: bytes({ min: 1024 }), default: 16_384, sentence: 'Size of a head; beyond: 431.' },
    'max-header-count': {
      kind: integer({ min: 1, unit: 'fields' }),
      default: 1_000,
      sentence: 'Fields of a head; beyond: 431.',
    },
    'max-url-bytes': {
      kind: bytes({ min: 64 }),
      default: 8_192,
      sentence: 'Length of a request target; beyond: 414.',
    },
    'max-body-bytes': {
      kind: bytes({ min: 0 }),
      default: 0,
      sentence: 'Size of a request body; beyond: 413. 0 = any.',
    },
    'headers-timeout': { kind: duration(), default: 60_000, sentence: 'Time for a client to send its whole head.' },
    // Longer than callers keep an idle connection (Go's client, thus queue-proxy: 90 s; cloud balancers: 60 s), so that
    // they close first and no request meets a connection that is just being closed.
    'keep-alive-timeout': { kind: duration(), default: 120_000, sentence: 'Time that a client connection may idle.' },
    lanes: {
      kind: choice(['auto', 'off']),
      default: 'auto',
      sentence: 'Plain HTTP/1.1 and gRPC take lanes of our own; off: node:http, undici and node:http2 alone.',
    },
    'grpc-forwarding': {
      kind: boolean,
      default: false,
      sentence: 'X-Forwarded-For for gRPC too: keeps gRPC off its lane, where no header can be added.',
    },
  }),
  ...inGroup('Runtime', {
    'component-port': { kind: port(), default: 8080, sentence: "The runtime's port at 127.0.0.1." },
    'component-grpc-port': {
      kind: port(),
      default: null,
      defaultText: 'same as --component-port',
      sentence: "The runtime's port for gRPC, where that is another one.",
    },
    'container-concurrency': {
      kind: integer({ min: 0, max: 1_000_000, unit: 'requests' }),
      default: null,
      defaultText: 'CONTAINER_CONCURRENCY, else 0',
      sentence: 'Requests at the runtime at once; ten times as many wait, beyond: 503. 0 = any.',
    },
    // A full accept backlog costs a SYN retransmission after 1 s and after 3 s; whoever has not answered then is not there.
    'upstream-connect-timeout': { kind: duration(), default: 5_000, sentence: 'Time to connect to the runtime.' },
    'upstream-idle-timeout': {
      kind: duration(),
      default: 4_000,
      sentence: 'Time that a connection to the runtime may idle; the runtime must wait longer (MLServer: 5s).',
    },
    'upstream-max-connections': {
      kind: integer({ min: 1, unit: 'connections' }),
      default: 1_024,
      sentence: 'Connections to the runtime, HTTP/1.1 and HTTP/2 each; ten times as many requests wait, beyond: 503.',
    },
    'upstream-request-timeout': {
      kind: duration('zero'),
      default: 0,
      sentence: 'Time for a whole exchange with the runtime; beyond: 504. 0 = no limit.',
    },
    'retry-stale-connection': {
      kind: boolean,
      default: true,
      sentence: 'Send a small request once more when a reused connection ends before any answer.',
    },
    'deny-apis': {
      kind: words(['repository', 'shm', 'trace', 'logging']),
      default: [],
      sentence: 'Which APIs of the runtime no client gets to (403): `repository`, `shm`, `trace`, `logging`.',
    },
  }),
  ...inGroup('Stopping', {
    'drain-min-wait': {
      kind: duration('zero'),
      default: null,
      defaultText: `5s; 0s ${KNATIVE_DRAIN}`,
      sentence: 'Time after SIGTERM in which requests are always taken: Kubernetes has to notice.',
    },
    'drain-quiet-period': {
      kind: duration('zero'),
      default: null,
      defaultText: `2s; 30s ${KNATIVE_DRAIN}`,
      sentence: 'Time without a new request after which the port is closed.',
    },
    'drain-max-wait': {
      kind: duration(),
      default: null,
      defaultText: `25s; REVISION_TIMEOUT_SECONDS (else 5m) ${KNATIVE_DRAIN}`,
      sentence: 'Time from SIGTERM after which whatever is in flight is cut.',
    },
  }),
  ...inGroup('Operating', {
    'metrics-host': {
      kind: bindAddress,
      default: '',
      defaultText: 'all interfaces',
      sentence: "Address of the operator's port.",
    },
    'metrics-port': {
      kind: port('zero'),
      default: 9089,
      sentence: 'Port of /metrics, /livez, /readyz, /status and /models. 0 = off.',
    },
    'log-level': {
      kind: choice(['trace', 'debug', 'info', 'warn', 'error', 'fatal']),
      default: null,
      defaultText: 'SERVING_LOGGING_LEVEL, else info',
      sentence: "Least level of the agent's own log.",
    },
    'log-pretty': {
      kind: boolean,
      default: null,
      defaultText: 'true at a terminal',
      sentence: "The agent's own log for people in place of JSON.",
    },
  }),
  ...pullerOptions,
  ...storeOptions,
  ...loggerOptions,
  ...logStoreOptions,
  ...batcherOptions,
  ...inGroup('Accepted, without any effect', {
    'probe-period': {
      kind: integer({ unit: 'seconds' }),
      default: -1,
      sentence: "A flag of KServe's agent, unused.",
    },
  }),
} satisfies Record<string, Option>;

export type OptionName = keyof typeof options;

export type OptionValues = ValuesOf<typeof options>;

export const optionNames = Object.keys(options) as readonly OptionName[];

/** The table's row without the types of its value, for code that treats all rows alike. */
export function optionOf(name: OptionName): Option {
  return options[name];
}
