// When is a model tried again, and which failures does nobody have to wait for?
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ErrorCode, OutriggerError } from '../../../src/errors.ts';
import { afterFailure, type Setback } from '../../../src/puller/model/setback.ts';

const clock = { nowMs: 5_000, random: 0, retry: { firstMs: 1_000, maxMs: 60_000 } };

function failures(count: number, error: unknown, random = 0): Setback[] {
  const all: Setback[] = [];
  for (let nth = 0; nth < count; nth += 1) all.push(afterFailure(all.at(-1) ?? null, error, { ...clock, random }));
  return all;
}

describe('a setback', () => {
  it('waits twice as long each time, up to the longest wait', () => {
    const waits = failures(9, new Error('x')).map(({ nextTryAtMs }) => nextTryAtMs - clock.nowMs);
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]);
  });

  it('is shortened by chance by up to half, and never passes over its bounds', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2_000 }), fc.double({ min: 0, max: 1, noNaN: true }), (count, random) => {
        const { nextTryAtMs } = failures(count, new Error('x'), random).at(-1)!;
        expect(nextTryAtMs - clock.nowMs).toBeGreaterThanOrEqual(500);
        expect(nextTryAtMs - clock.nowMs).toBeLessThanOrEqual(60_000);
      }),
      { numRuns: 30 },
    );
    expect(failures(1, new Error('x'), 1)[0]!.nextTryAtMs - clock.nowMs).toBe(500);
  });

  it('counts its attempts, and says why', () => {
    const [first, second] = failures(2, new OutriggerError('MODEL_LOAD_FAILED', 'no GPU'));
    expect(first).toMatchObject({ attempts: 1, code: 'MODEL_LOAD_FAILED', reason: 'no GPU', permanent: false });
    expect(second?.attempts).toBe(2);
    expect(failures(1, 'a text')[0]).toMatchObject({ code: 'INTERNAL', reason: 'a text', permanent: false });
  });

  it('of a runtime that nobody listens at is no attempt of the model; one that breaks off is', () => {
    const away = (code: string) => {
      const cause = Object.assign(new Error(code), { code });
      return new OutriggerError('UPSTREAM_UNREACHABLE', 'away', { cause });
    };
    expect(failures(7, away('ECONNREFUSED')).at(-1)?.attempts).toBe(0);
    expect(failures(7, away('ECONNRESET')).at(-1)?.attempts).toBe(7);
    expect(failures(7, new OutriggerError('UPSTREAM_UNREACHABLE', 'away')).at(-1)?.attempts).toBe(7);
  });

  it.each<[ErrorCode, boolean]>([
    ['STORE_DENIED', true],
    ['MODEL_NOT_FOUND', true],
    ['MODEL_URI_INVALID', true],
    ['MODEL_SPEC_INVALID', true],
    ['ARCHIVE_INVALID', true],
    ['UNSAFE_PATH', true],
    ['ADDRESS_REFUSED', true],
    ['MODEL_LOAD_FAILED', false],
    ['UPSTREAM_TIMEOUT', false],
    ['UPSTREAM_UNREACHABLE', false],
    ['DISK_FULL', false],
    ['INTERNAL', false],
  ])('of %s is permanent: %s', (code, permanent) => {
    expect(failures(1, new OutriggerError(code, 'x'))[0]?.permanent).toBe(permanent);
  });
});
