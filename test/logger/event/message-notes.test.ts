import { describe, expect, it } from 'vitest';
import { FlatHeaderBlock } from '../../../src/http/header-block.ts';
import type { CapturedBody } from '../../../src/logger/event/captured-body.ts';
import { noteAnswer, noteMessage } from '../../../src/logger/event/message-notes.ts';
import { captured, loggedAnswer } from '../../support/logged-exchange.ts';

const note = (headers: readonly string[], body: Partial<CapturedBody> = {}) =>
  noteMessage(new FlatHeaderBlock(headers), captured('12345', body));

describe('the type of a payload', () => {
  it.each([
    [[], null],
    [['content-type', ''], null],
    [['Content-Type', 'application/json'], 'application/json'],
    [['content-type', 'a/b', 'content-type', 'c/d'], 'a/b'],
    [['content-type', 'text/plain; charset=utf-8'], 'text/plain; charset=utf-8'],
    [['content-type', 'application/grpc'], 'application/grpc+proto'],
    [['content-type', 'application/grpc; x=y'], 'application/grpc+proto'],
    [['content-type', 'application/grpc-web+proto'], 'application/grpc-web+proto'],
  ])('of %j is %j', (headers, type) => {
    expect(note(headers).contentType).toBe(type);
  });
});

describe('the encoding of a payload', () => {
  it.each([
    [[], null],
    [['content-encoding', 'gzip'], 'gzip'],
    [['Content-Encoding', 'gzip', 'content-encoding', 'br'], 'gzip, br'],
    [['content-encoding', 'Identity'], null],
    [['content-encoding', ''], null],
  ])('of %j is %j', (headers, coding) => {
    expect(note(headers).contentEncoding).toBe(coding);
  });
});

describe('what is noted', () => {
  const binary = ['Inference-Header-Content-Length', '3'];
  const table: readonly [string, readonly string[], Partial<CapturedBody>, readonly string[]][] = [
    ['a whole message', [], {}, []],
    ['the header length of V2 binary', binary, {}, ['inferenceheadercontentlength', '3']],
    ['no header length that is no number', ['inference-header-content-length', '-3'], {}, []],
    ['no gRPC encoding of other messages', ['grpc-encoding', 'gzip'], {}, []],
    ['a cut payload', [], { totalBytes: 9 }, ['truncated', 'true', 'datalength', '9']],
    ['a broken message', [], { broken: true }, ['incomplete', 'true']],
    [
      'a broken message that was cut',
      [],
      { broken: true, totalBytes: 9 },
      ['truncated', 'true', 'datalength', '9', 'incomplete', 'true'],
    ],
    ['redacted parts', [], { redacted: 'parts' }, ['redacted', 'true']],
  ];

  it.each(table)('of %s', (_what, headers, body, attributes) => {
    expect(note(headers, body).attributes).toEqual(attributes);
  });

  it('of a removed body says only that: what is not there is neither JSON nor gzip nor cut off', () => {
    const headers = ['content-type', 'application/json', 'content-encoding', 'gzip', ...binary];
    const body = captured('', { totalBytes: 9, redacted: 'removed' });
    expect(noteMessage(new FlatHeaderBlock(headers), body)).toEqual({
      contentType: null,
      contentEncoding: null,
      attributes: ['redacted', 'removed'],
    });
  });

  it('of a body that was decoded and made shorter is how it is read now', () => {
    const recoded = { contentEncoding: null, headerLength: '2' };
    expect(note(['content-encoding', 'gzip', ...binary], { redacted: 'parts', recoded })).toMatchObject({
      contentEncoding: null,
      attributes: ['inferenceheadercontentlength', '2', 'redacted', 'true'],
    });
    const clean = { contentEncoding: 'gzip', headerLength: null };
    expect(note([], { recoded: clean })).toMatchObject({ contentEncoding: 'gzip', attributes: [] });
  });

  it('of an answer is by its own head', () => {
    const answer = loggedAnswer(['content-type', 'application/octet-stream', ...binary, 'content-encoding', 'br']);
    expect(noteAnswer(answer, captured('12345'))).toEqual({
      contentType: 'application/octet-stream',
      contentEncoding: 'br',
      attributes: ['inferenceheadercontentlength', '3'],
    });
  });
});
