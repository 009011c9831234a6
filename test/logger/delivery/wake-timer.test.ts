import { describe, expect, it } from 'vitest';
import { WakeTimer } from '../../../src/logger/delivery/wake-timer.ts';
import { ManualClock } from '../../support/delivery/test-clock.ts';

function open() {
  const clock = new ManualClock();
  const woken: number[] = [];
  const timer = new WakeTimer(clock, () => woken.push(clock.passedMs));
  const startMs = clock.nowMs();
  return { clock, woken, timer, startMs };
}

describe('a wake timer', () => {
  it('is one timer, for what was asked last', async () => {
    const { clock, woken, timer, startMs } = open();
    for (const afterMs of [500, 100, 300]) timer.set(startMs + afterMs);
    expect(clock.alarms).toBe(1);
    await clock.advance(1000);
    expect(woken).toEqual([300]);
    expect(clock.alarms).toBe(0);
  });

  it('is none when nothing is wanted', async () => {
    const { clock, woken, timer, startMs } = open();
    timer.set(startMs + 100);
    timer.set(null);
    expect(clock.alarms).toBe(0);
    await clock.advance(1000);
    expect(woken).toEqual([]);
  });

  it('wakes again for the same time when it is asked again', async () => {
    const { clock, woken, timer, startMs } = open();
    timer.set(startMs);
    await clock.advance(1);
    timer.set(startMs);
    await clock.advance(1);
    expect(woken).toEqual([0, 1]);
  });

  it('sleeps no longer than node can, and then looks again', async () => {
    const { clock, woken, timer, startMs } = open();
    timer.set(startMs + 1e15);
    await clock.advance(2 ** 31);
    expect(woken).toEqual([2 ** 31 - 1]);
  });
});
