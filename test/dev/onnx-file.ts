// Small real ONNX models for tests, written byte by byte: each input goes to an output of its own, unchanged.

/** TensorProto.DataType of onnx.proto. */
export const ONNX_TYPES = {
  FP32: 1,
  UINT8: 2,
  INT8: 3,
  UINT16: 4,
  INT16: 5,
  INT32: 6,
  INT64: 7,
  BYTES: 8,
  BOOL: 9,
  FP16: 10,
  FP64: 11,
  UINT32: 12,
  UINT64: 13,
} as const;

export interface IdentityInput {
  readonly name: string;
  readonly datatype: keyof typeof ONNX_TYPES;
  /** -1: open. */
  readonly shape: readonly number[];
}

/** The output of input `a` is `out_a`. */
export function identityModel(inputs: readonly IdentityInput[]): Buffer {
  const nodes = inputs.map(({ name }) => message(1, [text(1, name), text(2, `out_${name}`), text(4, 'Identity')]));
  const graph = [
    ...nodes,
    text(2, 'identity'),
    ...inputs.map((input) => valueInfo(11, input.name, input)),
    ...inputs.map((input) => valueInfo(12, `out_${input.name}`, input)),
  ];
  const opset = message(8, [text(1, ''), integer(2, 17)]);
  return Buffer.concat([integer(1, 8), message(7, graph), opset]); // ModelProto: ir_version, graph, opset_import
}

/** out = a + b, both FP32 [-1, -1]: it fails on sizes that cannot be broadcast. */
export function addModel(): Buffer {
  const open = { datatype: 'FP32', shape: [-1, -1] } as const;
  const node = message(1, [text(1, 'a'), text(1, 'b'), text(2, 'out'), text(4, 'Add')]);
  const values = ['a', 'b'].map((name) => valueInfo(11, name, { name, ...open }));
  const graph = [node, text(2, 'add'), ...values, valueInfo(12, 'out', { name: 'out', ...open })];
  return Buffer.concat([integer(1, 8), message(7, graph), message(8, [text(1, ''), integer(2, 17)])]);
}

/** A model whose only output is a sequence: the protocol has no datatype for it. */
export function sequenceModel(): Buffer {
  const input: IdentityInput = { name: 'x', datatype: 'FP32', shape: [-1] };
  const tensorType = message(1, [integer(1, ONNX_TYPES.FP32), message(2, [message(1, [text(2, 'N')])])]);
  const sequence = message(12, [text(1, 'out'), message(2, [message(4, [message(1, [tensorType])])])]);
  const node = message(1, [text(1, 'x'), text(2, 'out'), text(4, 'SequenceConstruct')]);
  const graph = [node, text(2, 'sequence'), valueInfo(11, 'x', input), sequence];
  return Buffer.concat([integer(1, 8), message(7, graph), message(8, [text(1, ''), integer(2, 17)])]);
}

function valueInfo(field: number, name: string, { datatype, shape }: IdentityInput): Buffer {
  const dims = shape.map((size, axis) => message(1, [size < 0 ? text(2, `${name}_${axis}`) : integer(1, size)]));
  const tensorType = message(1, [integer(1, ONNX_TYPES[datatype]), message(2, dims)]);
  return message(field, [text(1, name), message(2, [tensorType])]);
}

function text(field: number, value: string): Buffer {
  return message(field, [Buffer.from(value)]);
}

function message(field: number, parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([varint(field * 8 + 2), varint(body.length), body]);
}

function integer(field: number, value: number): Buffer {
  return Buffer.concat([varint(field * 8), varint(value)]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 0x80) return Buffer.from([...bytes, rest]);
    bytes.push((rest & 0x7f) | 0x80);
  }
}
