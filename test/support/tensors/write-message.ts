// A V2 request or answer written in any of the ways that clients and runtimes do.
import { type Message, type Style, type Tensor, writeBlob, writeData } from './tensor.ts';

export interface Writing {
  readonly list: 'inputs' | 'outputs';
  /** Fields beside the list, as they are to be written. */
  readonly fields: readonly string[];
  style(): Style;
  /** The same elements in any order. */
  shuffle(values: readonly string[]): string[];
}

export function writeMessage(tensors: readonly Tensor[], { list, fields, style, shuffle }: Writing): Message {
  const object = (texts: readonly string[]) => {
    const { space } = style();
    return `{${space()}${shuffle(texts).join(`${space()},${space()}`)}${space()}}`;
  };
  const blobs = tensors.filter(({ encoding }) => encoding === 'binary').map(writeBlob);
  let blob = 0;
  const texts = tensors.map(({ name, datatype, shape, encoding, elements }) => {
    const data =
      encoding === 'json'
        ? `"data":${writeData({ shape, elements }, style())}`
        : `"parameters":{"binary_data_size":${blobs[blob++]?.length}}`;
    return object([`"name":${name}`, `"datatype":"${datatype}"`, `"shape":[${shape.join()}]`, data]);
  });
  const header = Buffer.from(object([...fields, `"${list}":[${texts.join()}]`]), 'latin1');
  return { body: Buffer.concat([header, ...blobs]), headerBytes: blobs.length === 0 ? null : header.length };
}
