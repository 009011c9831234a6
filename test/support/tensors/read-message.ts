// A V2 request or answer read by other means than the agent's, to compare with what it made of it.
import { fieldOf, leavesOf, readWritten, type Written } from './lexemes.ts';
import { type Message, readBlob, type Tensor } from './tensor.ts';

export interface ReadMessage {
  readonly fields: Written;
  readonly tensors: readonly Tensor[];
}

/** Throws when the blobs are not exactly as long as the sizes say. */
export function readMessage({ body, headerBytes }: Message, list: 'inputs' | 'outputs'): ReadMessage {
  const fields = readWritten(body.toString('latin1', 0, headerBytes ?? body.length));
  let at = headerBytes ?? body.length;
  const tensors = (fieldOf(fields, list) as readonly Written[]).map((tensor): Tensor => {
    const text = (key: string) => fieldOf(tensor, key) as string;
    const datatype = text('datatype').slice(1, -1);
    const shape = leavesOf(fieldOf(tensor, 'shape') ?? []).map(Number);
    const about = { name: text('name'), datatype, shape };
    const data = fieldOf(tensor, 'data');
    if (data !== undefined) return { ...about, encoding: 'json', elements: leavesOf(data) };
    const end = at + Number(fieldOf(fieldOf(tensor, 'parameters') ?? {}, 'binary_data_size'));
    const blob = body.subarray(at, end);
    at = end;
    return { ...about, encoding: 'binary', elements: readBlob(datatype, blob) };
  });
  if (at !== body.length) throw new Error(`${body.length - at} bytes behind the last blob`);
  return { fields, tensors };
}
