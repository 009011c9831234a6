// Tensors whose elements are texts: the lexeme of a JSON leaf, or the bytes of a binary element; and how either is written.

export interface Tensor {
  /** Raw text of a JSON string. */
  readonly name: string;
  readonly datatype: string;
  /** [rows, ...inner] */
  readonly shape: readonly number[];
  readonly encoding: 'json' | 'binary';
  /** In row-major order; a character for each byte. */
  readonly elements: readonly string[];
}

export const widths: Readonly<Record<string, number>> = { INT8: 1, BOOL: 1, FP16: 2, BF16: 2, FP32: 4, INT64: 8 };

export interface Style {
  /** One array for each row and each inner dimension, or all leaves in one. */
  readonly nested: boolean;
  /** Stands between tokens. */
  space(): string;
}

export function writeData({ shape, elements }: Pick<Tensor, 'shape' | 'elements'>, { nested, space }: Style): string {
  const list = (values: readonly string[]) => `[${space()}${values.join(`${space()},${space()}`)}${space()}]`;
  const level = (dimensions: readonly number[], values: readonly string[]): string => {
    const [count = 0, ...inner] = dimensions;
    if (inner.length === 0) return list(values);
    const size = values.length / count;
    return list(Array.from({ length: count }, (_, i) => level(inner, values.slice(i * size, (i + 1) * size))));
  };
  return nested ? level(shape, elements) : list(elements);
}

export function writeBlob({ datatype, elements }: Pick<Tensor, 'datatype' | 'elements'>): Buffer {
  return Buffer.concat(
    elements.map((element) => {
      const bytes = Buffer.from(element, 'latin1');
      if (datatype !== 'BYTES') return bytes;
      const prefix = Buffer.alloc(4);
      prefix.writeUInt32LE(bytes.length);
      return Buffer.concat([prefix, bytes]);
    }),
  );
}

export function readBlob(datatype: string, blob: Buffer): string[] {
  const elements: string[] = [];
  for (let at = 0; at < blob.length; ) {
    const start = datatype === 'BYTES' ? at + 4 : at;
    const end = start + (datatype === 'BYTES' ? blob.readUInt32LE(at) : (widths[datatype] as number));
    elements.push(blob.toString('latin1', start, end));
    at = end;
  }
  return elements;
}

/** JSON first, then the blobs of those that are binary. */
export interface Message {
  readonly body: Buffer;
  /** Null: says nothing of a header. */
  readonly headerBytes: number | null;
}
