// Outcome, times and copies of one exchange.
import { describe, expect, it } from 'vitest';
import { BodyCopy } from '../../../src/dev/inspector/body-copy.ts';
import { callTimes } from '../../../src/dev/inspector/call-times.ts';
import { outcomeOf } from '../../../src/dev/inspector/outcome.ts';

describe('an outcome', () => {
  const fine = { cancelled: false, status: 200, grpcStatus: null, broken: false };
  it.each([
    ['ok', {}],
    ['ok', { status: 399 }],
    ['ok', { grpcStatus: 0 }],
    ['error', { status: 400 }],
    ['error', { grpcStatus: 14 }],
    ['error', { status: null }],
    ['error', { broken: true }],
    ['cancelled', { cancelled: true, status: null, broken: true }],
  ] as const)('is %s with %j', (outcome, told) => {
    expect(outcomeOf({ ...fine, ...told })).toBe(outcome);
  });
});

describe('times', () => {
  it('are parts of the whole: until the call, until its answer, and the rest', () => {
    const call = { calledAtMs: 13, answeredAtMs: 20 };
    const times = callTimes({ arrivedMs: 10, endedMs: 25, call });
    expect(times).toEqual({ totalMs: 15, waitMs: 3, runtimeMs: 7, agentMs: 5 });
  });

  it("are all the agent's without a call", () => {
    const times = callTimes({ arrivedMs: 10, endedMs: 25, call: undefined });
    expect(times).toEqual({ totalMs: 15, waitMs: 0, runtimeMs: 0, agentMs: 15 });
  });
});

describe('a copy of a body', () => {
  it('has its first 256 KiB, and counts the rest', () => {
    const asked: number[] = [];
    const copy = new BodyCopy((bytes) => asked.push(bytes) > 0);
    for (const bytes of [200_000, 200_000, 200_000]) copy.add(Buffer.alloc(bytes, 'x'));
    expect([copy.body?.bytes.length, copy.body?.passedBytes, copy.bytes]).toEqual([262_144, 600_000, 262_144]);
    expect(asked).toEqual([200_000, 62_144]);
  });

  it('is no view of a buffer that its owner writes into again', () => {
    const copy = new BodyCopy(() => true);
    const chunk = Buffer.from('abcd');
    copy.add(chunk);
    chunk.fill('!');
    expect(copy.body?.bytes.toString()).toBe('abcd');
    expect(copy.body?.bytes.buffer.byteLength).toBe(4);
  });

  it('of nothing is kept and empty; one that was never wanted is not', () => {
    expect([new BodyCopy(() => true).body?.bytes.length, new BodyCopy(null).body]).toEqual([0, null]);
  });

  it('that was dropped only counts', () => {
    const copy = new BodyCopy(() => true);
    copy.add(Buffer.from('ab'));
    copy.drop();
    copy.add(Buffer.from('cd'));
    expect([copy.body, copy.bytes, copy.passedBytes]).toEqual([null, 0, 4]);
  });
});
