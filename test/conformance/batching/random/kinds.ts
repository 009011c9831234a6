// Kinds of requests: those of one kind may share a call, so a round of few kinds has many that do.
import { infer, predict, type Sent } from '../sent.ts';
import { below, chance, many, pick, type Random, shuffled } from './dice.ts';
import { binaryDatatypes, blank, type InputKind, jsonDatatypes, randomInput } from './tensors.ts';

/** Makes one request of its kind, of so many rows. */
export type Kind = (random: Random, rows: number) => Sent;

/** `tag` keeps the kind apart from those of other rounds, in which the runtime behaves otherwise: what was learned of them is theirs. */
export function randomKind(random: Random, tag: string): Kind {
  const make = pick(random, [jsonKind, jsonKind, mixedKind, mixedKind, sumKind, sumKind, v1Kind, v1Kind, oddKind]);
  return make(random, tag);
}

const ids = ['', '', '', '"id":"a",', '"id":"",', '"id":"é\\"{",', '"id": "b" , ', '"id":"\\u0041",'];

function inputsOf(random: Random, encodings: readonly InputKind['encoding'][]): InputKind[] {
  return many(1 + below(random, 3), (at) => {
    const encoding = pick(random, encodings);
    const datatype = pick(random, encoding === 'json' ? jsonDatatypes : binaryDatatypes);
    const inner = pick(random, [[], [1], [2], [2, 2], [3]]);
    return { name: pick(random, ['x', 'é', 'a b', 'k']) + at, datatype, inner, encoding };
  });
}

interface InferKind {
  readonly model: string;
  readonly inputs: readonly InputKind[];
  /** With its comma in front; `` for none. */
  readonly outputs: string;
  readonly parameters: string;
}

function inferKind({ model, inputs, outputs, parameters }: InferKind): Kind {
  return (random, rows) => {
    const written = inputs.map((kind) => randomInput(random, kind, rows));
    const ordered = chance(random, 0.2) ? shuffled(random, written) : written;
    const list = ordered.map(({ text }) => text).join(`${blank(random)},`);
    const json = `{${pick(random, ids)}"parameters":${parameters},"inputs":[${list}]${outputs}}${blank(random)}`;
    const blobs = ordered.flatMap(({ bytes }) => bytes ?? []);
    if (blobs.length === 0 && chance(random, 0.9)) return infer(json, { model });
    return infer(json, { model, blob: Buffer.concat(blobs) });
  };
}

function jsonKind(random: Random, tag: string): Kind {
  const inputs = inputsOf(random, ['json']);
  const output = pick(random, ['', '', ',"binary_data_output":true', ',"binary_data_output":false']);
  return inferKind({ model: 'echo', inputs, outputs: '', parameters: `{"tag":"${tag}"${output}}` });
}

/** Bytes and JSON in, bytes and JSON out. */
function mixedKind(random: Random, tag: string): Kind {
  const inputs = inputsOf(random, ['binary', 'binary', 'json']);
  const all = chance(random, 0.5);
  const listed = inputs.map(({ name, datatype, encoding }) => {
    // What the oracle cannot write as JSON is asked for as bytes.
    const binary = encoding === 'binary' && !['FP32', 'BYTES', 'INT64', 'BOOL'].includes(datatype);
    return `{"name":"o_${name}","parameters":{"binary_data":${binary || chance(random, 0.5)}}}`;
  });
  const outputs = all ? '' : `,"outputs":[${shuffled(random, listed)}]`;
  return inferKind({ model: 'echo', inputs, outputs, parameters: `{"tag":"${tag}","binary_data_output":${all}}` });
}

function sumKind(random: Random, tag: string): Kind {
  const inputs = [{ name: 'x', datatype: 'FP32', inner: [2], encoding: pick(random, ['json', 'binary'] as const) }];
  const outputs = pick(random, [
    '',
    ',"outputs":[]',
    ',"outputs":[{"name":"p"},{"name":"y"}]',
    ',"outputs":[{"name":"y"}]',
  ]);
  return inferKind({ model: pick(random, ['m', 'm2']), inputs, outputs, parameters: `{"tag":"${tag}"}` });
}

const instances: readonly string[] = [
  '[1,2]',
  '[9007199254740993]',
  '{"b64":"aGk="}',
  '[[1],[2]]',
  ' 3 ',
  '-0.0',
  '1e400',
  '"]}"',
  '{"x":[1,{"y":"\\"}"}]}',
  'null',
  '[]',
];

function v1Kind(random: Random, tag: string): Kind {
  const model = pick(random, ['m', 'echo']);
  const [before, behind] = pick(random, [
    [`"signature_name":"${tag}",`, ''],
    ['', `,"signature_name":"${tag}"`],
    [`"key":{"tag":"${tag}","instances":[1]} , `, ' , "more" : [ 1 ] '],
  ]) as [string, string];
  // The model of sums adds up numbers only: NaN is not what JSON can say.
  const served = model === 'echo' ? instances : ['[1,2]', '[[1],[2]]', ' 3 ', '-7', '[0.5 , 0.25]', '[]'];
  return (r, rows) => {
    const list = many(rows, () => (chance(r, 0.01) ? '[666]' : pick(r, served)));
    return predict(`{${before}"instances":${blank(r)}[${list.join(`${blank(r)},`)}]${behind}}`, model);
  };
}

/** What passes alone, or is refused by the runtime. */
function oddKind(random: Random, tag: string): Kind {
  const parameters = `"parameters":{"tag":"${tag}"`;
  const x = (rows: number): string =>
    `{"name":"x","shape":[${rows},1],"datatype":"INT32","data":[${many(rows, () => 1)}]}`;
  return pick<Kind>(random, [
    (_, rows) => infer(`{${parameters}},"inputs":[${x(rows)},${x(rows)}]}`),
    (_, rows) => infer(`{${parameters}},"inputs":[${x(rows)},${x(rows + 1).replace('"x"', '"z"')}]}`),
    (_, rows) => infer(`{${parameters}},"inputs":[${x(rows)}`),
    (_, rows) => infer(`{${parameters},"sequence_id":1},"inputs":[${x(rows)}]}`),
    (_, rows) =>
      infer(`{${parameters}},"inputs":[${x(rows)}]}`, { headers: { 'Inference-Header-Content-Length': '7' } }),
    (_, rows) => infer(`{${parameters}},"inputs":[${x(rows)}],"outputs":[{"name":"none"}]}`),
    (_, rows) => infer(`{${parameters}},"inputs":[${x(rows)}]}`, { headers: { 'Content-Encoding': 'br' } }),
    (_, rows) => predict(`{"signature_name":"${tag}","inputs":[${rows}]}`),
    (_, rows) => predict(`{"signature_name":"${tag}","instances":[${many(rows, () => '1')}]}`, 'unknown'),
    (_, rows) => infer(`{${parameters}},"inputs":[${x(rows)}]}`, { model: 'unknown' }),
    () => infer(`{${parameters}},"inputs":[{"name":"x","shape":[0,2],"datatype":"INT32","data":[]}]}`),
    () => infer(''),
  ]);
}
