import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { AnswerDress } from '../../../src/batcher/answer/answer-dress.ts';
import { FlatHeaderBlock } from '../../../src/http/header-block.ts';
import { batchOf, bodyText, fieldsOf, inferMember, predictMember, textResponse } from '../../support/members.ts';

const predictions = '{"predictions":[1]}';
const lone = () => predictMember('{"instances":[1]}');

async function dressed(member: ReturnType<typeof lone>, response: Parameters<AnswerDress['give']>[1]['response']) {
  new AnswerDress({ header: false, response: 'kserve' }).give(member, { response, batch: batchOf([member]) });
  return await member.response;
}

describe('without anything asked for', () => {
  it('the answer is the very one that was given', async () => {
    const member = inferMember(1);
    const response = textResponse('{}');
    new AnswerDress({ header: false, response: 'runtime' }).give(member, { response, batch: batchOf([member]) });
    expect(await member.response).toBe(response);
  });

  it('an answer that fails on its way is the member’s failure', async () => {
    const member = inferMember(1);
    const response = Promise.reject(new Error('zlib'));
    new AnswerDress({ header: false, response: 'runtime' }).give(member, { response, batch: batchOf([member]) });
    await expect(member.response).rejects.toThrow('zlib');
  });
});

describe('--batcher-header', () => {
  const dress = new AnswerDress({ header: true, response: 'runtime' });

  it('tells rows, requests and milliseconds of waiting, behind the runtime’s fields', async () => {
    const members = [7, 1, 1, 1, 2].map((rows) => inferMember(rows, { arrivedMs: 1000 }));
    const [member] = members as [ReturnType<typeof lone>];
    const response = textResponse('{}', 200, ['X', '1', 'X', '2']);
    dress.give(member, { response, batch: batchOf(members, { sentMs: 1001.84 }) });
    expect(fieldsOf(await member.response)).toEqual([
      'X: 1',
      'X: 2',
      'Outrigger-Batch: rows=12;requests=5;wait-ms=1.8',
    ]);
    expect(fieldsOf(response)).toEqual(['X: 1', 'X: 2']);
  });

  it('is there for who travelled alone, for failures and for streams, and keeps all else', async () => {
    const member = inferMember(1, { arrivedMs: 5 });
    const body = Readable.from([Buffer.from('abc')]);
    const response = { status: 503, reason: 'No', headers: new FlatHeaderBlock([]), body, trailers: { fields: null } };
    dress.give(member, { response, batch: batchOf([member], { sentMs: 5 }) });
    const answer = await member.response;
    expect(answer).toEqual({ ...response, headers: answer.headers });
    expect(answer.headers.get('outrigger-batch')).toBe('rows=1;requests=1;wait-ms=0.0');
  });
});

describe('--batcher-response kserve', () => {
  it('gives V1 answers the fields of KServe, and fields that fit the new body', async () => {
    const fields = ['Content-Length', '19', 'Content-Type', 'application/json', 'ETag', 'x', 'X-Kept', '1'];
    const answer = await dressed(lone(), textResponse(predictions, 200, fields));
    expect(bodyText(answer)).toMatch(/^\{"message":"","batchId":"[0-9a-f-]{36}","predictions":\[1\]\}$/);
    expect(fieldsOf(answer)).toEqual(['X-Kept: 1', 'Content-Type: application/json']);
  });

  it('keeps the status of a failure', async () => {
    const answer = await dressed(lone(), textResponse('boom', 500));
    expect(answer.status).toBe(500);
    expect(bodyText(answer)).toBe('{"message":"boom","batchId":"","predictions":null}');
  });

  it('reads a coded answer, failures too', async () => {
    const coded = (body: string, status: number) => ({
      ...textResponse('', status, ['Content-Encoding', 'gzip']),
      body: gzipSync(body),
    });
    expect(bodyText(await dressed(lone(), coded(predictions, 200)))).toContain('"predictions":[1]');
    expect(bodyText(await dressed(lone(), coded('boom', 500)))).toContain('"message":"boom"');
  });

  it('leaves an answer in another coding whole, as it came', async () => {
    const body = brotliCompressSync(predictions);
    const headers = new FlatHeaderBlock(['Content-Encoding', 'br']);
    const stream = Readable.from([body], { objectMode: false });
    const answer = await dressed(lone(), { status: 200, headers, body: stream, trailers: null });
    expect(answer.body).toEqual(body);
    expect(fieldsOf(answer)).toEqual(['Content-Encoding: br']);
  });

  it('leaves an answer that is too large to be held a stream, as it came', async () => {
    const headers = new FlatHeaderBlock(['Content-Length', String(600 * 2 ** 20)]);
    const body = Readable.from([Buffer.from(predictions)], { objectMode: false });
    const answer = await dressed(lone(), { status: 200, headers, body, trailers: null });
    expect(await text(answer.body as Readable)).toBe(predictions);
  });

  it('is the member’s failure when the answer breaks off', async () => {
    const body = new Readable({ read: () => undefined });
    body.destroy(new Error('reset'));
    body.on('error', () => undefined);
    const response = { status: 200, headers: new FlatHeaderBlock([]), body, trailers: null };
    await expect(dressed(lone(), response)).rejects.toMatchObject({ code: 'UPSTREAM_UNREACHABLE' });
  });

  it('leaves V2 alone', async () => {
    const response = textResponse('{}');
    expect(await dressed(inferMember(1), response)).toBe(response);
  });
});
