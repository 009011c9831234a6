// The options of payload logging: what is logged, for whom, how it travels, what waits, and what becomes of the undeliverable.
import { eventAttributes } from './event-attributes.ts';
import { kserveMarshallerUrl } from './kserve-marshaller.ts';
import { list, pairs, urls } from './lists.ts';
import { inGroup } from './option.ts';
import { redactRules } from './redact-rules.ts';
import { boolean, bytes, choice, duration, fraction, headerName, integer, port, text, url } from './values.ts';

const KIBI = 1_024;
const MEBI = 1_048_576;
const GIBI = 1_073_741_824;

const sinkOptions = {
  'log-url': {
    kind: urls(['http', 'https', 's3', 'gs', 'abfs', 'abfss']),
    default: [],
    defaultText: 'off',
    sentence: 'Sinks of requests and responses: http(s) takes CloudEvents, the others are object stores.',
  },
  workers: {
    kind: integer({ min: 1, max: 1_000, unit: 'deliveries' }),
    default: 5,
    sentence: 'Deliveries at once to each sink.',
  },
  'log-client-timeout': { kind: duration(), default: 10_000, sentence: 'Time for one attempt of a delivery.' },
  'logger-ca-cert-file': {
    kind: text('file'),
    default: 'service-ca.crt',
    sentence: "Certificate of the sinks' authority, in /etc/tls/logger or as an absolute path.",
  },
  'logger-tls-skip-verify': { kind: boolean, default: false, sentence: "Do not check the sinks' certificates." },
  'log-client-cert-file': { kind: text('file'), default: '', sentence: 'Certificate that is shown to the sinks.' },
  'log-client-key-file': { kind: text('file'), default: '', sentence: 'Its private key.' },
  'log-bearer-token-file': { kind: text('file'), default: '', sentence: 'Token that is sent to the sinks.' },
};

const eventOptions = {
  'source-uri': {
    kind: text('text'),
    default: null,
    defaultText: 'http://localhost:PORT/',
    sentence: '`source` of the events; any text, KServe gives a pod name.',
  },
  'inference-service': { kind: text('name'), default: '', sentence: 'Attribute `inferenceservicename` of events.' },
  namespace: { kind: text('name'), default: '', sentence: 'Attribute `namespace` of events.' },
  endpoint: { kind: text('name'), default: '', sentence: 'Attribute `endpoint` of events.' },
  component: { kind: text('name'), default: '', sentence: 'Attribute `component` of events.' },
  'metadata-headers': { kind: list, default: [], sentence: 'Request headers that events carry, in any case.' },
  'metadata-annotations': { kind: pairs, default: {}, sentence: 'Annotations that events carry.' },
  'log-sensitive-headers': {
    kind: boolean,
    default: false,
    sentence: 'Let --metadata-headers name Authorization, Proxy-Authorization, Cookie and Set-Cookie.',
  },
  'log-attributes': { kind: eventAttributes, default: {}, sentence: 'Attributes of your own that all events carry.' },
  'log-model-attributes': {
    kind: boolean,
    default: true,
    sentence: 'Events carry `modelname` and `path` of the request.',
  },
  'log-event-ids': {
    kind: choice(['same', 'distinct']),
    default: 'same',
    sentence: '`id` of request and response: the same, or ID-request and ID-response with an attribute `exchangeid`.',
  },
};

const selectionOptions = {
  'log-mode': { kind: choice(['all', 'request', 'response']), default: 'all', sentence: 'What is logged.' },
  'log-all-responses': {
    kind: boolean,
    default: false,
    sentence: 'Log responses of any status, not only 200; they carry `statuscode`.',
  },
  'log-combined': { kind: boolean, default: false, sentence: 'One event that has both request and response.' },
  'log-sample-rate': { kind: fraction, default: 1, sentence: 'Share of the requests that are logged.' },
  'log-sample-by': {
    kind: choice(['random', 'id']),
    default: 'random',
    sentence: 'Which ones: any, or by the id of the event, the same ones wherever that id is seen.',
  },
  'log-opt-out-header': {
    kind: headerName,
    default: '',
    sentence: 'A request with this header is not logged, unless it is `false` or `0`.',
  },
  'log-max-bytes': { kind: bytes({ min: 0 }), default: 0, sentence: 'Size of a logged payload; cut there. 0 = any.' },
  'log-redact': {
    kind: redactRules,
    default: [],
    sentence: 'What is made unreadable: `$.a.b[*].c` in JSON, `tensor:NAME` in inference requests and answers.',
  },
};

const formatOptions = {
  'log-format': {
    kind: choice(['binary', 'structured', 'batched']),
    default: 'binary',
    sentence: 'How CloudEvents travel: as headers and payload, as JSON, or as JSON with many events in one request.',
  },
  'log-batch-size': {
    kind: integer({ min: 1, unit: 'events' }),
    default: null,
    defaultText: '1; 100 with --log-format=batched',
    sentence: 'Events in one batch, or in one object of a store.',
  },
  'log-batch-bytes': {
    kind: bytes({ min: 1 }),
    default: null,
    defaultText: '1Mi; in a store 4Mi',
    sentence: 'Payloads in one batch, but for a larger one.',
  },
  'log-batch-interval': {
    kind: duration('zero'),
    default: null,
    defaultText: '0s; 10ms with --log-format=batched; in a store 1m',
    sentence: 'Time that an event waits for others. 0 = not at all; in a store: until the object is full.',
  },
};

const waitingOptions = {
  'log-queue-max-bytes': {
    kind: bytes({ min: KIBI }),
    default: 64 * MEBI,
    sentence: 'Memory for events that wait for one sink; beyond: the newest is dropped.',
  },
  'log-queue-max-events': {
    kind: integer({ min: 1, unit: 'events' }),
    default: 100_000,
    sentence: 'Events that wait for one sink; beyond: the newest is dropped.',
  },
  'log-max-attempts': {
    kind: integer({ min: 1, unit: 'attempts' }),
    default: 10,
    sentence: 'Attempts to deliver one event while the sink takes others.',
  },
  'log-max-backoff': {
    kind: duration(),
    default: 30_000,
    sentence: "Time between two attempts at most, whatever the sink's Retry-After says.",
  },
  'log-dead-letter-url': {
    kind: url(['http', 'https'], 'empty'),
    default: '',
    defaultText: 'off',
    sentence: 'Sink of events that could not be delivered.',
  },
  'log-dead-letter-dir': { kind: text('folder'), default: '', sentence: 'Folder for such events, in its place.' },
  'log-dead-letter-max-bytes': { kind: bytes({ min: KIBI }), default: GIBI, sentence: 'Size of that folder.' },
  'log-spool-dir': {
    kind: text('folder'),
    default: '',
    defaultText: 'off',
    sentence: 'Folder that keeps waiting events on disk; they survive the process.',
  },
  'log-spool-max-bytes': {
    kind: bytes({ min: MEBI }),
    default: GIBI,
    sentence: 'Events that wait on disk; the files take a little more.',
  },
  'log-spool-sync': {
    kind: choice(['normal', 'full']),
    default: 'normal',
    sentence: '`normal` survives a killed process, `full` a power cut too.',
  },
  'log-spool-wait-ms': {
    kind: integer({ min: 0, max: 60_000, unit: 'milliseconds' }),
    default: 5,
    sentence: 'Time that an answer waits for the disk at most.',
  },
};

export const loggerOptions = inGroup('Logging payloads', {
  ...sinkOptions,
  ...selectionOptions,
  ...eventOptions,
  ...formatOptions,
  ...waitingOptions,
});

export const logStoreOptions = inGroup('Logging payloads to object stores', {
  'log-store-path': {
    kind: text('path'),
    default: '',
    sentence: 'Part of the keys, behind the name of the component.',
  },
  'log-store-format': { kind: choice(['json', 'csv', 'parquet']), default: 'json', sentence: 'Format of objects.' },
  'log-marshaller-url': {
    kind: url(['http', 'https'], 'empty'),
    default: kserveMarshallerUrl,
    defaultText: 'built in',
    sentence: "Who makes the objects of records, in place of --log-store-format; KServe's own default means none.",
  },
  'log-marshaller-port': {
    kind: port(),
    default: 9083,
    sentence: 'Unused: nothing has to listen for the built-in one.',
  },
});
