// Blobs of BYTES: elements behind their lengths, cut by counts of elements.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { cutBytesTensor } from '../../src/v2/bytes-tensor.ts';
import { seed } from '../support/seed.ts';

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));

it.each([
  ['one element', '01000000 61', [1], [5]],
  ['an empty element', '00000000', [1], [4]],
  ['groups of unlike lengths', '05000000 68656c6c6f 00000000 01000000 78', [1, 2], [9, 18]],
  ['groups of none', '00000000', [0, 1, 0], [0, 4, 4]],
  ['no blob for no elements', '', [0], [0]],
])('%s: cut behind the last element of each group', (_what, hex, counts, ends) => {
  expect(cutBytesTensor(bytes(hex), counts)).toEqual(ends);
});

it.each([
  ['a length beyond the blob', '64000000 616263', [1]],
  ['a length above 2^31', 'ffffffff 616263', [1]],
  ['a length that leads backwards when read as signed', '04000000 04000000 f8ffffff', [3]],
  ['half a length', '010000', [1]],
  ['fewer elements than asked for', '00000000', [2]],
  ['more elements than asked for', '00000000 00000000', [1]],
  ['a byte left over', '00000000 00', [1]],
  ['more elements than there can be', '00000000', [Number.MAX_SAFE_INTEGER]],
])('%s: does not fit', (_what, hex, counts) => {
  expect(cutBytesTensor(bytes(hex), counts)).toBeNull();
});

it('ends each group where its elements end, whatever they hold', () => {
  const groups = fc.array(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 5 }), { maxLength: 5 });
  const property = fc.property(groups, (given) => {
    const prefixed = given.map((group) =>
      Buffer.concat(
        group.flatMap((element) => {
          const length = Buffer.alloc(4);
          length.writeUInt32LE(element.length);
          return [length, element];
        }),
      ),
    );
    let end = 0;
    const ends = prefixed.map((group) => (end += group.length));
    const counts = given.map((group) => group.length);
    const blob = Buffer.concat(prefixed);
    expect(cutBytesTensor(blob, counts)).toEqual(ends);
    expect(cutBytesTensor(Buffer.concat([blob, Buffer.alloc(1)]), counts)).toBeNull();
  });
  fc.assert(property, { seed, numRuns: 200 });
});
