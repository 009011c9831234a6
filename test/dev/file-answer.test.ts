import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Conditions, planFileAnswer } from '../../src/dev/file-answer.ts';
import { seed } from '../support/seed.ts';

const changedMs = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
const changed = 'Fri, 02 Jan 2026 03:04:05 GMT';
const before = 'Fri, 02 Jan 2026 03:04:04 GMT';
const file = { bytes: 10, version: 'abc', changedMs };
const none: Conditions = { range: null, ifRange: null, ifMatch: null, ifNoneMatch: null, ifUnmodifiedSince: null };

function answerTo(conditions: Partial<Conditions>) {
  return planFileAnswer(file, { ...none, ...conditions });
}

describe('a file', () => {
  it('is whole when nothing else is asked for, with what tells versions apart', () => {
    expect(answerTo({})).toEqual({
      status: 200,
      headers: {
        ETag: '"abc"',
        'Last-Modified': changed,
        'Accept-Ranges': 'bytes',
        'Content-Type': 'application/octet-stream',
        'Content-Length': 10,
      },
      slice: { first: 0, bytes: 10 },
    });
  });

  it.each([
    ['bytes=0-0', 0, 1],
    ['bytes=2-5', 2, 4],
    ['bytes=2-', 2, 8],
    ['bytes=2-99', 2, 8],
    ['bytes=-3', 7, 3],
    ['bytes=-99', 0, 10],
    ['bytes=9-9', 9, 1],
  ])('%s begins at %i and has %i bytes', (range, first, bytes) => {
    const { status, headers, slice } = answerTo({ range });
    expect([status, slice]).toEqual([206, { first, bytes }]);
    expect(headers).toMatchObject({
      'Content-Range': `bytes ${first}-${first + bytes - 1}/10`,
      'Content-Length': bytes,
      ETag: '"abc"',
    });
  });

  it.each(['bytes=10-', 'bytes=10-12', 'bytes=-0'])('%s is beyond it', (range) => {
    expect(answerTo({ range })).toMatchObject({ status: 416, headers: { 'Content-Range': 'bytes */10' }, slice: null });
  });

  it.each(['bytes=5-2', 'bytes=-', 'bytes=0-1,4-5', 'lines=0-1', 'bytes=a-b', ''])(
    'for the range "%s" it is whole: it may be passed over',
    (range) => {
      expect(answerTo({ range }).status).toBe(200);
    },
  );

  it('that is empty has no first byte', () => {
    const empty = { ...file, bytes: 0 };
    expect(planFileAnswer(empty, { ...none, range: 'bytes=0-0' })).toMatchObject({ status: 416, slice: null });
    expect(planFileAnswer(empty, none)).toMatchObject({ status: 200, slice: { first: 0, bytes: 0 } });
  });

  it.each<[Partial<Conditions>, number]>([
    [{ ifMatch: '"abc"' }, 200],
    [{ ifMatch: '"x", "abc"' }, 200],
    [{ ifMatch: '*' }, 200],
    [{ ifMatch: '"x"' }, 412],
    [{ ifMatch: '"x"', range: 'bytes=0-0' }, 412],
    [{ ifUnmodifiedSince: changed }, 200],
    [{ ifUnmodifiedSince: before }, 412],
    [{ ifUnmodifiedSince: 'some day' }, 200],
    [{ ifUnmodifiedSince: before, ifMatch: '"abc"' }, 200],
    [{ ifNoneMatch: '"abc"' }, 304],
    [{ ifNoneMatch: '"x"' }, 200],
    [{ ifRange: '"abc"', range: 'bytes=0-0' }, 206],
    [{ ifRange: changed, range: 'bytes=0-0' }, 206],
    [{ ifRange: '"x"', range: 'bytes=0-0' }, 200],
  ])('asked for with %j it answers %i', (conditions, status) => {
    expect(answerTo(conditions).status).toBe(status);
  });

  it('of whatever size, asked for in whatever way, comes within its bounds, as it says', () => {
    const field = fc.oneof(
      fc.tuple(fc.nat(30), fc.nat(30)).map(([from, to]) => `bytes=${from}-${to}`),
      fc.nat(30).map((from) => `bytes=${from}-`),
      fc.nat(30).map((count) => `bytes=-${count}`),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.nat(20), field, (bytes, range) => {
        const { status, headers, slice } = planFileAnswer({ ...file, bytes }, { ...none, range });
        expect([200, 206, 416]).toContain(status);
        expect(headers['Content-Length']).toBe(slice?.bytes ?? 0);
        if (slice === null) return;
        expect(slice.first + slice.bytes).toBeLessThanOrEqual(bytes);
        if (status === 206) expect(slice.bytes).toBeGreaterThan(0);
      }),
      { seed, numRuns: 300 },
    );
  });
});
