// The shape of a Kubernetes Probe in JSON, as far as the agent obeys it.
import * as v from 'valibot';
import { MAX_TIMER_MS } from './duration.ts';

const MAX_SECONDS = Math.floor(MAX_TIMER_MS / 1_000);

// Each message completes "expected ..."; what Kubernetes adds to a Probe later is passed over. Go writes null for nil.
const SECONDS = `a whole number of seconds up to ${MAX_SECONDS}`;
const seconds = v.nullish(v.pipe(v.number(SECONDS), v.integer(SECONDS), v.maxValue(MAX_SECONDS, SECONDS)), 0);
const COUNT = 'a whole number up to 1000';
const count = v.nullish(v.pipe(v.number(COUNT), v.integer(COUNT), v.maxValue(1_000, COUNT)), 0);
const word = (max: number) => v.nullish(v.pipe(v.string('a text'), v.maxLength(max, `at most ${max} characters`)), '');
const PORT = "a port from 1 to 65535 or a port's name";
const portNumberOrName = v.nullish(
  v.pipe(
    v.union([v.number(), v.string()], PORT),
    v.transform((port) => (typeof port === 'string' && /^\s*\d+\s*$/.test(port) ? Number(port) : port)),
    v.check((port) => typeof port === 'string' || (Number.isInteger(port) && port >= 0 && port <= 65_535), PORT),
  ),
  0,
);
const FIELD = 'a header without control characters';
const httpHeader = v.object(
  {
    name: v.pipe(v.string(FIELD), v.regex(/^[\w!#$%&'*+.^`|~-]+$/, FIELD)), // RFC 9110 5.6.2
    value: v.nullish(v.pipe(v.string(FIELD), v.regex(/^[\t\x20-\x7e\x80-\xff]*$/, FIELD)), ''),
  },
  'an object with name and value',
);
const host = v.nullish(v.pipe(v.string('a host'), v.regex(/^[\w.:[\]%-]*$/, 'a host')), '');
const HANDLER = 'an object';
export const probeShape = v.object(
  {
    httpGet: v.nullish(
      v.object(
        {
          host,
          port: portNumberOrName,
          path: word(8_192),
          scheme: v.nullish(v.pipe(v.string('HTTP or HTTPS'), v.regex(/^(https?)?$/i, 'HTTP or HTTPS')), ''),
          httpHeaders: v.nullish(v.array(httpHeader, 'an array of headers'), []),
        },
        HANDLER,
      ),
    ),
    tcpSocket: v.nullish(v.object({ host, port: portNumberOrName }, HANDLER)),
    grpc: v.nullish(v.object({ port: portNumberOrName, service: word(1_024) }, HANDLER)),
    exec: v.optional(v.unknown()), // known, but it cannot be run from another container
    timeoutSeconds: seconds,
    periodSeconds: seconds,
    successThreshold: count,
  },
  'a Kubernetes probe',
);

export type ProbeShape = v.InferOutput<typeof probeShape>;
