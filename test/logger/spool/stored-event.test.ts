import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StoredEvents } from '../../../src/logger/spool/stored-event.ts';
import { anyLogEvent, logEvent } from '../../support/log-events.ts';
import { seed } from '../../support/seed.ts';

const stored = new StoredEvents();
const sample = stored.write(logEvent({ attributes: ['id', 'é\ud800"', 'metadata', '{}'] }));

/** With a checksum that fits, whatever the rest says. */
function forged(change: (bytes: Buffer) => void): Uint8Array {
  const bytes = Buffer.from(sample);
  change(bytes);
  bytes.writeUInt32LE(crc32(bytes.subarray(5)), 1);
  return bytes;
}

describe('a stored event', () => {
  it('comes back as it was, its payload in one piece', () => {
    fc.assert(
      fc.property(anyLogEvent, (event) => {
        const read = stored.read(stored.write(event));
        const whole = Buffer.concat(event.data);
        expect(read).toEqual({ ...event, data: event.dataBytes === 0 ? [] : [whole] });
        expect(Buffer.from(stored.write(read!))).toEqual(Buffer.from(stored.write(event)));
      }),
      { seed, numRuns: 300 },
    );
  });

  it('has memory of its own, for a worker to take', () => {
    expect(sample.buffer.byteLength).toBe(sample.byteLength);
  });

  it('is read wherever its bytes stand', () => {
    const row = Buffer.concat([Buffer.alloc(3), sample, Buffer.alloc(5)]);
    expect(stored.read(row.subarray(3, 3 + sample.length))).toEqual(stored.read(sample));
  });

  it('shares what it has in common with others', () => {
    const [first, second] = [stored.read(sample), stored.read(Buffer.from(sample))];
    expect(second?.fixed).toBe(first?.fixed);
    const other = logEvent({ fixed: ['specversion', '1.0', 'type', 't', 'source', '/other'] });
    expect(stored.read(stored.write(other))?.fixed).toEqual(other.fixed);
  });

  it('is still read right when there are more kinds of it than are shared', () => {
    for (let n = 0; n < 600; n += 1) {
      const event = logEvent({ fixed: ['specversion', '1.0', 'source', `/${n}`] });
      expect(stored.read(stored.write(event))?.fixed).toEqual(event.fixed);
    }
  });
});

describe('what is no whole event', () => {
  it('is null when cut at any byte, or longer by one', () => {
    for (let length = 0; length < sample.length; length += 1) {
      expect(stored.read(sample.subarray(0, length))).toBeNull();
    }
    expect(stored.read(Buffer.concat([sample, Buffer.alloc(1)]))).toBeNull();
  });

  it('is null when any one bit of it is another', () => {
    for (let bit = 0; bit < sample.length * 8; bit += 1) {
      const flipped = Buffer.from(sample);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      expect(stored.read(flipped), `bit ${bit}`).toBeNull();
    }
  });

  it('is null when it is anything else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(stored.read(bytes)).toBeNull();
        expect(stored.read(Buffer.concat([sample.subarray(0, 5), bytes]))).toBeNull();
      }),
      { seed, numRuns: 500 },
    );
  });

  it('is null when its checksum fits and its text does not', () => {
    const fixedAt = 17;
    const ownAt = fixedAt + Buffer.from(sample).readUInt32LE(5);
    expect(stored.read(forged(() => undefined))).not.toBeNull();
    expect(stored.read(forged((bytes) => bytes.write('{', fixedAt)))).toBeNull();
    expect(stored.read(forged((bytes) => bytes.write('[1', fixedAt)))).toBeNull();
    expect(stored.read(forged((bytes) => bytes.write('["answer"', ownAt)))).toBeNull();
    expect(stored.read(forged((bytes) => bytes.write('x', ownAt)))).toBeNull();
  });

  it('of a later version is left alone', () => {
    expect(stored.read(forged((bytes) => bytes.writeUInt8(2, 0)))).toBeNull();
  });
});
