import { expect, it } from 'vitest';
import { HeldBytes } from '../../../src/lanes/client/held-bytes.ts';

const text = (held: HeldBytes) => held.bytes.toString('latin1', held.start, held.end);

it('keeps copies, in the order in which they came', () => {
  const held = new HeldBytes();
  const read = Buffer.from('..abc..');
  held.add(read, 2, 5);
  read.fill('x');
  held.add(Buffer.from('def'), 0, 3);
  expect(text(held)).toBe('abcdef');
});

it('goes on within what is held without copying, and is empty behind its end', () => {
  const held = new HeldBytes();
  held.keep(Buffer.from('abcdef'), 0, 6);
  const { bytes } = held;
  held.keep(bytes, 4, 6);
  expect(held.bytes).toBe(bytes);
  expect(text(held)).toBe('ef');
  held.keep(bytes, 6, 6);
  expect(held.length).toBe(0);
});
