import { describe, expect, it } from 'vitest';
import type { LogAttributes } from '../../../src/config/slices.ts';
import type { CapturedBody } from '../../../src/logger/event/captured-body.ts';
import { openEventWriter } from '../../../src/logger/event/event-writer.ts';
import {
  arrivedMs,
  attributesOf,
  captured,
  logAttributes,
  loggedAnswer,
  loggedRequest,
  payloadText,
} from '../../support/logged-exchange.ts';

const json = ['content-type', 'application/json'];

function open(headers: readonly string[] = json, config: Partial<LogAttributes> = {}, allResponses = false) {
  return openEventWriter({ ...logAttributes, ...config }, { allResponses }).open(loggedRequest(headers), arrivedMs);
}

/** The request's half of the payload. */
function requestPart(body: CapturedBody, headers: readonly string[] = json): unknown {
  return JSON.parse(payloadText(open(headers).exchange(body, null, null))).request;
}

describe('one event for both', () => {
  it('holds the two messages, as JSON of its own', () => {
    const answer = loggedAnswer(json, { status: 201 });
    const event = open().exchange(captured('{"a":1}'), answer, captured('[1.0, 2]'));
    expect(payloadText(event)).toBe(
      '{"request":{"contenttype":"application/json","data":{"a":1}},' +
        '"response":{"statuscode":201,"contenttype":"application/json","data":[1.0, 2]}}',
    );
    expect(event).toMatchObject({ kind: 'exchange', contentType: 'application/json', contentEncoding: null });
    expect(event.dataBytes).toBe(Buffer.concat(event.data).length);
    expect(attributesOf(event)).toMatchObject({
      type: 'org.kubeflow.serving.inference.exchange',
      time: '2026-11-21T08:09:10.011Z',
    });
  });

  it('holds null for an answer that never came', () => {
    const text = payloadText(open().exchange(captured('{}'), null, null));
    expect(text).toBe('{"request":{"contenttype":"application/json","data":{}},"response":null}');
  });

  it('holds nothing for a message without a body', () => {
    const event = open([]).exchange(captured(''), loggedAnswer([], { status: 204 }), captured(''));
    expect(payloadText(event)).toBe('{"request":{},"response":{"statuscode":204}}');
  });

  it('says in its attributes what holds for either message', () => {
    const answer = loggedAnswer(json, { batch: { id: 'b', requests: 2, rows: 4 } });
    const cut = captured('[1', { totalBytes: 9 });
    const parts = captured('[2', { broken: true, redacted: 'parts' });
    const event = open(json, {}, true).exchange(cut, answer, parts);
    expect(attributesOf(event)).toMatchObject({
      truncated: 'true',
      incomplete: 'true',
      redacted: 'true',
      statuscode: '200',
      batchid: 'b',
    });
    expect(JSON.parse(payloadText(event))).toEqual({
      request: { contenttype: 'application/json', truncated: true, datalength: 9, data_base64: 'WzE=' },
      response: {
        statuscode: 200,
        contenttype: 'application/json',
        incomplete: true,
        redacted: true,
        data_base64: 'WzI=',
      },
    });
    const removed = open().exchange(captured('', { totalBytes: 5, redacted: 'removed' }), null, null);
    expect(attributesOf(removed).redacted).toBe('removed');
    expect(JSON.parse(payloadText(removed)).request).toEqual({ redacted: 'removed' });
    for (const name of ['truncated', 'incomplete', 'redacted', 'datalength']) {
      expect(attributesOf(open().exchange(captured('{}'), null, null))).not.toHaveProperty(name);
    }
  });
});

describe('a payload', () => {
  const verbatim = [
    '{}',
    '[]',
    ' \r\n\t{"a": [1e400, 1.000000000000000000001, "\\u00e9", "é"]}\n',
    '{"a":1,"a":2}', // nothing is lost
    `[${'1,'.repeat(60_000)}1]`,
  ];
  it.each(verbatim)('stands as it is when it is JSON: %.20s', (text) => {
    const event = open().exchange(captured(text), null, null);
    expect(payloadText(event)).toBe(`{"request":{"contenttype":"application/json","data":${text}},"response":null}`);
  });

  it.each([
    ['no JSON', '{"a":'],
    ['JSON with something behind it', '{} \u0000'],
    ['NaN', '[NaN]'],
    ['text', 'data: {}\n\n'],
    ['a scalar', ' 1'],
    ['not UTF-8', Buffer.from('["\xff"]', 'latin1')],
    ['a byte order mark', '\ufeff{}'],
    ['white space', '  '],
    ['too deep', `${'['.repeat(200)}${']'.repeat(200)}`],
    ['a large text', `[${'1,'.repeat(524_288)}1]`],
  ])('stands in base64 when it is %s', (_what, data) => {
    const base64 = Buffer.from(data as string).toString('base64');
    expect(requestPart(captured(data))).toEqual({ contenttype: 'application/json', data_base64: base64 });
  });

  it('stands in base64 when it is encoded, binary, cut or broken, whatever its first bytes are', () => {
    const data = '{"a":1}';
    const data_base64 = Buffer.from(data).toString('base64');
    expect(requestPart(captured(data), ['content-encoding', 'gzip'])).toEqual({ contentencoding: 'gzip', data_base64 });
    expect(requestPart(captured(data, { totalBytes: 8 }))).toMatchObject({ truncated: true, data_base64 });
    expect(requestPart(captured(data, { broken: true }))).toMatchObject({ incomplete: true, data_base64 });
    const tensors = captured(Buffer.from('{}\x01\x02'));
    expect(requestPart(tensors, ['inference-header-content-length', '2'])).toEqual({
      inferenceheadercontentlength: 2,
      data_base64: 'e30BAg==',
    });
  });

  it('that came in pieces, or is larger than a piece of base64, is the same', () => {
    const bytes = Buffer.alloc(3 * 2 ** 22 + 5, 'pieces');
    const data = [bytes.subarray(0, 1), bytes.subarray(1, 1), bytes.subarray(1)];
    const part = requestPart({ ...captured(bytes), data }) as { data_base64: string };
    expect(Buffer.from(part.data_base64, 'base64').equals(bytes)).toBe(true);
    const json = Buffer.from('{"a":1}');
    const pieces = [json.subarray(0, 0), json.subarray(0, 3), json.subarray(3)];
    expect(requestPart({ ...captured(json), data: pieces })).toMatchObject({ data: { a: 1 } });
  });
});
