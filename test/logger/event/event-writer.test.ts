import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventAttributes } from '../../../src/config/event-attributes.ts';
import type { LogAttributes } from '../../../src/config/slices.ts';
import { FlatHeaderBlock } from '../../../src/http/header-block.ts';
import { type EventWriterOptions, openEventWriter } from '../../../src/logger/event/event-writer.ts';
import {
  arrivedMs,
  attributesOf,
  captured,
  logAttributes,
  loggedAnswer,
  loggedRequest,
  payloadText,
} from '../../support/logged-exchange.ts';
import { seed } from '../../support/seed.ts';

const recordedMs = arrivedMs + 5000;

function openWriter(config: Partial<LogAttributes> = {}, options: Partial<EventWriterOptions> = {}) {
  return openEventWriter({ ...logAttributes, ...config }, { allResponses: false, now: () => recordedMs, ...options });
}

const open = (headers: readonly string[] = [], path?: string, config?: Partial<LogAttributes>) =>
  openWriter(config).open(loggedRequest(headers, path), arrivedMs);

describe("an exchange's two events", () => {
  const json = ['Content-Type', 'application/json; charset=utf-8', 'Ce-Id', 'order-1'];

  it("have by default exactly the attributes of KServe's agent", () => {
    const exchange = open(json);
    const common = {
      specversion: '1.0',
      id: 'order-1',
      source: 'http://localhost:9081/',
      recordedtime: '2026-11-21T08:09:15.011Z',
      inferenceservicename: 'iris',
      namespace: 'prod',
      component: 'predictor',
      endpoint: 'default',
      metadata: '{}',
    };
    expect(attributesOf(exchange.request(captured('{}')))).toEqual({
      ...common,
      type: 'org.kubeflow.serving.inference.request',
      time: '2026-11-21T08:09:10.011Z',
    });
    expect(attributesOf(exchange.response(loggedAnswer(), captured('{}')))).toEqual({
      ...common,
      type: 'org.kubeflow.serving.inference.response',
      time: '2026-11-21T08:09:11.245Z',
    });
  });

  it('carry the bytes of their message, and its own type and encoding', () => {
    const exchange = open([...json, 'Content-Encoding', 'gzip']);
    const asked = captured('asked');
    const request = exchange.request(asked);
    expect(request).toMatchObject({
      kind: 'request',
      contentType: 'application/json; charset=utf-8',
      contentEncoding: 'gzip',
      dataBytes: 5,
    });
    expect(request.data).toBe(asked.data); // no copy
    expect(exchange.response(loggedAnswer(['content-type', 'text/event-stream']), captured('data: 1'))).toMatchObject({
      kind: 'response',
      contentType: 'text/event-stream',
      contentEncoding: null,
      dataBytes: 7,
    });
  });

  it('have one list of fixed attributes for all exchanges of a writer', () => {
    const writer = openWriter();
    const [first, second] = [1, 2].map(() => writer.open(loggedRequest(), arrivedMs).request(captured('')));
    expect(first?.fixed).toBe(second?.fixed);
  });

  it('share a UUID when the client sent no id, and other exchanges have others', () => {
    const [first, second] = [open(), open()];
    expect(first.id).toMatch(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/);
    expect(attributesOf(first.request(captured(''))).id).toBe(first.id);
    expect(attributesOf(first.response(loggedAnswer(), captured(''))).id).toBe(first.id);
    expect(second.id).not.toBe(first.id);
  });

  it('have ids of their own by option, and the exchange in another attribute', () => {
    const exchange = open(json, undefined, { distinctIds: true });
    expect(attributesOf(exchange.request(captured('')))).toMatchObject({
      id: 'order-1-request',
      exchangeid: 'order-1',
    });
    expect(attributesOf(exchange.response(loggedAnswer(), captured('')))).toMatchObject({
      id: 'order-1-response',
      exchangeid: 'order-1',
    });
    const combined = attributesOf(exchange.exchange(captured(''), null, null));
    expect([combined.id, combined.exchangeid]).toEqual(['order-1', undefined]);
  });

  it('carry metadata and what the operator adds', () => {
    const exchange = open(['x-tenant', 'blue'], undefined, {
      metadataHeaders: ['X-Tenant'],
      annotations: { 'team/owner': 'möbel' },
      more: { region: 'eu' },
      namespace: '',
    });
    for (const event of [exchange.request(captured('')), exchange.response(loggedAnswer(), captured(''))]) {
      expect(attributesOf(event)).toMatchObject({
        metadata: '{"X-Tenant":["blue"]}',
        annotations: '{"team/owner":"möbel"}',
        region: 'eu',
        namespace: '',
      });
    }
  });
});

describe('model and path', () => {
  const table = [
    ['/v2/models/m/infer', 'm', '/v2/models/m/infer'],
    ['/v2/models/m/versions/3/infer?key=secret', 'm', '/v2/models/m/versions/3/infer'],
    ['/v1/models/a%20b:predict', 'a b', '/v1/models/a%20b:predict'],
    ['/v1/models/m/labels/stable:predict', 'm', '/v1/models/m/labels/stable:predict'],
    ['/v2/models/mod%C3%A8le/generate', 'modèle', '/v2/models/mod%C3%A8le/generate'],
    ['/v2/models/%C3%83%C2%A8/infer', 'Ã¨', '/v2/models/%C3%83%C2%A8/infer'], // decoded once, not twice
    [Buffer.from('/v2/models/modèle/infer').toString('latin1'), 'modèle', '/v2/models/modèle/infer'],
    ['/v2/models/a%00%0Ab/infer', 'a\ufffd\ufffdb', '/v2/models/a%00%0Ab/infer'],
    ['/v2/models/%zz/infer', '%zz', '/v2/models/%zz/infer'],
    ['/v2/models/stats', undefined, '/v2/models/stats'],
    ['/v1/models/:predict', undefined, '/v1/models/:predict'],
    ['/openai/v1/completions?api-key=secret', undefined, '/openai/v1/completions'],
    [`/${'x'.repeat(5000)}`, undefined, `/${'x'.repeat(1023)}`],
  ] as const;

  it.each(table)('of %s are %s and %s, on both events', (path, model, plainPath) => {
    const exchange = open([], path, { modelAttributes: true });
    for (const event of [exchange.request(captured('')), exchange.response(loggedAnswer(), captured(''))]) {
      const { modelname, path: seen } = attributesOf(event);
      expect([modelname, seen]).toEqual([model, plainPath]);
    }
  });
});

describe("an answer's event", () => {
  it('carries its status only where all answers are logged', () => {
    const answer = loggedAnswer([], { status: 503 });
    const all = openWriter({}, { allResponses: true }).open(loggedRequest(), arrivedMs);
    expect(attributesOf(all.response(answer, captured(''))).statuscode).toBe('503');
    expect(attributesOf(all.request(captured(''))).statuscode).toBeUndefined();
    expect(attributesOf(open().response(answer, captured(''))).statuscode).toBeUndefined();
  });

  it('carries the call that it shared', () => {
    const answer = loggedAnswer([], { batch: { id: 'b-1', requests: 3, rows: 12 } });
    expect(attributesOf(open().response(answer, captured('')))).toMatchObject({
      batchid: 'b-1',
      batchsize: '3',
      batchrows: '12',
    });
  });
});

describe('gRPC', () => {
  const grpc = ['content-type', 'application/grpc', 'grpc-encoding', 'gzip'];

  it('has its path as subject, its messages raw, and its status from the trailers', () => {
    const exchange = open(grpc, '/inference.GRPCInferenceService/ModelInfer');
    const message = Uint8Array.of(1, 0, 0, 0, 2, 8, 1);
    const request = exchange.request(captured(message));
    expect([request.contentType, request.data]).toEqual(['application/grpc+proto', [message]]);
    expect(attributesOf(request)).toMatchObject({
      subject: '/inference.GRPCInferenceService/ModelInfer',
      grpcencoding: 'gzip',
    });
    const trailers = { fields: new FlatHeaderBlock(['grpc-status', '0']) };
    const answer = loggedAnswer(['content-type', 'application/grpc+proto', 'content-length', '9'], { trailers });
    expect(attributesOf(exchange.response(answer, captured(message)))).toMatchObject({
      subject: '/inference.GRPCInferenceService/ModelInfer',
      grpcstatus: '0',
    });
  });

  it('may have its status in the head, or none', () => {
    const onlyHead = loggedAnswer(['content-type', 'application/grpc', 'grpc-status', '5']);
    expect(attributesOf(open(grpc).response(onlyHead, captured(''))).grpcstatus).toBe('5');
    const broken = loggedAnswer(['content-type', 'application/grpc'], { trailers: { fields: null } });
    expect(attributesOf(open(grpc).response(broken, captured('', { broken: true })))).not.toHaveProperty('grpcstatus');
  });
});

it('no operator may take a name that events have', () => {
  const grpc = ['content-type', 'application/grpc', 'grpc-encoding', 'gzip', 'grpc-status', '0'];
  const binary = ['inference-header-content-length', '2'];
  const config = { modelAttributes: true, distinctIds: true, annotations: { team: 'fraud' } };
  const exchange = openWriter(config, { allResponses: true }).open(
    loggedRequest([...grpc, ...binary], '/v2/models/iris/infer'),
    arrivedMs,
  );
  const cut = captured('{}', { totalBytes: 9, broken: true, redacted: 'parts' });
  const answer = loggedAnswer([...grpc, ...binary], { batch: { id: 'b', requests: 2, rows: 3 } });
  const names = [exchange.request(cut), exchange.response(answer, cut)].flatMap((event) =>
    Object.keys(attributesOf(event)),
  );
  expect(names).toEqual(expect.arrayContaining(['datalength', 'exchangeid', 'grpcencoding', 'batchrows', 'subject']));
  expect(names.filter((name) => eventAttributes.read(`${name}=x`) !== undefined)).toEqual([]);
});

it('nothing that is sent in headers or paths makes a writer throw, and all its texts are what CloudEvents allows', () => {
  const names = ['ce-id', 'X-Request-Id', 'content-type', 'content-encoding', 'x-any', 'grpc-status', 'grpc-encoding'];
  const byte = fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code));
  const text = fc.oneof(fc.string({ unit: byte, maxLength: 300 }), fc.constant('application/grpc'), fc.string());
  const field = fc.tuple(fc.constantFrom(...names, 'inference-header-content-length'), text);
  fc.assert(
    fc.property(fc.array(field, { maxLength: 9 }), text, (fields, path) => {
      const config = { metadataHeaders: ['X-Any', 'Content-Type'], modelAttributes: true };
      const exchange = open(fields.flat(), `/v2/models/${path}`, config);
      const events = [
        exchange.request(captured('{}')),
        exchange.response(loggedAnswer(fields.flat()), captured(path)),
        exchange.exchange(captured(path), loggedAnswer(fields.flat()), captured('[1]')),
      ];
      JSON.parse(payloadText(events[2]!));
      for (const event of events) {
        const { metadata, ...rest } = attributesOf(event);
        JSON.parse(metadata as string);
        for (const value of Object.values(rest)) {
          expect(value).toMatch(/^[^\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}]*$/u);
          expect(value.length).toBeLessThanOrEqual(1024);
        }
        expect(rest.id).not.toBe('');
      }
    }),
    { seed, numRuns: 300 },
  );
});
