import { describe, expect, it } from 'vitest';
import { GaugeCell } from '../../../src/instruments.ts';
import { BodyCapture, capturedBytes } from '../../../src/logger/capture/body-capture.ts';
import { ByteBudget } from '../../../src/logger/capture/byte-budget.ts';

function open(maxBytes: number | null, budgetBytes = 1000) {
  const gauge = new GaugeCell();
  const budget = new ByteBudget(budgetBytes, gauge);
  return { capture: new BodyCapture({ budget, maxBytes }), budget, gauge };
}

const text = (parts: readonly Uint8Array[] | undefined) => Buffer.concat(parts ?? []).toString();

describe('a capture', () => {
  it('keeps all that passed, and counts it until it is finished', () => {
    const { capture, gauge } = open(null);
    capture.add(Buffer.from('one'));
    capture.add(Buffer.from('two'));
    expect(gauge.value).toBe(6);
    const body = capture.finish(false);
    expect(text(body?.data)).toBe('onetwo');
    expect(body).toMatchObject({ bytes: 6, totalBytes: 6, broken: false, redacted: 'no' });
    expect(gauge.value).toBe(0);
  });

  it('keeps the beginning up to its limit, and counts the rest only', () => {
    const { capture, gauge } = open(4);
    for (const part of ['one', 'two', 'three']) capture.add(Buffer.from(part));
    expect(gauge.value).toBe(4);
    const body = capture.finish(true);
    expect(text(body?.data)).toBe('onet');
    expect(body).toMatchObject({ bytes: 4, totalBytes: 11, broken: true });
  });

  it('gives all its room back as soon as there is too little, and is nothing in the end', () => {
    const { capture, budget, gauge } = open(null, 10);
    capture.add(Buffer.alloc(6));
    expect(budget.take(5)).toBe(false);
    capture.add(Buffer.alloc(5));
    expect(gauge.value).toBe(0);
    capture.add(Buffer.alloc(1));
    expect(capture.finish(false)).toBeNull();
    expect(capture.totalBytes).toBe(12);
    expect(gauge.value).toBe(0);
  });

  it('does not hold a large buffer for a small part of it', () => {
    const large = Buffer.alloc(65_536, 'x');
    const { capture } = open(null);
    capture.add(large.subarray(10, 20));
    const kept = capture.finish(false)?.data[0] as Uint8Array;
    expect(kept.buffer.byteLength).toBe(10);
    expect(capturedBytes(large.subarray(0, 60_000)).data[0]?.buffer).toBe(large.buffer);
  });

  it('of many chunks that were cut to its limit holds little more than it counts', () => {
    let [countedBytes, heldBytes] = [0, 0];
    for (const limitBytes of [100, 1000, 16_384, 32_768, 65_000]) {
      const { capture } = open(limitBytes, 65_536);
      capture.add(Buffer.alloc(65_536));
      for (const { length, buffer } of capture.finish(false)?.data ?? []) {
        countedBytes += length;
        heldBytes += buffer.byteLength;
      }
    }
    expect(heldBytes).toBeLessThan(countedBytes * 1.2);
  });

  it('of an empty body has no data', () => {
    expect(capturedBytes(new Uint8Array(0))).toMatchObject({ data: [], bytes: 0, totalBytes: 0 });
  });
});
