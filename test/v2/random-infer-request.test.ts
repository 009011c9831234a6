// Requests made at random: read back as they were made, and refused for the right reason when one thing about them is wrong.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { byteWidth } from '../../src/v2/datatypes.ts';
import type { InferRequest } from '../../src/v2/infer-request.ts';
import { readInferRequest } from '../../src/v2/read-infer-request.ts';
import type { Unmergeable } from '../../src/v2/unmergeable.ts';
import { seed } from '../support/seed.ts';

interface Tensor {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
  /** The shape that it claims, when that is a lie. */
  readonly claim?: readonly number[];
  /** One text per element, as JSON. */
  readonly leaves: readonly string[];
  readonly binary: boolean;
}

interface Request {
  readonly id: string | undefined;
  readonly tensors: readonly Tensor[];
  readonly outputs: readonly string[];
  readonly blank: string;
}

const datatypes = ['BOOL', 'UINT8', 'INT16', 'INT64', 'FP16', 'BF16', 'FP32', 'FP64', 'BYTES'] as const;
const names = fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', 'x', 'é"[],\\'));

function tensors(rows: number): fc.Arbitrary<Tensor> {
  const shaped = fc.record({
    name: names,
    datatype: fc.constantFrom(...datatypes),
    inner: fc.array(fc.nat(3), { maxLength: 3 }),
    binary: fc.boolean(),
  });
  return shaped.chain(({ name, datatype, inner, binary }) => {
    const shape = [rows, ...inner];
    const count = productOf(shape);
    const leaf = datatype === 'BYTES' ? fc.string().map((text) => JSON.stringify(text)) : numberTexts;
    const leaves = fc.array(leaf, { minLength: count, maxLength: count });
    const blob = binary || datatype === 'FP16' || datatype === 'BF16';
    return leaves.map((texts) => ({ name, datatype, shape, leaves: texts, binary: blob }));
  });
}

const numberTexts = fc.oneof(
  fc.double().map(String),
  fc.constantFrom('9007199254740993', '-0.0', '1e-45', '1E+400', 'true'),
);

const requests: fc.Arbitrary<Request> = fc.integer({ min: 1, max: 4 }).chain((rows) =>
  fc.record({
    id: fc.option(fc.string({ minLength: 1 }), { nil: undefined }),
    tensors: fc.uniqueArray(tensors(rows), { minLength: 1, maxLength: 4, selector: ({ name }) => name }),
    outputs: fc.uniqueArray(names, { maxLength: 3 }),
    blank: fc.constantFrom('', ' ', '\n  ', '\r\n\t'),
  }),
);

function productOf(shape: readonly number[]): number {
  return shape.reduce((product, dimension) => product * dimension, 1);
}

function blobOf({ datatype, leaves }: Tensor): Buffer {
  const width = byteWidth(datatype);
  if (width !== 'variable') return Buffer.alloc(leaves.length * width!, 7);
  return Buffer.concat(
    leaves.flatMap((leaf) => {
      const element = Buffer.from(JSON.parse(leaf) as string);
      const length = Buffer.alloc(4);
      length.writeUInt32LE(element.length);
      return [length, element];
    }),
  );
}

/** Data nested as its shape says. */
function nest(leaves: readonly string[], shape: readonly number[], blank: string): string {
  const [size = 0, ...inner] = shape;
  if (inner.length === 0 || leaves.length !== productOf(shape)) return `[${leaves.join(`,${blank}`)}]`;
  const each = productOf(inner);
  const parts = Array.from({ length: size }, (_, i) => nest(leaves.slice(i * each, (i + 1) * each), inner, blank));
  return `[${blank}${parts.join(`${blank},${blank}`)}${blank}]`;
}

function writeTensor(tensor: Tensor, blank: string): string {
  const { name, datatype, shape, claim = shape, leaves, binary } = tensor;
  const data = binary
    ? `"parameters":{"binary_data_size":${blobOf(tensor).length}}`
    : `"data":${blank}${nest(leaves, shape, blank)}`;
  return `{"name":${JSON.stringify(name)},${blank}"shape":${JSON.stringify(claim)},"datatype":"${datatype}",${data}}`;
}

interface Sent {
  readonly body: Buffer;
  readonly headerLength: string | undefined;
}

function write({ id, tensors: inputs, outputs, blank }: Request, extraBlob = Buffer.alloc(0)): Sent {
  const fields = [
    ...(id === undefined ? [] : [`"id":${JSON.stringify(id)}`]),
    `"inputs":[${inputs.map((tensor) => writeTensor(tensor, blank)).join(`,${blank}`)}]`,
    `"outputs":[${outputs.map((name) => `{"name":${JSON.stringify(name)}}`).join(',')}]`,
  ];
  const header = Buffer.from(`{${blank}${fields.join(`,${blank}`)}}${blank}`);
  const blobs = inputs.filter(({ binary }) => binary).map(blobOf);
  const headerLength = inputs.some(({ binary }) => binary) ? String(header.length) : undefined;
  return { body: Buffer.concat([header, ...blobs, extraBlob]), headerLength };
}

const read = ({ body, headerLength }: Sent): InferRequest | Unmergeable => readInferRequest(body, headerLength);

it('a whole request is read back as it was made', () => {
  const property = fc.property(requests, (request) => {
    const { body, headerLength } = write(request);
    const result = readInferRequest(body, headerLength) as InferRequest;
    const asSent = (raw: string): unknown => JSON.parse(Buffer.from(raw, 'latin1').toString());
    expect(result.id === null ? undefined : asSent(result.id)).toBe(request.id);
    expect(result.rows).toBe(request.tensors[0]?.shape[0]);
    expect(result.outputs?.map(({ name }) => name) ?? []).toEqual(request.outputs);
    expect(result.inputs.map(({ name, datatype, shape }) => ({ name, datatype, shape }))).toEqual(
      request.tensors.map(({ name, datatype, shape }) => ({ name, datatype, shape })),
    );
    for (const [i, { data, name, rawName }] of result.inputs.entries()) {
      const tensor = request.tensors[i]!;
      expect(asSent(rawName)).toBe(name);
      if (data.encoding === 'binary') expect(body.subarray(data.start, data.end)).toEqual(blobOf(tensor));
      else {
        const { start, end } = data.array;
        expect(body.subarray(start, end).toString()).toBe(nest(tensor.leaves, tensor.shape, request.blank));
      }
    }
  });
  fc.assert(property, { seed, numRuns: 500 });
});

/** What may be wrong with the tensor of that index, and the reason that must be given. */
const faults: readonly (readonly [string, Unmergeable, (tensor: Tensor) => Tensor])[] = [
  ['one element too many', 'data_size', (tensor) => ({ ...tensor, leaves: [...tensor.leaves, '""'] })],
  ['no rows', 'shape', (tensor) => ({ ...tensor, claim: [0, ...tensor.shape.slice(1)] })],
  ['no rank', 'shape', (tensor) => ({ ...tensor, claim: [] })],
  ['a negative dimension', 'shape', (tensor) => ({ ...tensor, claim: [...tensor.shape, -1] })],
  ['half a row', 'shape', (tensor) => ({ ...tensor, claim: [1.5, ...tensor.shape] })],
  ['an unheard-of size', 'shape', (tensor) => ({ ...tensor, claim: [2 ** 53 - 1, 2 ** 53 - 1] })],
  ['half floats as JSON', 'datatype', (tensor) => ({ ...tensor, datatype: 'FP16', binary: false })],
];

it.each(faults)('%s is refused as %s', (_what, reason, spoil) => {
  const property = fc.property(requests, fc.nat(), (request, n) => {
    const index = n % request.tensors.length;
    const spoilt = request.tensors.map((tensor, i) => (i === index ? spoil(tensor) : tensor));
    expect(read(write({ ...request, tensors: spoilt }))).toBe(reason);
  });
  fc.assert(property, { seed, numRuns: 100 });
});

it('other rows in one of several inputs are refused as unequal', () => {
  const property = fc.property(requests, ({ tensors: inputs, ...request }) => {
    const rows = inputs[0]!.shape[0]! + 1;
    const leaves = Array.from({ length: rows }, () => '""');
    const odd: Tensor = { name: '\0 odd', datatype: 'BYTES', shape: [rows], leaves, binary: true };
    expect(read(write({ ...request, tensors: [...inputs, odd] }))).toBe('unequal_rows');
  });
  fc.assert(property, { seed, numRuns: 100 });
});

it('a name twice and bytes left over are refused', () => {
  const property = fc.property(requests, (request) => {
    const [first] = request.tensors;
    expect(read(write({ ...request, tensors: [...request.tensors, first!] }))).toBe('duplicate_key');
    const { body, headerLength } = write(request, Buffer.alloc(1));
    expect(readInferRequest(body, headerLength ?? String(body.length - 1))).toBe('data_size');
  });
  fc.assert(property, { seed, numRuns: 100 });
});

it('cut off anywhere, a request is refused', () => {
  const property = fc.property(requests, fc.nat(), (request, n) => {
    const { body, headerLength } = write({ ...request, blank: '' });
    const cut = body.subarray(0, n % body.length);
    expect(readInferRequest(cut, headerLength)).toBeTypeOf('string');
  });
  fc.assert(property, { seed, numRuns: 300 });
});
