import { describe, expect, it } from 'vitest';
import { asDeadLetter, causeOf } from '../../../src/logger/dead-letters/dead-letter.ts';
import { attributeOf } from '../../../src/logger/event/log-event.ts';
import { logEvent } from '../../support/delivery/log-event.ts';

describe('a dead letter', () => {
  it('is the event with code, destination and data of the last attempt', () => {
    const event = logEvent('a');
    const text = '{"error": "é"}';
    const cause = causeOf({ kind: 'answered', status: 422, retryAfter: null, text }, 'http://sink/path');
    const letter = asDeadLetter(event, cause);
    expect(letter).toMatchObject({ kind: event.kind, data: event.data, contentType: event.contentType });
    expect(attributeOf(letter, 'id')).toBe('a');
    expect(attributeOf(letter, 'knativeerrorcode')).toBe('422');
    expect(attributeOf(letter, 'knativeerrordest')).toBe('http://sink/path');
    expect(Buffer.from(attributeOf(letter, 'knativeerrordata')!, 'base64').toString()).toBe(text);
  });

  it('of an event without an answer says what Knative says then', () => {
    const cause = causeOf({ kind: 'failed', code: 'dns', message: 'getaddrinfo ENOTFOUND sink' }, 'http://sink');
    const letter = asDeadLetter(logEvent('a'), cause);
    expect(attributeOf(letter, 'knativeerrorcode')).toBe('500');
    const data = Buffer.from(attributeOf(letter, 'knativeerrordata')!, 'base64').toString();
    expect(data).toBe('dispatch error: dns: getaddrinfo ENOTFOUND sink');
  });

  it('carries at most 1 KiB of the answer, and no empty attribute', () => {
    const long = asDeadLetter(logEvent('a'), { code: 400, message: 'x'.repeat(5000), sink: 'http://sink' });
    expect(Buffer.from(attributeOf(long, 'knativeerrordata')!, 'base64')).toHaveLength(1024);
    const empty = asDeadLetter(logEvent('a'), { code: 400, message: '', sink: 'http://sink' });
    expect(attributeOf(empty, 'knativeerrordata')).toBeUndefined();
  });
});
