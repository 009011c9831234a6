import { describe, expect, it } from 'vitest';
import { readable, splitAnswer } from '../../support/merge-texts.ts';
import { seededRandom } from '../../support/random.ts';
import { seed } from '../../support/seed.ts';

/** Members of 1 and 2 rows; y has two elements in a row. */
const json = (data: string, shape = '[3,2]', datatype = 'INT32') =>
  `{"outputs":[{"name":"y","datatype":"${datatype}","shape":${shape},"data":${data}}]}`;
const binary = (size: number, shape = '[3,2]', datatype = 'INT16') =>
  `{"outputs":[{"name":"y","datatype":"${datatype}","shape":${shape},"parameters":{"binary_data_size":${size}}}]}`;
const flat = '[1,2,3,4,5,6]';
const nested = '[[1,2],[3,4],[5,6]]';

interface Output {
  readonly shape: readonly number[];
  readonly data: readonly unknown[];
}

describe('data that does not add up to the rows that were sent is of nobody', () => {
  it('but the same data in order is of everybody', () => {
    for (const right of [json(flat), json(nested)]) expect(splitAnswer({ json: right })).toHaveLength(2);
    expect(splitAnswer({ json: binary(12), blobs: '0102 0304 0506 0708 090a 0b0c' })).toHaveLength(2);
  });

  it.each([
    ['a row too few (61)', json('[1,2,3,4]', '[2,2]')],
    ['a row too many (62)', json('[1,2,3,4,5,6,7,8]', '[4,2]')],
    ['no batch dimension', json('[1,2]', '[1,2]')],
    ['rank 0', json('[1]', '[]')],
    ['a leaf too few', json('[1,2,3,4,5]')],
    ['a leaf too many', json('[1,2,3,4,5,6,7]')],
    ['a nested row too few', json('[[1,2,3],[4,5,6]]')],
    ['a nested row too many', json('[[1,2],[3,4],[5,6],[]]')],
    ['nested rows of unequal lengths', json('[[1],[2,3],[4,5,6]]')],
    ['nested rows beside loose leaves', json('[[1,2,3,4],5,6]')],
    ['everything in one row', json('[[1,2,3,4,5,6]]')],
    ['dimensions beyond every number', json('[]', '[3,9007199254740991,9007199254740991]')],
    ['no data', '{"outputs":[{"name":"y","datatype":"INT32","shape":[3,2]}]}'],
    ['data that is no array', json('1')],
    ['no shape', `{"outputs":[{"name":"y","datatype":"INT32","data":${flat}}]}`],
    ['an error', '{"error":"no"}'],
    ['two outputs of which one is wrong', json(flat).replace(']}', `]},${json(flat, '[2,3]').slice(12)}`)],
  ])('JSON: %s', (_, text) => {
    expect(splitAnswer({ json: text })).toBeNull();
  });

  const six = '0102 0304 0506 0708 090a 0b0c';
  it.each([
    ['a blob that is cut short', binary(12), '0102 0304 0506 0708 090a 0b'],
    ['a byte too many', binary(12), `${six} 0d`],
    ['a size that is not that of the blob', binary(9), '0102 0304 0506 0708 09'],
    ['a size of other elements, though it divides', binary(6), '0102 0304 0506'],
    ['a size that divides by the rows of one', binary(24), `${six} ${six}`],
    ['a row too few', binary(8, '[2,2]'), '0102 0304 0506 0708'],
    ['a datatype of unknown width', binary(12, '[3,2]', 'INT12'), six],
    ['no blob where the header says one', binary(12), undefined],
    ['BYTES of an element too few', binary(20, '[3,2]', 'BYTES'), '00000000'.repeat(5)],
    ['BYTES of an element too many', binary(28, '[3,2]', 'BYTES'), '00000000'.repeat(7)],
    ['BYTES beyond the blob', binary(24, '[3,2]', 'BYTES'), `${'00000000'.repeat(5)}01000000`],
    ['BYTES with a byte left', binary(25, '[3,2]', 'BYTES'), `${'00000000'.repeat(6)}01`],
    ['data and a size', binary(12).replace('"parameters"', `"data":${flat},"parameters"`), six],
    ['two sizes', binary(12).replace('size":12', 'size":12,"binary_data_size":12'), six],
  ])('binary: %s', (_, text, blobs) => {
    expect(splitAnswer({ json: text, blobs })).toBeNull();
  });
});

describe('an answer with a changed byte', () => {
  const whole = json(nested).replace('}]}', '},{"name":"z","datatype":"BYTES","shape":[3],"data":["a","b\\n",""]}]}');
  /** Inner dimensions and values of all outputs, joined in the order of the members, and how many rows everybody has. */
  const joined = (texts: readonly string[]) => {
    const answers = texts.map((text) => (JSON.parse(text) as { outputs: Output[] }).outputs);
    const outputs = (answers[0] as Output[]).map(({ shape }, i) => [
      shape.slice(1),
      answers.flatMap((all) => all[i]?.data ?? []),
    ]);
    return { outputs, rows: answers.map((all) => all.map(({ shape }) => shape[0])) };
  };

  it('is split as it is, or not at all', () => {
    const random = seededRandom(seed);
    const bytes = '[]{},:"\\ 0129-.eanult\x00\xff';
    let [refused, compared] = [0, 0];
    for (let n = 0; n < 4000; n += 1) {
      const at = Math.floor(random() * whole.length);
      const byte = bytes[Math.floor(random() * bytes.length)] as string;
      const gone = Math.floor(random() * 3); // 0: a byte more, 1: another byte, 2: also one less
      const changed = whole.slice(0, at) + byte + whole.slice(at + gone);
      const split = splitAnswer({ json: Buffer.from(changed, 'latin1') }, { ids: [null, null] });
      if (split === null) refused += 1;
      else {
        const members = split.map((member) => readable(member).json);
        if (!parses(changed) || members.join('').includes('\ufffd')) continue;
        compared += 1;
        const { outputs, rows } = joined(members);
        expect([changed, outputs, rows]).toEqual([
          changed,
          joined([changed]).outputs,
          [
            [1, 1],
            [2, 2],
          ],
        ]);
      }
    }
    expect(compared).toBeGreaterThan(200);
    expect(refused).toBeGreaterThan(2000);
  });

  it('at its end, at any length, is not split', () => {
    for (let length = 0; length < whole.length; length += 1) {
      expect([length, splitAnswer({ json: whole.slice(0, length) })]).toEqual([length, null]);
    }
    expect(splitAnswer({ json: `${whole} ` })).toHaveLength(2);
    expect(splitAnswer({ json: `${whole},` })).toBeNull();
  });
});

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false; // a NaN, or an escape that only JSON.parse looks at
  }
}
