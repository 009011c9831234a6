import { type CloudEventV1, HTTP } from 'cloudevents';
import { describe, expect, it } from 'vitest';
import { BinaryEncoding } from '../../../src/logger/encoding/binary-encoding.ts';
import { headerLines } from '../../support/cloudevents-reader.ts';
import { logEvent } from '../../support/log-events.ts';

const encoding = new BinaryEncoding();

describe('an event in binary mode', () => {
  it("has the headers of KServe's agent, and the payload as its body", () => {
    const fixed = [
      ...['specversion', '1.0', 'type', 'org.kubeflow.serving.inference.request', 'source', 'http://localhost:9081/'],
      ...['inferenceservicename', 'mnist', 'namespace', '', 'component', 'predictor', 'endpoint', 'default'],
    ];
    const attributes = ['id', '7', 'time', '2026-11-21T18:00:00.000Z', 'metadata', '{"X-A":["b c"]}'];
    const data = [Buffer.from('{"instances":'), Buffer.from('[1]}')];
    const { headers, body, bodyBytes } = encoding.encode([logEvent({ fixed, attributes, data })]);
    expect(headers.split('\r\n')).toEqual([
      'content-type: application/json',
      'ce-specversion: 1.0',
      'ce-type: org.kubeflow.serving.inference.request',
      'ce-source: http://localhost:9081/',
      'ce-inferenceservicename: mnist',
      'ce-namespace: ',
      'ce-component: predictor',
      'ce-endpoint: default',
      'ce-id: 7',
      'ce-time: 2026-11-21T18:00:00.000Z',
      'ce-metadata: {"X-A":["b c"]}',
      '',
    ]);
    expect(body).toEqual(data);
    expect(bodyBytes).toBe(17);
  });

  it('says which coding its payload has', () => {
    const { headers } = encoding.encode([logEvent({ contentEncoding: 'gzip' })]);
    expect(headerLines(headers)['content-encoding']).toBe('gzip');
  });

  it('without a payload has no content type', () => {
    for (const data of [[], [Buffer.alloc(0)]]) {
      const { headers, body, bodyBytes } = encoding.encode([logEvent({ data, contentEncoding: 'gzip' })]);
      expect(Object.keys(headerLines(headers))[0]).toBe('ce-specversion');
      expect([body, bodyBytes]).toEqual([[], 0]);
    }
  });

  it('of a payload without a content type has none', () => {
    const { headers, bodyBytes } = encoding.encode([logEvent({ contentType: null })]);
    expect(headerLines(headers)).not.toHaveProperty('content-type');
    expect(bodyBytes).toBe(21);
  });

  it('takes no header from a content type', () => {
    const { headers } = encoding.encode([logEvent({ contentType: 'text/plain\r\nce-id: forged' })]);
    expect(headerLines(headers)).toMatchObject({ 'content-type': 'text/plain  ce-id: forged', 'ce-id': 'e-1' });
    expect(encoding.encode([logEvent({ contentType: ' \r\n' })]).headers).toMatch(/^ce-specversion/);
  });
});

describe('a payload that is a CloudEvent itself', () => {
  it.each([
    'application/cloudevents+json',
    'Application/CloudEvents-batch+json; charset=utf-8',
    'application/cloudevents+avro',
  ])('is never taken for ours (%s)', (contentType) => {
    const theirs = '{"specversion":"1.0","id":"theirs","type":"t","source":"/s"}';
    const { headers, body } = encoding.encode([logEvent({ contentType, data: [Buffer.from(theirs)] })]);
    const read = HTTP.toEvent({ headers: headerLines(headers), body: Buffer.concat(body).toString() });
    const { id, data, datacontenttype } = read as CloudEventV1<unknown>;
    expect([id, datacontenttype]).toEqual(['e-1', contentType]);
    const bytes = ArrayBuffer.isView(data) ? Buffer.from(data as Uint8Array) : Buffer.from(JSON.stringify(data));
    expect(bytes.toString()).toBe(theirs);
    expect(headerLines(headers)).toMatchObject({ 'ce-id': 'e-1' });
  });
});
