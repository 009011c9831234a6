// Any requests of one kind, merged, answered by a runtime that gives back what it got, and split: everybody has their own again.
import { expect, it } from 'vitest';
import type { AssembledBody } from '../../../src/batcher/merge/assembled-body.ts';
import { mergeInfer } from '../../../src/batcher/merge/merge-infer.ts';
import { splitInfer } from '../../../src/batcher/merge/split-infer.ts';
import { readInferAnswer } from '../../../src/v2/infer-answer.ts';
import { readInferRequest } from '../../../src/v2/read-infer-request.ts';
import { blockOf } from '../../support/merge-texts.ts';
import { seededRandom } from '../../support/random.ts';
import { seed } from '../../support/seed.ts';
import { fieldOf } from '../../support/tensors/lexemes.ts';
import { readMessage } from '../../support/tensors/read-message.ts';
import { type Message, type Style, type Tensor, widths } from '../../support/tensors/tensor.ts';
import { writeMessage } from '../../support/tensors/write-message.ts';

const random = seededRandom(seed);
const below = (limit: number) => Math.floor(random() * limit);
const some = <Value>(values: readonly Value[]) => values[below(values.length)] as Value;
const many = <Value>(count: number, make: (i: number) => Value) => Array.from({ length: count }, (_, i) => make(i));
const shuffle = <Value>(values: readonly Value[]) =>
  values
    .map((value) => [random(), value] as const)
    .sort(([a], [b]) => a - b)
    .map(([, value]) => value);

function style(): Style {
  const spaces = some([[''], [''], ['', ' ', '\n', '\t \r\n']]);
  return { nested: random() < 0.5, space: () => some(spaces) };
}

const latin1 = (text: string) => Buffer.from(text).toString('latin1');
const names = ['"x"', '"__proto__"', '"a\\"]},"', '"constructor"', '"\\u0061\\/"', latin1('"é😀"')];
const ids = [null, '"a"', '"b"', latin1('"é"'), '"\\"}"'];
const lexemes: Readonly<Record<string, readonly string[]>> = {
  INT64: ['9007199254740993', '-9223372036854775808', '0', '-1'],
  INT8: ['0', '-128', '300'],
  BOOL: ['true', 'false'],
  FP32: ['1.0', '-0.0', '1e-45', 'NaN', '-Infinity', '0.10000000149011612'],
  BYTES: ['""', '"a,b"', '"]["', '"\\"],"', '"\\\\"', '"\\u0000"', latin1('"日本"')],
};

function randomElement(datatype: string, encoding: 'json' | 'binary'): string {
  if (encoding === 'json') return some(lexemes[datatype] as readonly string[]);
  const width = datatype === 'BYTES' ? below(6) : (widths[datatype] as number);
  return String.fromCharCode(...many(width, () => below(256)));
}

/** The inputs of each member: names, datatypes and inner dimensions alike, everything else its own. */
function randomMembers(): Tensor[][] {
  const kinds = shuffle(names)
    .slice(0, 1 + below(3))
    .map((name) => {
      const encoding = some(['json', 'binary'] as const);
      const datatype = some(encoding === 'json' ? Object.keys(lexemes) : [...Object.keys(widths), 'BYTES']);
      return { name, encoding, datatype, inner: many(below(3), () => (below(20) === 0 ? 0 : 1 + below(3))) };
    });
  return many(1 + below(6), () => {
    const rows = below(200) === 0 ? 400 : 1 + below(4);
    return shuffle(kinds).map(({ inner, ...kind }) => {
      const shape = [rows, ...inner];
      const elements = many(
        shape.reduce((product, n) => product * n),
        () => randomElement(kind.datatype, kind.encoding),
      );
      return { ...kind, shape, elements };
    });
  });
}

/** The same element in another encoding: an element of BYTES that says it. */
function inOtherWords(tensor: Tensor): Tensor {
  if (random() < 0.6) return tensor;
  return tensor.encoding === 'binary'
    ? { ...tensor, datatype: 'BYTES', encoding: 'json', elements: tensor.elements.map((text) => JSON.stringify(text)) }
    : { ...tensor, datatype: 'BYTES', encoding: 'binary' };
}

type IdHabit = 'echoes' | 'omits' | 'invents';

function echo(request: Message, habit: IdHabit): Message {
  const { fields, tensors } = readMessage(request, 'inputs');
  const id = habit === 'echoes' ? fieldOf(fields, 'id') : habit === 'invents' ? '"made up"' : undefined;
  const others = ['"model_name":"m"', '"parameters":{"k":"[1,2]"}', ...(id === undefined ? [] : [`"id":${id}`])];
  return writeMessage(shuffle(tensors.map(inOtherWords)), { list: 'outputs', fields: others, style, shuffle });
}

function messageOf(body: AssembledBody): Message {
  return { body: blockOf(body), headerBytes: body.headerBytes };
}

/** What a member got, in the words of its own request, its inputs in the order of the request. */
function received(answer: Message, sent: readonly Tensor[]): Tensor[] {
  const { tensors } = readMessage(answer, 'outputs');
  expect(tensors).toHaveLength(sent.length);
  return sent.map((own) => {
    const found = tensors.find(({ name }) => name === own.name);
    if (found === undefined || found.encoding === own.encoding) return found as Tensor;
    const said = found.encoding === 'json' ? found.elements.map((text) => JSON.parse(text) as string) : found.elements;
    return { ...own, shape: found.shape, elements: said };
  });
}

const lengthOf = ({ headerBytes }: Message) => (headerBytes === null ? undefined : String(headerBytes));

it('everybody gets their own tensors back, byte for byte, and their own id', () => {
  for (let n = 0; n < 1500; n += 1) {
    const members = randomMembers();
    const own = members.map(() => some(ids));
    const requests = members.map((tensors, i) => {
      const fields = own[i] === null ? [] : [`"id":${own[i]}`];
      const message = writeMessage(tensors, { list: 'inputs', fields, style, shuffle });
      const request = readInferRequest(message.body, lengthOf(message));
      if (typeof request === 'string') throw new Error(`${request}: ${message.body.toString('latin1')}`);
      return request;
    });
    const sentId = some([null, '"ours"']);
    const habit = some(['echoes', 'omits', 'invents'] as const);
    const reply = echo(messageOf(mergeInfer(requests, sentId)), habit);
    const answer = readInferAnswer(reply.body, lengthOf(reply));
    if (answer === null) throw new Error(`not read: ${reply.body.toString('latin1')}`);
    const rows = requests.map((request) => request.rows);
    const requestedOutputs = some([null, requests[0]?.inputs.map(({ name }) => name) ?? null]);
    let fresh = 0;
    const newId = () => `fresh-${fresh++}`;
    const split = splitInfer({ answer, rows, ids: own, sentId, requestedOutputs, newId });
    if (split === null) throw new Error(`not split: ${reply.body.toString('latin1')}`);
    const answers = split.map(messageOf);
    answers.forEach((message, i) => {
      const sent = members[i] as Tensor[];
      expect(received(message, sent), `case ${n}, member ${i}`).toEqual(sent);
    });
    let invented = 0;
    expect(
      answers.map((message) => fieldOf(readMessage(message, 'outputs').fields, 'id')),
      `case ${n}`,
    ).toEqual(own.map((id) => id ?? (habit === 'invents' ? `"fresh-${invented++}"` : undefined)));
  }
}, 60_000);
