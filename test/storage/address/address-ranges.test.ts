import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rangeOf } from '../../../src/storage/address/address-ranges.ts';
import { readIpAddress } from '../../../src/storage/address/ip-address.ts';
import { seed } from '../../support/seed.ts';
import { spellings } from './address-spellings.ts';

const rows = Object.entries(spellings).flatMap(([range, hosts]) => hosts.map((host) => [host, range] as const));

it('there are at least sixty spellings, each another', () => {
  expect(new Set(rows.map(([host]) => host)).size).toBe(rows.length);
  expect(rows.length).toBeGreaterThanOrEqual(60);
});

it.each(rows)('%s is %s', (host, range) => {
  const address = readIpAddress(host);
  expect(address && rangeOf(address)).toBe(range);
});

describe('any IPv4 address', () => {
  const octet = fc.nat(255);
  const ipv4 = fc.tuple(
    fc.constantFrom(10, 127, 169, 192, 8, 52, 168, 100, 224),
    fc.oneof(octet, fc.constant(254)),
    octet,
    octet,
  );

  it('is in one range, in whatever spelling', () => {
    fc.assert(
      fc.property(ipv4, (bytes) => {
        const [a, b, c, d] = bytes;
        const number = ((a * 256 + b) * 256 + c) * 256 + d;
        const others = [
          `${number}`,
          `0x${number.toString(16)}`,
          bytes.map((byte) => `0${byte.toString(8)}`).join('.'),
          bytes.map((byte) => `0x${byte.toString(16)}`).join('.'),
          `${a}.${b * 65_536 + c * 256 + d}`,
          `::ffff:${bytes.join('.')}`,
          `64:ff9b::${bytes.join('.')}`,
          `[::ffff:${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}]`,
        ];
        const range = rangeIn(bytes.join('.'));
        for (const other of others) expect([other, rangeIn(other)]).toEqual([other, range]);
      }),
      { seed, numRuns: 300 },
    );
  });

  it('that is not public makes no public address by standing in another', () => {
    fc.assert(
      fc.property(ipv4, (bytes) => {
        const text = bytes.join('.');
        const [high, low] = [bytes[0] * 256 + bytes[1], bytes[2] * 256 + bytes[3]].map((word) => word.toString(16));
        const range = rangeIn(text);
        for (const other of [`2002:${high}:${low}::1`, `2001:0:${high}:${low}::1`, `::${text}`, `64:ff9b:1::${text}`]) {
          expect(rangeIn(other)).not.toBe('public');
          if (range === 'guarded') expect([other, rangeIn(other)]).toEqual([other, 'guarded']);
        }
      }),
      { seed, numRuns: 300 },
    );
  });
});

function rangeIn(host: string): string | null {
  const address = readIpAddress(host);
  return address && rangeOf(address);
}
