// Log events for tests: any attributes, any payload.

import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import type { LogEvent } from '../../src/logger/event/log-event.ts';
import { eventKinds, eventTypes } from '../../src/logger/event/log-event.ts';
import { naughtyStrings } from './naughty-strings.ts';

/** A request with a small JSON payload, but for what is said. */
export function logEvent(parts: Partial<LogEvent> = {}): LogEvent {
  const data = parts.data ?? [Buffer.from('{"instances":[[1,2]]}')];
  return {
    kind: 'request',
    fixed: ['specversion', '1.0', 'type', eventTypes.request, 'source', 'http://localhost:9081/'],
    attributes: ['id', 'e-1', 'time', '2026-11-21T18:00:00.000Z'],
    contentType: 'application/json',
    contentEncoding: null,
    dataBytes: data.reduce((bytes, piece) => bytes + piece.length, 0),
    ...parts,
    data,
  };
}

const text = fc.oneof(
  fc.constantFrom(...naughtyStrings()),
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
);
const someText = text.filter((value) => value !== '');
const jsonData = fc.oneof(fc.array(fc.jsonValue()), fc.dictionary(fc.string(), fc.jsonValue())).map((value) => ({
  contentType: 'application/json',
  contentEncoding: null,
  data: [Buffer.from(JSON.stringify(value))],
}));
const byteData = fc.record({
  contentType: fc.constantFrom('application/octet-stream', 'text/plain', 'application/grpc+proto', null),
  contentEncoding: fc.constant(null),
  // The first byte begins no JSON: a payload that is JSON by chance, and says nothing of itself, is sent as such.
  data: fc.array(fc.uint8Array(), { maxLength: 3 }).map((pieces) => [Uint8Array.of(0xff), ...pieces]),
});
const zippedData = fc.string().map((value) => ({
  contentType: 'application/octet-stream',
  contentEncoding: 'gzip',
  data: [gzipSync(JSON.stringify(value))],
}));
const noData = fc.constant({ contentType: 'application/json', contentEncoding: null, data: [] });

/** Names of attributes begin with x, so that none is one of the context's. */
export const anyLogEvent: fc.Arbitrary<LogEvent> = fc
  .record({
    kind: fc.constantFrom(...eventKinds),
    id: someText,
    ms: fc.integer({ min: 0, max: 4e12 }),
    metadata: fc.dictionary(text, fc.array(text), { maxKeys: 3 }),
    fixed: fc.dictionary(fc.stringMatching(/^xa[a-z0-9]{1,8}$/), text, { maxKeys: 3 }),
    own: fc.dictionary(fc.stringMatching(/^xb[a-z0-9]{1,8}$/), text, { maxKeys: 5 }),
    payload: fc.oneof(jsonData, byteData, zippedData, noData),
  })
  .map(({ kind, id, ms, metadata, fixed, own, payload }) =>
    logEvent({
      kind,
      fixed: [
        'specversion',
        '1.0',
        'type',
        eventTypes[kind],
        'source',
        'http://localhost:9081/',
        ...Object.entries(fixed).flat(),
      ],
      attributes: [
        ...['id', id, 'time', new Date(ms).toISOString(), 'metadata', JSON.stringify(metadata)],
        ...Object.entries(own).flat(),
      ],
      ...payload,
    }),
  );
