// Are secret tensors zeros after redaction, everything else the same, and the message as decodable as before?
import { describe, expect, it } from 'vitest';
import { redactBinary } from '../../../src/logger/privacy/redact-binary.ts';
import { readInferRequest } from '../../../src/v2/read-infer-request.ts';
import { rulesOf } from '../../support/redaction.ts';

interface Tensor {
  readonly name: string;
  readonly blob: string;
  readonly datatype?: string;
}

const x = { name: 'x', blob: 'xxxxxxxx' };
const y = { name: 'y', blob: 'yyyy' };
const elements = (texts: readonly string[]): string =>
  texts.map((text) => String.fromCharCode(text.length, 0, 0, 0) + text).join('');

function tensorHead({ name, blob, datatype = 'FP32' }: Tensor): object {
  return { name, shape: [blob.length / 4], datatype, parameters: { binary_data_size: blob.length } };
}

function message(tensors: readonly Tensor[], list = 'inputs'): { body: Buffer; headerLength: string } {
  const head = JSON.stringify({ id: 'secret-id', [list]: tensors.map(tensorHead) });
  return withHead(head, tensors.map(({ blob }) => blob).join(''));
}

function withHead(head: string, blobs: string): { body: Buffer; headerLength: string } {
  return { body: Buffer.from(head + blobs, 'latin1'), headerLength: String(head.length) };
}

interface Parts {
  readonly head: string;
  readonly blobs: string;
}

function redact(rules: readonly string[], { body, headerLength }: ReturnType<typeof message>): Parts | string {
  const before = Buffer.from(body);
  const redacted = redactBinary(body, headerLength, rulesOf(rules));
  expect(body.equals(before)).toBe(true); // others have it, too
  if (redacted.kind !== 'redacted') return redacted.kind;
  const text = Buffer.from(redacted.bytes).toString('latin1');
  const headerBytes = Number(redacted.headerLength);
  return { head: text.slice(0, headerBytes), blobs: text.slice(headerBytes) };
}

const zeros = (bytes: number): string => '\0'.repeat(bytes);

describe('the bytes of a secret tensor', () => {
  it.each(['inputs', 'outputs'])('in %s are zeros, those of others as they were', (list) => {
    const sent = message([y, x, { ...y, name: 'z' }], list);
    const head = sent.body.toString('latin1', 0, Number(sent.headerLength));
    expect(redact(['tensor:x'], sent)).toEqual({ head, blobs: `yyyy${zeros(8)}yyyy` });
    expect(redact(['tensor:y', 'tensor:z'], sent)).toEqual({ head, blobs: `${zeros(4)}xxxxxxxx${zeros(4)}` });
  });

  it('of BYTES keep the lengths of their elements, so that it is decoded as before', () => {
    const texts = ['Anna', '', 'Bo'];
    const sent = withHead(
      JSON.stringify({ inputs: [{ name: 'x', shape: [3], datatype: 'BYTES', parameters: { binary_data_size: 18 } }] }),
      elements(texts),
    );
    const redacted = redact(['tensor:x'], sent) as Parts;
    expect(redacted.blobs).toBe(elements([zeros(4), '', zeros(2)]));
    expect(readInferRequest(Buffer.from(redacted.head + redacted.blobs, 'latin1'), sent.headerLength)).toMatchObject({
      inputs: [{ name: 'x' }],
    });
  });

  it.each(['inputs.*.data', 'inputs.0.data.3', 'inputs.*.*', 'inputs.0', 'inputs', '$', 'inputs.0.name inputs.0.data'])(
    'are zeros when paths ask for its data in JSON: %s',
    (rules) => {
      expect(redact(rules.split(' '), message([x]))).toMatchObject({ blobs: zeros(8) });
    },
  );

  it.each(['inputs.1.data', 'inputs.0.name', 'outputs', 'tensor:y', 'data', 'inputs.data'])('stay for %s', (rule) => {
    const redacted = redact([rule], message([x]));
    if (typeof redacted !== 'string') expect(redacted.blobs).toBe('xxxxxxxx');
    else expect(redacted).toBe('clean');
  });
});

describe('the JSON before them', () => {
  it('loses what is at a path, and its new length is told', () => {
    expect(redact(['id'], message([x]))).toEqual({
      head: JSON.stringify({ id: '***', inputs: [tensorHead(x)] }),
      blobs: 'xxxxxxxx',
    });
  });

  it('loses the data of a secret tensor that stands in JSON, among blobs of others', () => {
    const head =
      '{"inputs":[{"name":"a","data":[1]},{"name":"x","parameters":{"binary_data_size":2}},{"name":"b","data":[2]}]}';
    expect(redact(['tensor:a', 'tensor:b'], withHead(head, 'xx'))).toEqual({
      head: head.replaceAll(/\[\d\]/g, '"***"'),
      blobs: 'xx',
    });
  });

  it('may be all there is, and tensors may be empty', () => {
    expect(redact(['tensor:x'], withHead('{"inputs":[]}', ''))).toBe('clean');
    expect(redact(['tensor:x'], message([{ name: 'x', blob: '' }]))).toBe('clean');
    expect(redact(['tensor:x'], withHead('{"inputs":[{"name":"x","parameters":null}]}', ''))).toBe('clean');
  });
});

describe('unreadable is', () => {
  const size = (parameters: string, more = ''): string => `{"inputs":[{"name":"x"${more},"parameters":${parameters}}]}`;
  const sized = '{"binary_data_size":4}';

  it.each([
    ['a blob that is too short', withHead(size(sized), 'xxx')],
    ['a blob that is too long', withHead(size(sized), 'xxxxx')],
    ['a tensor without a size', withHead(size('{}'), 'xxxx')],
    ['a size in quotes', withHead(size('{"binary_data_size":"4"}'), 'xxxx')],
    ['a size of 4.0', withHead(size('{"binary_data_size":4.0}'), 'xxxx')],
    ['a size below zero', withHead(size('{"binary_data_size":-4}'), '')],
    ['a size that comes twice', withHead(size('{"binary_data_size":4,"binary_data_size":4}'), 'xxxx')],
    ['a size of two parameters', withHead(size(sized, `,"parameters":${sized}`), 'xxxx')],
    ['a tensor with two names', withHead(size(sized, ',"name":"y"'), 'xxxx')],
    ['a tensor with two datatypes', withHead(size(sized, ',"datatype":"BYTES","datatype":"FP32"'), 'xxxx')],
    ['two lists of inputs', withHead(`{"inputs":[],${size(sized).slice(1)}`, 'xxxx')],
    ['inputs that are no list first', withHead(`{"inputs":1,${size(sized).slice(1)}`, 'xxxx')],
    ['a header of several documents', withHead(`{}${size(sized)}`, 'xxxx')],
    ['a header of a list', withHead(`[${size(sized)}]`, 'xxxx')],
    ['a header that is no JSON', withHead(`${size(sized)},`, 'xxxx')],
    ['BYTES that end inside an element', withHead(size(sized, ',"datatype":"BYTES"'), '\u0001\0\0\0')],
    ['BYTES that end inside a length', withHead(size(sized, ',"datatype":"BYTES"').replace('4', '3'), '\0\0\0')],
    ['a raw tensor', { ...message([x]), headerLength: '0' }],
    ['a header beyond the body', { ...message([x]), headerLength: '1000' }],
    ['a length that is no number', { ...message([x]), headerLength: '1e2' }],
    ['a length below zero', { ...message([x]), headerLength: '-1' }],
    ['no length', { ...message([x]), headerLength: '' }],
  ])('%s', (_, sent) => {
    expect(redact(['tensor:x'], sent)).toBe('unreadable');
  });
});
