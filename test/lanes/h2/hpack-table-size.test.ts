import { describe, expect, it } from 'vitest';
import { DecodedFields, fromHex } from '../../support/lanes/decoded-fields.ts';

const fooBar = '4003 666f 6f03 6261 72'; // kept: 38 bytes

function peerWithFooBar(): DecodedFields {
  const peer = new DecodedFields();
  peer.decode(fromHex(fooBar));
  return peer;
}

describe('a table size', () => {
  it('empties the table when it is 0, and fields come back to it later', () => {
    const peer = peerWithFooBar();
    expect(peer.decode(fromHex('20 82'))).toEqual([':method: GET']);
    expect(peer.decoder.table).toMatchObject({ bytes: 0, count: 0, maxBytes: 0 });
    expect(peer.decode(fromHex(`3fe11f ${fooBar} be`))).toEqual(['foo: bar', 'foo: bar']);
  });

  it('may come twice at the beginning of a block, and never behind a field', () => {
    expect(peerWithFooBar().decode(fromHex('20 3fe11f'))).toEqual([]);
    expect(() => peerWithFooBar().decode(fromHex('82 20'))).toThrow('behind the beginning');
  });

  it('is refused over the limit: 4,096 bytes until another was set', () => {
    expect(() => new DecodedFields().decode(fromHex('3fe21f'))).toThrow('a table of 4097 bytes');
    const peer = new DecodedFields();
    peer.decoder.setTableLimit(65_536);
    peer.decode(fromHex('3fe1ff03'));
    expect(peer.decoder.table.maxBytes).toBe(65_536);
  });

  it('stays as it is when the limit rises', () => {
    const peer = peerWithFooBar();
    peer.decoder.setTableLimit(65_536);
    expect(peer.decode(fromHex('be'))).toEqual(['foo: bar']);
    expect(peer.decoder.table.maxBytes).toBe(4096);
  });

  it('has to follow a limit that fell below it, in the very next block', () => {
    const peer = peerWithFooBar();
    peer.decoder.setTableLimit(64);
    expect(peer.decode(fromHex('3f21 be'))).toEqual(['foo: bar']);
    for (const block of ['82', '', '3f22 82', '3fe11f']) {
      const late = peerWithFooBar();
      late.decoder.setTableLimit(64);
      expect(() => late.decode(fromHex(block))).toThrow(/not followed|a table of/);
    }
  });

  it('has to go by the lowest of several limits first', () => {
    const limits = (peer: DecodedFields): DecodedFields => {
      peer.decoder.setTableLimit(0);
      peer.decoder.setTableLimit(4096);
      return peer;
    };
    expect(() => limits(peerWithFooBar()).decode(fromHex('be'))).toThrow('not followed');
    expect(() => limits(peerWithFooBar()).decode(fromHex('3fe11f be'))).toThrow('not followed');
    const peer = limits(peerWithFooBar());
    peer.decode(fromHex('20 3fe11f'));
    expect(peer.decoder.table).toMatchObject({ count: 0, maxBytes: 4096 });
    expect(peer.decode(fromHex(`${fooBar} be`))).toHaveLength(2);
  });

  it('need not follow a limit that it is below already', () => {
    const peer = new DecodedFields();
    peer.decode(fromHex('3f01'));
    peer.decoder.setTableLimit(64);
    expect(peer.decode(fromHex('82'))).toEqual([':method: GET']);
    expect(() => peer.decode(fromHex('3f22'))).toThrow('a table of 65 bytes');
  });
});

describe('a repeated block', () => {
  const repeats = (peer: DecodedFields, block: string): boolean => {
    const bytes = fromHex(block);
    return peer.decoder.repeats(Buffer.concat([Buffer.from([1]), bytes]), 1, 1 + bytes.length);
  };

  it('is the same bytes as the block before it', () => {
    const peer = peerWithFooBar();
    peer.decode(fromHex('82 be'));
    expect(repeats(peer, '82 be')).toBe(true);
    for (const other of ['82 bf', '82', '82 be 82', '']) expect(repeats(peer, other)).toBe(false);
    peer.decode(fromHex('83'));
    expect(repeats(peer, '82 be')).toBe(false);
  });

  it('is none when the table has changed, by the block itself too', () => {
    const peer = peerWithFooBar();
    expect(repeats(peer, fooBar)).toBe(false);
    peer.decode(fromHex('be'));
    expect(repeats(peer, 'be')).toBe(true);
    peer.decode(fromHex('4003 666f 6f03 626f 6f'));
    expect(repeats(peer, 'be')).toBe(false);
    expect(peer.decode(fromHex('be'))).toEqual(['foo: boo']);
  });

  it('is none when the block says a table size, or owes one', () => {
    const peer = peerWithFooBar();
    peer.decode(fromHex('3fe11f 82'));
    expect(repeats(peer, '3fe11f 82')).toBe(false);
    peer.decode(fromHex('82'));
    peer.decoder.setTableLimit(64);
    expect(repeats(peer, '82')).toBe(false);
  });

  it('is not looked for in blocks over a kilobyte', () => {
    const peer = new DecodedFields();
    peer.decode(fromHex('82'.repeat(1024)));
    expect(repeats(peer, '82'.repeat(1024))).toBe(true);
    peer.decode(fromHex('82'.repeat(1025)));
    expect(repeats(peer, '82'.repeat(1025))).toBe(false);
    expect(repeats(peer, '82'.repeat(1024))).toBe(false); // it is not the last one any more
  });
});
