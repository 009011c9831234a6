import { describe, expect, it } from 'vitest';
import { Circuit } from '../../../src/logger/delivery/circuit.ts';

const backoff = { firstMs: 200, maxMs: 1000, random: () => 1 };

function opened(): Circuit {
  const circuit = new Circuit(backoff);
  for (let i = 0; i < 5; i += 1) circuit.failed(0, false);
  expect(circuit.state).toBe('open');
  return circuit;
}

describe('a circuit', () => {
  it('opens with the fifth failure in a row, once', () => {
    const circuit = new Circuit(backoff);
    expect([1, 2, 3, 4].map(() => circuit.failed(0, false))).toEqual([false, false, false, false]);
    expect(circuit.state).toBe('closed');
    expect(circuit.failed(0, false)).toBe(true);
    expect(circuit.state).toBe('open');
    expect(circuit.failed(0, false)).toBe(false);
  });

  it('begins to count anew after each success', () => {
    const circuit = new Circuit(backoff);
    for (let round = 0; round < 10; round += 1) {
      for (let i = 0; i < 4; i += 1) circuit.failed(0, false);
      expect(circuit.succeeded()).toBe(false);
    }
    expect(circuit.state).toBe('closed');
  });

  it('stays closed for a sink that always fails several times between two deliveries, and opens when it fails for good', () => {
    const circuit = new Circuit(backoff);
    let opened = 0;
    for (let failures = 1; failures < 12; failures += 0.25) {
      for (let i = 0; i < failures; i += 1) if (circuit.failed(0, false)) opened += 1;
      circuit.succeeded();
    }
    expect(opened).toBe(0);
    let more = 1;
    while (!circuit.failed(0, false)) more += 1;
    expect(more).toBe(100);
  });

  it('lets one probe go at a time, at growing intervals up to the cap', () => {
    const circuit = opened();
    const intervals: number[] = [];
    let nowMs = 0;
    for (let i = 0; i < 5; i += 1) {
      const nextMs = circuit.nextProbeMs as number;
      intervals.push(nextMs - nowMs);
      nowMs = nextMs;
      circuit.probeSent();
      expect(circuit.nextProbeMs).toBeNull();
      circuit.failed(nowMs, true);
    }
    expect(intervals).toEqual([200, 400, 800, 1000, 1000]);
  });

  it('does not wait longer because attempts from before it opened fail as well', () => {
    const circuit = opened();
    for (let i = 0; i < 20; i += 1) circuit.failed(100, false);
    expect(circuit.nextProbeMs).toBe(200);
    circuit.probeSent();
    circuit.failed(150, false);
    expect(circuit.nextProbeMs).toBeNull(); // the probe is still out
  });

  it('closes with the first success, also one from before, and says so once', () => {
    const circuit = opened();
    circuit.probeSent();
    expect(circuit.succeeded()).toBe(true);
    expect(circuit.state).toBe('closed');
    expect(circuit.succeeded()).toBe(false);
    circuit.failed(0, true);
    expect(circuit.state).toBe('closed');
  });

  it('probes again soon when a probe was rejected: the sink is there', () => {
    const circuit = opened();
    for (let nowMs = 0; nowMs < 10_000; nowMs += 1000) {
      circuit.probeSent();
      circuit.failed(nowMs, true);
    }
    circuit.probeSent();
    circuit.rejected(20_000, true);
    expect(circuit.state).toBe('open');
    expect(circuit.nextProbeMs).toBe(20_200);
  });

  it('probes at once for somebody who cannot wait', () => {
    const circuit = opened();
    circuit.probeNow(50);
    expect(circuit.nextProbeMs).toBe(50);
    circuit.probeNow(70);
    expect(circuit.nextProbeMs).toBe(50);
  });
});
