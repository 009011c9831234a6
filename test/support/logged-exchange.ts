// Exchanges as the payload logger sees them, for tests of single stages: no connection, no runtime.
import type { LogAttributes, LogSelection } from '../../src/config/slices.ts';
import { Cancellation } from '../../src/http/cancellation.ts';
import { Client } from '../../src/http/client.ts';
import type { ProxyRequest } from '../../src/http/exchange.ts';
import { FlatHeaderBlock } from '../../src/http/header-block.ts';
import type { CapturedBody } from '../../src/logger/event/captured-body.ts';
import type { LogEvent } from '../../src/logger/event/log-event.ts';
import type { LoggedAnswer } from '../../src/logger/event/message-notes.ts';

export const logAttributes: LogAttributes = {
  source: 'http://localhost:9081/',
  inferenceService: 'iris',
  namespace: 'prod',
  component: 'predictor',
  endpoint: 'default',
  annotations: {},
  metadataHeaders: [],
  more: {},
  distinctIds: false,
  modelAttributes: false,
};

export const logSelection: LogSelection = {
  mode: 'all',
  allResponses: false,
  combined: false,
  sampleRate: 1,
  sampleBy: 'random',
  optOutHeader: null,
  maxBytes: null,
  redact: [],
};

export const arrivedMs = Date.UTC(2026, 10, 21, 8, 9, 10, 11);

/** `headers`: name, value, name, value, … */
export function loggedRequest(headers: readonly string[] = [], path = '/v2/models/m/infer'): ProxyRequest {
  return {
    protocol: 'http1',
    method: 'POST',
    path,
    authority: 'iris.example:8080',
    headers: new FlatHeaderBlock(headers),
    body: new Uint8Array(0),
    contentLength: 7,
    trailers: null,
    expectContinue: false,
    cancellation: new Cancellation(),
    client: new Client(false),
    sendInformational: () => undefined,
  };
}

export function loggedAnswer(headers: readonly string[] = [], rest: Partial<LoggedAnswer> = {}): LoggedAnswer {
  return {
    status: 200,
    headers: new FlatHeaderBlock(headers),
    trailers: null,
    answeredMs: arrivedMs + 1234,
    ...rest,
  };
}

export function captured(data: string | Uint8Array, rest: Partial<CapturedBody> = {}): CapturedBody {
  const bytes = typeof data === 'string' ? Buffer.from(data) : data;
  const size = bytes.length;
  return { data: size === 0 ? [] : [bytes], bytes: size, totalBytes: size, broken: false, redacted: 'no', ...rest };
}

/** Fixed ones and its own; @throws when one is there twice. */
export function attributesOf({ fixed, attributes }: LogEvent): Record<string, string> {
  const found: Record<string, string> = {};
  const flat = [...fixed, ...attributes];
  for (let i = 0; i < flat.length; i += 2) {
    const name = flat[i] as string;
    if (name in found) throw new Error(`two attributes ${name}`);
    found[name] = flat[i + 1] as string;
  }
  return found;
}

export function payloadText({ data }: Pick<LogEvent, 'data'>): string {
  return Buffer.concat(data).toString('utf8');
}
