import { describe, expect, it } from 'vitest';
import { HpackInput } from '../../../src/lanes/h2/hpack-input.ts';
import { fromHex } from '../../support/lanes/decoded-fields.ts';

function inputOf(hex: string): HpackInput {
  const bytes = fromHex(hex);
  const guarded = Buffer.concat([Buffer.from([0x55]), bytes, Buffer.from([0x00, 0x00, 0x00])]); // would end any number
  const input = new HpackInput();
  input.open(guarded, 1, 1 + bytes.length);
  return input;
}

function integer(hex: string, mask: number): number {
  const input = inputOf(hex);
  const value = input.integer(input.octet(), mask);
  expect(input.atEnd).toBe(true);
  return value;
}

function text(hex: string): string {
  const input = inputOf(hex);
  input.string();
  expect(input.stringLength).toBe(input.text().length);
  return input.text();
}

describe('an HPACK integer', () => {
  it('is read as in RFC 7541 C.1', () => {
    expect(integer('ea', 0x1f)).toBe(10);
    expect(integer('1f9a0a', 0x1f)).toBe(1337);
    expect(integer('2a', 0xff)).toBe(42);
  });

  it('may fill its prefix, or all of 32 bits', () => {
    expect(integer('7f00', 0x7f)).toBe(127);
    expect(integer('ff80ffffff0f', 0x7f)).toBe(2 ** 32 - 1);
    expect(integer('0f80808000', 0x0f)).toBe(15); // longer than need be, and legal
  });

  it('is refused beyond 32 bits, and with more octets than these need', () => {
    for (const hex of ['ff81ffffff0f', 'ffffffffff7f', 'ffffffffffff01', 'ff808080808000', 'ff8080808080808080']) {
      expect(() => integer(hex, 0x7f)).toThrow('an integer too large');
    }
  });

  it('is refused when it does not end in its block', () => {
    for (const hex of ['ff', 'ff80', 'ff8080']) expect(() => integer(hex, 0x7f)).toThrow('ends within a field');
  });
});

describe('an HPACK string', () => {
  it('is plain or Huffman', () => {
    expect(text('0a 6375 7374 6f6d 2d6b 6579')).toBe('custom-key');
    expect(text('88 25a8 49e9 5ba9 7d7f')).toBe('custom-key');
    expect(text('00')).toBe('');
    expect(text('80')).toBe('');
  });

  it('is one character a byte', () => {
    expect(text('03 ff00e9')).toBe('\u00ff\u0000\u00e9');
  });

  it('is refused when its block is shorter, even by far', () => {
    for (const hex of ['', '01', '03 6162', '83 25a8', '7f80ffffff0f 61']) {
      expect(() => text(hex)).toThrow(/longer than its block|ends within a field/);
    }
  });

  it('is whole when it is longer than any before it', () => {
    const input = inputOf(`85 ${'00'.repeat(5)} fd ${'00'.repeat(125)} 85 ${'00'.repeat(5)}`);
    for (const length of [8, 200, 8]) {
      input.string();
      expect(input.text()).toBe('0'.repeat(length));
    }
    expect(input.atEnd).toBe(true);
  });
});
