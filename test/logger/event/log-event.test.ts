import { expect, it } from 'vitest';
import { sizeOf } from '../../../src/logger/event/log-event.ts';
import { logEvent } from '../../support/delivery/log-event.ts';

it('an event counts for all that a client can make long: attributes, type and coding of the payload, the payload', () => {
  const event = { ...logEvent('a'), contentType: null, contentEncoding: null };
  const more = { contentType: 'x'.repeat(1000), contentEncoding: 'y'.repeat(500), dataBytes: event.dataBytes + 70 };
  const attributes = [...event.attributes, 'path', 'z'.repeat(200)];
  expect(sizeOf({ ...event, ...more, attributes }) - sizeOf(event)).toBe(1000 + 500 + 70 + 204);
});
