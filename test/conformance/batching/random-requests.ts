// Random inference requests of all kinds, mergeable and not, most of them like many others: what the fuzz test sends.
import { deflateSync, gzipSync } from 'node:zlib';
import { infer, input, predict, type Sent } from './sent.ts';

export type Random = () => number;

export const below = (random: Random, bound: number): number => Math.floor(random() * bound);

function pick<Item>(random: Random, items: readonly Item[]): Item {
  return items[below(random, items.length)] as Item;
}

const many = <Item>(count: number, make: (at: number) => Item): Item[] =>
  Array.from({ length: count }, (_, at) => make(at));

const numbers: Readonly<Record<string, readonly string[]>> = {
  FP32: ['1', '1.0', '-0.0', '1e-45', '0.10000000149011612', 'NaN', '-Infinity', '3E+2', '1e400'],
  INT64: ['9007199254740993', '-9223372036854775808', '9223372036854775807', '0', '1.5'],
  UINT8: ['300', '255', '0'],
  BOOL: ['true', 'false', '1'],
  BYTES: ['"a"', '"é"', '""', '"q\\"[],\\\\"', '"\\u0000"', '"\\ud83d\\ude00"', '"日本"', '"\\ud83d"'],
};

/** Faulty lexemes stand last in each list, and are rare. */
function lexeme(random: Random, datatype: string): string {
  const list = numbers[datatype] as readonly string[];
  const faulty = datatype !== 'UINT8';
  return faulty && random() < 0.01 ? (list.at(-1) as string) : pick(random, faulty ? list.slice(0, -1) : list);
}

const blank = (random: Random): string => pick(random, ['', '', '', ' ', '\n  ', '\t']);

/** [rows, inner] flat, nested, or with white space wherever it may stand. */
function data(random: Random, rows: number, leaves: readonly string[]): string {
  const each = leaves.length / rows;
  const space = blank(random);
  if (random() < 0.5) return `[${leaves.join(`${space},${space}`)}]`;
  return `[${many(rows, (row) => `${space}[${leaves.slice(row * each, (row + 1) * each).join(`,${space}`)}]`)}${space}]`;
}

const id = (random: Random): string => pick(random, ['', '', '"id":"a",', '"id":"",', '"id":"é\\"{",', '"id": "b" , ']);

function sum(random: Random): Sent {
  const rows = 1 + below(random, 3);
  const leaves = many(rows * 2, () => (random() < 0.01 ? '666' : String(below(random, 1000))));
  const outputs = pick(random, [
    '',
    '',
    ',"outputs":[]',
    ',"outputs":[{"name":"y"},{"name":"p"}]',
    ',"outputs":[{"name":"p"},{"name":"y"}]',
  ]);
  return infer(`{${id(random)}"inputs":[${input('x', 'FP32', [rows, 2], data(random, rows, leaves))}]${outputs}}`, {
    model: 'm',
  });
}

function echo(random: Random): Sent {
  const [rows, inner] = [1 + below(random, 3), 1 + below(random, 2)];
  const datatype = pick(random, Object.keys(numbers));
  const leaves = many(rows * inner, () => lexeme(random, datatype));
  return infer(`{${id(random)}"inputs":[${input('k', datatype, [rows, inner], data(random, rows, leaves))}]}`);
}

function randomBytes(random: Random, datatype: string, count: number): Buffer {
  const bytes = (length: number): Buffer => Buffer.from(many(length, () => below(random, 256)));
  if (datatype !== 'BYTES') return bytes(count * (datatype === 'FP16' ? 2 : 4));
  return Buffer.concat(
    many(count, () => {
      const text = bytes(below(random, 5));
      const length = Buffer.alloc(4);
      length.writeUInt32LE(text.length);
      return Buffer.concat([length, text]);
    }),
  );
}

/** Two inputs in either order; now and then a byte too few. */
function binary(random: Random): Sent {
  const rows = 1 + below(random, 3);
  const tensors = ['BYTES', pick(random, ['FP16', 'INT32'])].map((datatype) => {
    const bytes = randomBytes(random, datatype, rows * 2);
    const described = `{"name":"${datatype}","shape":[${rows},2],"datatype":"${datatype}","parameters":{"binary_data_size":${bytes.length}}}`;
    return { described, bytes };
  });
  if (random() < 0.5) tensors.reverse();
  const blob = Buffer.concat(tensors.map(({ bytes }) => bytes));
  const header = `{${id(random)}"parameters":{"binary_data_output":true},"inputs":[${tensors.map(({ described }) => described)}]}`;
  return infer(header, { blob: random() < 0.02 ? blob.subarray(0, -1) : blob });
}

function v1(random: Random): Sent {
  const instances = many(1 + below(random, 3), () =>
    pick(random, [
      '[1,2]',
      '[9007199254740993]',
      '{"b64":"aGk="}',
      '[[1],[2]]',
      ' 3 ',
      '-0.0',
      random() < 0.1 ? '666' : '7',
    ]),
  );
  return predict(
    `{${pick(random, ['', '"signature_name":"s",'])}"instances":${blank(random)}[${instances}]}`,
    pick(random, ['m', 'echo']),
  );
}

/** What passes alone, or is refused by the runtime. */
function odd(random: Random): Sent {
  const x = input('x', 'FP32', [1, 2], '[1,2]');
  return pick(random, [
    infer(`{"inputs":[${x},${x}]}`),
    infer(`{"inputs":[${input('x', 'FP32', [0, 2], '[]')}]}`),
    infer(`{"inputs":[${input('x', 'FP32', [9, 1], '[1,2,3,4,5,6,7,8,9]')}]}`),
    infer(`{"inputs":[${input('x', 'FP32', [1, 2], '[1,2,3]')}]}`),
    infer(`{"inputs":[${input('x', 'FP32', [], '[1]')}]}`),
    infer(`{"k":1,"inputs":[${x}]}`),
    infer('{"inputs":['),
    infer(`{"parameters":{"sequence_id":1},"inputs":[${x}]}`),
    infer(`{"inputs":[${x}]}`, { headers: { 'Inference-Header-Content-Length': '7' } }),
    infer(`{"inputs":[${x}]}`, { model: 'unknown' }),
    predict('{"inputs":[1]}'),
  ]);
}

function coded(random: Random, sent: Sent): Sent {
  const coding = pick(random, [null, null, null, null, null, 'gzip', 'deflate'] as const);
  const accept = random() < 0.1 ? { 'Accept-Encoding': 'gzip' } : {};
  if (coding === null) return { ...sent, headers: { ...sent.headers, ...accept } };
  const encode = coding === 'gzip' ? gzipSync : deflateSync;
  return { ...sent, headers: { ...sent.headers, ...accept, 'Content-Encoding': coding }, body: encode(sent.body) };
}

export function randomRequest(random: Random): Sent {
  const make = pick(random, [sum, sum, sum, echo, echo, binary, binary, v1, odd]);
  return coded(random, make(random));
}
