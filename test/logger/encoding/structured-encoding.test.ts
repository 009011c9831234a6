import { describe, expect, it } from 'vitest';
import { BatchedEncoding, StructuredEncoding } from '../../../src/logger/encoding/structured-encoding.ts';
import type { LogEvent } from '../../../src/logger/event/log-event.ts';
import { logEvent } from '../../support/log-events.ts';

const encoding = new StructuredEncoding();

function structured(parts: Partial<LogEvent> & { readonly text?: string }): string {
  const { text, ...others } = parts;
  const data = text === undefined ? {} : { data: [Buffer.from(text)] };
  return Buffer.concat(encoding.encode([logEvent({ ...others, ...data })]).body).toString();
}

const begin =
  '{"specversion":"1.0","type":"org.kubeflow.serving.inference.request","source":"http://localhost:9081/",' +
  '"id":"e-1","time":"2026-11-21T18:00:00.000Z"';

describe('an event in structured mode', () => {
  it('is one JSON object of its attributes and its payload', () => {
    expect(structured({ text: '[1]' })).toBe(`${begin},"datacontenttype":"application/json","data":[1]}`);
    expect(encoding.encode([logEvent()]).headers).toBe('content-type: application/cloudevents+json; charset=utf-8\r\n');
  });

  it('has JSON as it was sent, not as somebody prints it', () => {
    const text = ' { "a" : 1.0000000000000000000001e2 ,\r\n "a": -0, "b":"\\u0041\\/é" } ';
    expect(structured({ text })).toContain(`,"data":${text}}`);
    expect(structured({ data: [Buffer.from('[1'), Buffer.from(',2]')] })).toContain(',"data":[1,2]}');
  });

  it.each([
    'text/json',
    'Application/JSON ; charset="UTF-8"',
    'application/json;charset=utf-8',
    'application/vnd.x+json; v=1',
  ])('takes %s for JSON', (contentType) => {
    expect(structured({ contentType, text: '[1]' })).toMatch(/"data":\[1\]\}$/);
  });

  it.each(['text/plain', 'application/x-ndjson', 'application/jsonp', 'application/json; charset=utf-16', 'json'])(
    'does not take %s for JSON',
    (contentType) => {
      expect(structured({ contentType, text: '[1]' })).toMatch(/"data_base64":"WzFd"\}$/);
    },
  );

  it.each([
    '[NaN]',
    '[1',
    '',
    'Infinity',
    "{'a':1}",
    '[1,]',
    '\ufeff[1]',
    '"\\ud800"',
    '['.repeat(101) + ']'.repeat(101),
  ])('has what is not JSON to everybody in base64: %s', (text) => {
    const event = JSON.parse(structured({ text })) as { readonly data_base64?: string };
    expect('data' in event).toBe(false);
    expect(Buffer.from(event.data_base64 ?? '', 'base64').toString()).toBe(text);
  });

  it('has a coded payload in base64, and says the coding', () => {
    const text = structured({ contentEncoding: 'gzip', text: '[1]' });
    expect(text).toBe(`${begin},"datacontenttype":"application/json","contentencoding":"gzip","data_base64":"WzFd"}`);
  });

  it('has JSON above a mebibyte in base64, which needs no look at each of its bytes', () => {
    const [largest, larger] = [1_048_574, 1_048_575].map((length) => `"${'x'.repeat(length)}"`) as [string, string];
    expect(structured({ text: largest })).toContain(',"data":"xxx');
    expect(structured({ text: larger })).toContain(',"data_base64":"Inh4');
  });

  it('without a content type has JSON as data, which is what the format implies, and all else as bytes', () => {
    expect(structured({ contentType: null, text: '[1]' })).toBe(`${begin},"data":[1]}`);
    expect(structured({ contentType: '', text: 'a' })).toBe(`${begin},"data_base64":"YQ=="}`);
  });

  it('without a payload has neither data nor its type', () => {
    expect(structured({ data: [] })).toBe(`${begin}}`);
  });

  it.each([0, 1, 2, 3])('has large payloads whole (3 * 2^15 + %i bytes)', (more) => {
    const data = Buffer.from(Array.from({ length: 3 * 2 ** 15 + more }, (_, n) => (n * 31) & 0xff));
    const event = JSON.parse(structured({ data: [data.subarray(0, 1000), data.subarray(1000)], contentType: null }));
    expect(Buffer.from((event as { data_base64: string }).data_base64, 'base64').equals(data)).toBe(true);
  });
});

describe('a batch', () => {
  const batched = new BatchedEncoding();

  it('is an array of the same objects', () => {
    const events = ['[1]', 'NaN', ''].map((text) => logEvent({ data: [Buffer.from(text)] }));
    const { headers, body, bodyBytes } = batched.encode(events);
    expect(headers).toBe('content-type: application/cloudevents-batch+json; charset=utf-8\r\n');
    const ones = events.map((event) => Buffer.concat(encoding.encode([event]).body).toString());
    expect(Buffer.concat(body).toString()).toBe(`[${ones.join(',')}]`);
    expect([body.length, body[0]?.length]).toEqual([1, bodyBytes]);
  });

  it('may be of one, or of none', () => {
    expect(Buffer.concat(batched.encode([]).body).toString()).toBe('[]');
    expect(JSON.parse(Buffer.concat(batched.encode([logEvent()]).body).toString())).toHaveLength(1);
  });
});
