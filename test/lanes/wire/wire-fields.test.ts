import { expect, it } from 'vitest';
import { FlatHeaderBlock } from '../../../src/http/header-block.ts';
import { WireFields } from '../../../src/lanes/wire/wire-fields.ts';

const flat = ['B', '1', 'a-b', '2: x', 'b', '3', 'Empty', '', '__proto__', '\xe9', '!~^`', 'last'];
const text = 'B: 1\r\na-b: 2: x\r\nb: 3\r\nEmpty: \r\n__proto__: \xe9\r\n!~^`: last\r\n';
const block = new WireFields(Buffer.from(text, 'latin1'));
const flatBlock = new FlatHeaderBlock(flat);

it('gives the first field of a name in any case', () => {
  const names = ['b', 'B', 'A-B', 'a-b', 'EMPTY', '__PROTO__', '!~^`'];
  expect(names.map((name) => block.get(name))).toEqual(['1', '1', '2: x', '2: x', '', '\xe9', 'last']);
});

it('has nothing that was not sent, whatever the name is made of', () => {
  for (const name of ['c', '', 'constructor', 'a b', 'a\0b', 'A_B', 'a\u2010b', '1', ': 1', 'B:']) {
    expect(block.get(name), JSON.stringify(name)).toBeUndefined();
  }
  expect(new WireFields(Buffer.alloc(0)).get('a')).toBeUndefined();
});

it('iterates and writes as the flat block does, as often as asked', () => {
  expect([...block]).toEqual([...flatBlock]);
  expect([...block]).toEqual([...flatBlock]);
  const into = ['x'];
  expect(block.write(into)).toBe(into);
  expect(into).toEqual(['x', ...flat]);
});

it('copies its lines where they are wanted, and nothing around them', () => {
  const target = Buffer.alloc(block.wireBytes + 5, 0x2e);
  expect(block.wireBytes).toBe(flatBlock.wireBytes);
  expect(block.copyTo(target, 3)).toBe(3 + block.wireBytes);
  expect(target.toString('latin1')).toBe(`...${text}..`);
});
