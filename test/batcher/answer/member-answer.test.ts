import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gunzipSync, inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { memberAnswer, sharedFields } from '../../../src/batcher/answer/member-answer.ts';
import { FlatHeaderBlock } from '../../../src/http/header-block.ts';
import { bodyText, fieldsOf, inferMember, predictMember, textResponse } from '../../support/members.ts';

const body = (text: string, headerBytes: number | null = null) => ({
  parts: [Buffer.from(text)],
  bytes: text.length,
  headerBytes,
});

const runtimeFields = `Content-Type,application/json,Content-Length,999,Date,today,ETag,"x",ce-id,1,Ce-RequestId,2,Set-Cookie,a=1,
Set-Cookie,b=2,Content-Encoding,gzip,Content-MD5,m,Digest,d,Content-Digest,cd,Repr-Digest,rd,Content-Range,bytes 0-1/2,
ce-type,t,X-Served-By,gpu-1`;
const note = { id: 'the-batch', requests: 2, rows: 3 };
const response = textResponse('all', 200, runtimeFields.replaceAll('\n', '').split(','));
const kept = [
  'Content-Type: application/json',
  'Date: today',
  'Set-Cookie: a=1',
  'Set-Cookie: b=2',
  'X-Served-By: gpu-1',
];

async function answerFor(member = inferMember(1), of = response, part = body('mine')) {
  return await memberAnswer(member, { response: of, shared: sharedFields(of.headers), body: part, note });
}

describe('an answer of its own', () => {
  it('has the fields of the runtime but those of one body or one request', async () => {
    const answer = await answerFor();
    expect(fieldsOf(answer)).toEqual([...kept, 'Content-Length: 4']);
    expect(bodyText(answer)).toBe('mine');
  });

  it('has the status and the phrase of the runtime, and no trailers', async () => {
    const answer = await answerFor(inferMember(1), { ...response, status: 203, reason: 'So be it' });
    expect(answer).toMatchObject({ status: 203, reason: 'So be it', trailers: null });
  });

  it('of a server that answers in CloudEvents has the id of its own request', async () => {
    const alone = ['ce-id', 'merged', 'ce-type', 't', 'ce-requestid', 'merged'];
    const events = textResponse('all', 200, ['Content-Type', 'application/json', ...alone]);
    const own = inferMember(1, {}, '{"id":"mine","inputs":[{"name":"x","shape":[1],"datatype":"FP32","data":[1]}]}');
    expect(fieldsOf(await answerFor(own, events)).filter((field) => field.startsWith('ce-'))).toEqual([
      'ce-id: mine',
      'ce-type: t',
      'ce-requestid: mine',
    ]);
    for (const id of ['""', '"a\\nb"']) {
      const json = `{"id":${id},"inputs":[{"name":"x","shape":[1],"datatype":"FP32","data":[1]}]}`;
      const without = fieldsOf(await answerFor(inferMember(1, {}, json), events));
      expect(without.filter((field) => field.startsWith('ce-'))).toEqual([]);
    }
  });

  it('leaves what it shares with others as it is', async () => {
    const shared = sharedFields(response.headers);
    for (let count = 0; count < 2; count += 1) {
      await memberAnswer(inferMember(1), { response, shared, body: body('mine', 2), note });
    }
    expect(shared).toEqual(kept.flatMap((field) => field.split(': ')));
  });

  it('says its length also when it is sent piece by piece', async () => {
    const parts = [Buffer.alloc(200_000, 'a'), Buffer.alloc(200_000, 'b')];
    const answer = await answerFor(inferMember(1), response, { parts, bytes: 400_000, headerBytes: null } as never);
    expect(answer.headers.get('content-length')).toBe('400000');
    expect((await buffer(answer.body as Readable)).equals(Buffer.concat(parts))).toBe(true);
  });
});

describe('binary tensors', () => {
  const octets = ['Content-Type', 'application/octet-stream', 'Inference-Header-Content-Length', '7'];
  const binary = textResponse('all', 200, octets);

  it('have the length of the JSON in front', async () => {
    expect(fieldsOf(await answerFor(inferMember(1), binary, body('{}blob', 2)))).toEqual([
      'Content-Type: application/octet-stream',
      'Inference-Header-Content-Length: 2',
      'Content-Length: 6',
    ]);
  });

  it('that are all empty make the answer plain JSON, as Triton’s is', async () => {
    expect(fieldsOf(await answerFor(inferMember(1), binary, body('{}')))).toEqual([
      'Content-Type: application/json',
      'Content-Length: 2',
    ]);
  });
});

describe('a coded answer', () => {
  const accepting = (coding: string) => ({ headers: ['Accept-Encoding', coding] });

  it.each([
    ['gzip', gunzipSync],
    ['deflate', inflateSync],
  ] as const)('in %s is what its client accepts', async (coding, decode) => {
    const answer = await answerFor(inferMember(1, accepting(coding)));
    expect(fieldsOf(answer)).toEqual([...kept, `Content-Encoding: ${coding}`]);
    expect(decode(answer.body as Uint8Array).toString()).toBe('mine');
  });

  it('is for V2 only', async () => {
    const member = predictMember('{"instances":[1]}', accepting('gzip'));
    expect(bodyText(await answerFor(member))).toBe('mine');
  });
});

it('sharedFields leaves out what else it is told to, in any case', () => {
  expect(sharedFields(new FlatHeaderBlock(['X-A', '1', 'CONTENT-TYPE', 'a/b', 'Etag', 'x']), ['content-type'])).toEqual(
    ['X-A', '1'],
  );
});
