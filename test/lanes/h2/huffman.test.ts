import { describe, expect, it } from 'vitest';
import { decodedBound, decodeHuffman } from '../../../src/lanes/h2/huffman.ts';
import { canonicalCodes, codeLengths, endOfString } from '../../../src/lanes/h2/huffman-code.ts';
import { fromHex } from '../../support/lanes/decoded-fields.ts';

const codes = canonicalCodes().map((code, symbol) => code.toString(2).padStart(codeLengths[symbol] as number, '0'));

function fromBits(bits: string, padding = '1'): Buffer {
  const whole = bits.padEnd(Math.ceil(bits.length / 8) * 8, padding);
  return Buffer.from((whole.match(/.{8}/g) ?? []).map((octet) => Number.parseInt(octet, 2)));
}

function decode(coded: Uint8Array): Buffer {
  const guarded = Buffer.alloc(coded.length + 20, 0x00);
  guarded.set(coded, 10);
  const target = Buffer.alloc(decodedBound(coded.length) + 10, 0xee);
  const length = decodeHuffman(guarded, 10, 10 + coded.length, target);
  expect(target.subarray(decodedBound(coded.length)).every((byte) => byte === 0xee)).toBe(true);
  return target.subarray(0, length);
}

describe('the Huffman code', () => {
  it('is complete: its codes fill the tree', () => {
    expect(codeLengths).toHaveLength(257);
    expect(codeLengths.reduce((sum, length) => sum + 2 ** -length, 0)).toBe(1);
  });

  it('is that of RFC 7541 appendix B at its corners', () => {
    const known: readonly (readonly [number, string])[] = [
      [0x30, '0'],
      [0x74, '9'],
      [0x20, '14'],
      [0x7e, '1ffd'],
      [0x00, '1ff8'],
      [0x0a, '3ffffffc'],
      [0x16, '3ffffffe'],
      [0x5c, '7fff0'],
      [0xf9, 'ffffffe'],
      [0xff, '3ffffee'],
      [endOfString, '3fffffff'],
    ];
    for (const [symbol, code] of known) expect(canonicalCodes()[symbol]?.toString(16)).toBe(code);
  });
});

describe('a Huffman string', () => {
  it('gives every byte back, alone, behind and in front of every bit offset', () => {
    for (let symbol = 0; symbol < 256; symbol++) {
      for (let before = 0; before < 8; before++) {
        const zeros = '0'.repeat(before); // the code of "0" is five bits
        const bits = `${codes[0x30]?.repeat(before)}${codes[symbol]}${codes[0x30]?.repeat(before)}`;
        expect(decode(fromBits(bits)).toString('latin1')).toBe(`${zeros}${String.fromCharCode(symbol)}${zeros}`);
      }
    }
  });

  it('gives the strings of RFC 7541 appendix C', () => {
    expect(decode(fromHex('f1e3 c2e5 f23a 6ba0 ab90 f4ff')).toString()).toBe('www.example.com');
    expect(decode(fromHex('25a8 49e9 5bb8 e8b4 bf')).toString()).toBe('custom-value');
    expect(decode(fromHex('9bd9 ab')).toString()).toBe('gzip');
  });

  it('may be empty', () => {
    expect(decode(Buffer.alloc(0))).toHaveLength(0);
  });

  it('may end with up to seven bits of padding, and not with eight', () => {
    const lengths = [5, 6, 7, 8, 10, 11, 12, 13].map((bits) => codeLengths.indexOf(bits));
    for (const symbol of lengths) {
      const bits = codes[symbol] as string;
      expect(decode(fromBits(bits))).toEqual(Buffer.from([symbol]));
      expect(() => decode(Buffer.concat([fromBits(bits), Buffer.from([0xff])]))).toThrow('bad Huffman string');
    }
  });

  it('is bad with padding other than ones', () => {
    for (const bits of [`${codes[0x61]}000`, `${codes[0x61]}110`, `${codes[0x61]}011`, '00000000']) {
      expect(() => decode(fromBits(bits))).toThrow('bad Huffman string');
    }
  });

  it('is bad with EOS in it, wherever it stands', () => {
    for (const bits of [codes[endOfString], `${codes[0x61]}${codes[endOfString]}${codes[0x61]}`]) {
      expect(() => decode(fromBits(bits as string))).toThrow('bad Huffman string');
    }
    expect(() => decode(fromHex('ffff ffff fc'))).toThrow('bad Huffman string');
    expect(() => decode(fromHex('ffff ffff'))).toThrow('bad Huffman string');
  });
});
