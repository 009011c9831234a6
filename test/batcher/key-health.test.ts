import { describe, expect, it } from 'vitest';
import { type FailedCall, KeyHealth } from '../../src/batcher/key-health.ts';

const minute = 60_000;

function failure(change: Partial<FailedCall> = {}): FailedCall {
  return { nowMs: 0, rows: 8, allWorkedAlone: true, allHaveIds: false, sentId: false, ...change };
}

describe('a batch whose requests all work alone', () => {
  it('is sent with an id first, when each of them had one', () => {
    const health = new KeyHealth();
    expect(health.sendsId).toBe(false);
    expect(health.failedTogether(failure({ allHaveIds: true }))).toBe('id');
    expect(health.sendsId).toBe(true);
    expect(health.maxRows).toBe(Number.POSITIVE_INFINITY);
  });

  it('gets half of the rows each further time, then none for a minute', () => {
    const health = new KeyHealth();
    health.failedTogether(failure({ allHaveIds: true }));
    const withId = { allHaveIds: true, sentId: true };
    expect(health.failedTogether(failure(withId))).toBe('fewer rows');
    expect(health.maxRows).toBe(4);
    expect(health.failedTogether(failure({ ...withId, rows: 4 }))).toBe('fewer rows');
    expect(health.maxRows).toBe(2);
    expect(health.failedTogether(failure({ ...withId, rows: 2 }))).toBeNull();
    expect(health.failedTogether(failure({ ...withId, rows: 2 }))).toBe('quarantine');
    expect(health.isQuarantined(minute - 1)).toBe(true);
    expect(health.isQuarantined(minute)).toBe(false);
    expect(health.maxRows).toBe(Number.POSITIVE_INFINITY);
  });

  it('of 3 rows cannot be halved: its kind goes into quarantine when that happens twice in a row', () => {
    const health = new KeyHealth();
    expect(health.failedTogether(failure({ rows: 3 }))).toBeNull(); // a hiccup of the runtime
    health.succeeded();
    expect(health.failedTogether(failure({ rows: 3 }))).toBeNull();
    expect(health.isQuarantined(0)).toBe(false);
    expect(health.failedTogether(failure({ rows: 3 }))).toBe('quarantine');
  });

  it('teaches once, however many of its kind were under way with it', () => {
    const withIds = new KeyHealth();
    expect(withIds.failedTogether(failure({ allHaveIds: true }))).toBe('id');
    expect(withIds.failedTogether(failure({ allHaveIds: true }))).toBeNull();
    expect(withIds.maxRows).toBe(Number.POSITIVE_INFINITY);
    const without = new KeyHealth();
    expect(without.failedTogether(failure())).toBe('fewer rows');
    expect(without.failedTogether(failure())).toBeNull();
    expect(without.failedTogether(failure({ rows: 5 }))).toBeNull();
    expect(without.maxRows).toBe(4);
  });
});

describe('an answer that cannot be split', () => {
  it('costs a minute, then twice as long each time, 16 minutes at most', () => {
    const health = new KeyHealth();
    let nowMs = 0;
    for (const minutes of [1, 2, 4, 8, 16, 16]) {
      expect(health.cannotBeSplit(nowMs)).toBe('quarantine');
      expect(health.isQuarantined(nowMs + minutes * minute - 1)).toBe(true);
      nowMs += minutes * minute;
      expect(health.isQuarantined(nowMs)).toBe(false);
    }
  });

  it('of a call that was under way already costs nothing more', () => {
    const health = new KeyHealth();
    health.cannotBeSplit(0);
    expect(health.cannotBeSplit(1)).toBeNull();
    expect(health.failedTogether(failure({ nowMs: 2 }))).toBeNull();
    expect(health.isQuarantined(minute)).toBe(false);
    expect(health.cannotBeSplit(minute)).toBe('quarantine');
    expect(health.isQuarantined(minute * 3 - 1)).toBe(true);
  });
});

describe('requests that spoil their batches', () => {
  const spoilt = failure({ allWorkedAlone: false });

  it('cost nothing as long as most calls are not spoilt', () => {
    const health = new KeyHealth();
    for (let call = 0; call < 200; call += 1) {
      health.succeeded();
      health.succeeded();
      expect(health.failedTogether(spoilt)).toBeNull();
    }
  });

  it('end batching for ten seconds when more than half of eight calls are spoilt', () => {
    const health = new KeyHealth();
    for (let call = 0; call < 7; call += 1) expect(health.failedTogether(spoilt)).toBeNull();
    expect(health.failedTogether(spoilt)).toBe('quarantine');
    expect(health.isQuarantined(9_999)).toBe(true);
    expect(health.isQuarantined(10_000)).toBe(false);
    expect(health.failedTogether({ ...spoilt, nowMs: 10_000 })).toBeNull();
  });

  it('are found out also after a long good time: older calls fade', () => {
    const health = new KeyHealth();
    for (let call = 0; call < 10_000; call += 1) health.succeeded();
    let calls = 1;
    while (health.failedTogether(spoilt) === null && calls < 100) calls += 1;
    expect(calls).toBeLessThan(20);
  });

  it('lower no rows and ask for no id', () => {
    const health = new KeyHealth();
    health.failedTogether({ ...spoilt, allHaveIds: true });
    expect([health.sendsId, health.maxRows]).toEqual([false, Number.POSITIVE_INFINITY]);
  });
});

describe('good calls in a row', () => {
  const succeed = (health: KeyHealth, calls: number): void => {
    for (let call = 0; call < calls; call += 1) health.succeeded();
  };

  it('raise the cap again, each further time after twice as many', () => {
    const health = new KeyHealth();
    health.failedTogether(failure());
    succeed(health, 255);
    expect(health.maxRows).toBe(4);
    succeed(health, 1);
    expect(health.maxRows).toBe(8);
    health.failedTogether(failure());
    succeed(health, 511);
    expect(health.maxRows).toBe(4);
    succeed(health, 1);
    expect(health.maxRows).toBe(8);
  });

  it('begin anew with a failure', () => {
    const health = new KeyHealth();
    health.failedTogether(failure());
    succeed(health, 255);
    health.failedTogether(failure({ rows: 3, allWorkedAlone: false }));
    succeed(health, 255);
    expect(health.maxRows).toBe(4);
  });

  it('make the next quarantine a short one again', () => {
    const health = new KeyHealth();
    health.cannotBeSplit(0);
    succeed(health, 128);
    health.cannotBeSplit(minute);
    expect(health.isQuarantined(2 * minute)).toBe(false);
  });
});
