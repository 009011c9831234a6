import { describe, expect, it } from 'vitest';
import { assemble } from '../../../src/batcher/merge/assembled-body.ts';
import { blockOf } from '../../support/merge-texts.ts';

const large = (byte: number) => new Uint8Array(10_000).fill(byte);
const bytes = (...values: number[]) => Uint8Array.from(values);

describe('an assembled body', () => {
  it('says how long its JSON is only when blobs are behind it', () => {
    expect(assemble(['{"é"}'], null)).toMatchObject({ bytes: 5, headerBytes: null });
    expect(assemble(['{', '}'], [bytes(1, 2, 3)])).toMatchObject({ bytes: 5, headerBytes: 2 });
    expect(assemble(['{}'], [])).toMatchObject({ bytes: 2, headerBytes: 2 });
  });

  it('writes a character of text as one byte, and bytes as they are', () => {
    const body = assemble(['a\xff', bytes(0, 0xfe), 'é', bytes(), '', bytes(7)], [bytes(8)]);
    expect(blockOf(body)).toEqual(Buffer.from([0x61, 0xff, 0, 0xfe, 0xe9, 7, 8]));
    expect(body.parts).toHaveLength(1);
  });

  it('joins small neighbours and leaves large pieces where they are', () => {
    const [one, two] = [large(1), large(2)];
    const body = assemble(['[', one, ',', ' ', two, ']'], [bytes(3), one]);
    expect(body.parts.map((part) => part.length)).toEqual([1, 10_000, 2, 10_000, 2, 10_000]);
    expect(
      [body.parts[1], body.parts[3], body.parts[5]].map((part) => [one, two].indexOf(part as Uint8Array<ArrayBuffer>)),
    ).toEqual([0, 1, 0]);
    expect(blockOf(body)).toEqual(Buffer.concat([bytes(0x5b), one, bytes(0x2c, 0x20), two, bytes(0x5d, 3), one]));
  });
});
