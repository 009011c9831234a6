// Do cells count what they are given, and are their samples what Prometheus expects of each type?
import { expect, test } from 'vitest';
import { Counter, Gauge, Histogram } from '../src/instruments.ts';

test('the same label values get the same cell, others another', () => {
  const counter = new Counter({ name: 'outrigger_x_total', help: 'x', labels: ['a', 'b'] });
  expect(counter.cell('1', '2')).toBe(counter.cell('1', '2'));
  expect(counter.cell('1', '2')).not.toBe(counter.cell('12', ''));
});

test('a counter adds one unless told otherwise', () => {
  const counter = new Counter({ name: 'outrigger_x_total', help: 'x', labels: ['a'] });
  counter.cell('left').add();
  counter.cell('left').add(4);
  counter.cell('right');
  expect([...counter.samples()]).toEqual([
    { suffix: '', labels: { a: 'left' }, value: 5 },
    { suffix: '', labels: { a: 'right' }, value: 0 },
  ]);
});

test('a gauge goes up, down and to a value', () => {
  const gauge = new Gauge({ name: 'outrigger_x', help: 'x' });
  gauge.cell().add();
  gauge.cell().add(-3);
  expect(gauge.cell().value).toBe(-2);
  gauge.cell().set(7);
  expect([...gauge.samples()]).toEqual([{ suffix: '', labels: {}, value: 7 }]);
});

test('a value on a bound belongs to that bucket, one beyond all bounds to +Inf only', () => {
  const histogram = new Histogram({ name: 'outrigger_x_seconds', help: 'x', labels: ['p'], buckets: [0.1, 1] });
  const cell = histogram.cell('h');
  for (const seconds of [0.1, 0.5, 1, 2]) cell.observe(seconds);
  expect([...histogram.samples()]).toEqual([
    { suffix: '_bucket', labels: { p: 'h', le: '0.1' }, value: 1 },
    { suffix: '_bucket', labels: { p: 'h', le: '1' }, value: 3 },
    { suffix: '_bucket', labels: { p: 'h', le: '+Inf' }, value: 4 },
    { suffix: '_sum', labels: { p: 'h' }, value: 3.6 },
    { suffix: '_count', labels: { p: 'h' }, value: 4 },
  ]);
  expect(cell.count).toBe(4);
  expect(cell.sum).toBeCloseTo(3.6);
});
