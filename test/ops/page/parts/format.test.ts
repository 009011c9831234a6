import { describe, expect, it } from 'vitest';
import {
  showBytes,
  showCount,
  showCounted,
  showFromNow,
  showLabel,
  showMs,
  showNumber,
  showSpan,
  showStatistic,
  showTensors,
  showTime,
} from '../../../../src/ops/page/parts/format.js';

describe('a figure', () => {
  it('has the plural of what it counts', () => {
    expect([0, 1, 1240].map((count) => showCounted(count, 'call'))).toEqual(['0 calls', '1 call', '1,240 calls']);
  });

  it('has groups of thousands, and one digit below a hundred', () => {
    expect([showCount(1240), showNumber(1240.4), showNumber(12.54), showNumber(0), showNumber(null)]).toEqual([
      ...['1,240', '1,240', '12.5', '0', '–'],
    ]);
  });

  it('of time has the unit that it needs, and three digits or so', () => {
    expect([0.4249, 9.994, 12.345, 123.4, 1234, 61_000, null].map(showMs)).toEqual([
      ...['0.42 ms', '9.99 ms', '12.3 ms', '123 ms', '1.23 s', '1 min 1 s', '–'],
    ]);
  });

  it('of a longer time has its two largest parts', () => {
    expect([0, 59, 3600, 3 * 86_400 + 4 * 3600 + 59].map(showSpan)).toEqual(['0 s', '59 s', '1 h', '3 d 4 h']);
  });

  it('of bytes never has four digits before the point', () => {
    expect([0, 999, 1000, 1536, 32 * 2 ** 20, 5e15].map(showBytes)).toEqual([
      ...['0 B', '999 B', '0.98 KiB', '1.50 KiB', '32.0 MiB', '4547 TiB'],
    ]);
  });

  it('of a statistic is short, also where it is tiny or huge', () => {
    expect([4.886_212_3, 0, -16, 1.5e-7, 3e12, Number.POSITIVE_INFINITY].map(showStatistic)).toEqual([
      ...['4.88621', '0', '-16', '1.500e-7', '3.000e+12', 'Infinity'],
    ]);
  });
});

describe('a moment', () => {
  it('is shown by the clock of the reader', () => {
    const at = new Date(2026, 10, 22, 7, 5, 9, 42);
    expect(showTime(at.toISOString())).toBe('07:05:09.042');
    expect(showTime(at.getTime(), { millis: false })).toBe('07:05:09');
    expect(showTime('not a time')).toBe('–');
  });

  it('is told by how far it is away, before and after', () => {
    const now = Date.parse('2026-11-22T07:00:00Z');
    expect(showFromNow('2026-11-22T07:00:12Z', now)).toBe('in 12 s');
    expect(showFromNow('2026-11-22T06:58:00Z', now)).toBe('2 min ago');
    expect(showFromNow('2026-11-22T07:00:00.400Z', now)).toBe('now');
  });
});

it('tensors stand in one line, four of them as three and a number', () => {
  const tensor = { name: 'x', datatype: 'FP32', shape: [1, 64] };
  expect(showTensors([tensor])).toBe('x FP32 [1,64]');
  expect(showTensors([tensor, tensor, tensor, tensor])).toBe('x FP32 [1,64], x FP32 [1,64], x FP32 [1,64] +1');
  expect(showTensors([])).toBe('');
});

it('the label of a metric becomes words', () => {
  expect(showLabel('too_many_rows')).toBe('too many rows');
});
