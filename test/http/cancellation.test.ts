import { expect, it } from 'vitest';
import { Cancellation } from '../../src/http/cancellation.ts';

it('tells every listener once, in order', () => {
  const cancellation = new Cancellation();
  const heard: string[] = [];
  cancellation.onCancel(() => heard.push('a'));
  cancellation.onCancel(() => heard.push('b'));
  expect(cancellation.cancelled).toBe(false);
  cancellation.cancel();
  cancellation.cancel();
  expect(heard).toEqual(['a', 'b']);
  expect(cancellation.cancelled).toBe(true);
});

it('tells who asks afterwards at once', () => {
  const cancellation = new Cancellation();
  cancellation.cancel();
  let heard = 0;
  cancellation.onCancel(() => {
    heard += 1;
  });
  expect(heard).toBe(1);
});

it('its signal is aborted with it, whenever it was asked for', () => {
  const early = new Cancellation();
  const signal = early.signal;
  expect(signal.aborted).toBe(false);
  early.cancel();
  expect(signal.aborted).toBe(true);
  expect(early.signal).toBe(signal);
  const late = new Cancellation();
  late.cancel();
  expect(late.signal.aborted).toBe(true);
});
