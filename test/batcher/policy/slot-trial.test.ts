import { describe, expect, it } from 'vitest';
import { SlotTrial, type Verdict } from '../../../src/batcher/policy/slot-trial.ts';

const rows = 16;

/** Pairs until it is decided, where calls take as told; and the verdict. */
function decided(
  trial: SlotTrial,
  tookMs: (calls: number, burst: number) => number,
): { pairs: number; verdict: Verdict } {
  for (let burst = 0; burst < 400; burst++) {
    const { calls = 0 } = trial.next(rows) ?? {};
    const verdict = trial.took(tookMs(calls, burst));
    if (verdict !== null) return { pairs: (burst + 1) / 2, verdict };
  }
  throw new Error('never decided');
}

const trialOf = (believed: Verdict, few = 1, many = 2): SlotTrial =>
  new SlotTrial({ few, many, believed, keepAt: 0.5, rowsAtMost: 32 });
const onSlots = (slots: number) => (calls: number) => 10 * Math.ceil(calls / slots);

describe('a trial', () => {
  it('sends few, then many of the same size, then begins with many', () => {
    const trial = trialOf('queued', 2, 4);
    const bursts = Array.from({ length: 5 }, () => {
      const burst = trial.next(17);
      trial.took(10);
      return burst;
    });
    expect(bursts.map((burst) => burst?.calls)).toEqual([2, 4, 4, 2, 2]);
    expect(bursts.every((burst) => burst?.rowsEach === 4)).toBe(true);
  });

  it('needs a row for each call', () => {
    expect(trialOf('queued', 2, 4).next(3)).toBeNull();
    expect(trialOf('queued', 2, 4).next(4)).toEqual({ calls: 2, rowsEach: 1, countsAt: 2 });
  });

  it('begins again where the second burst cannot be as large as the first', () => {
    const trial = trialOf('free');
    trial.next(16);
    trial.took(10);
    expect(trial.next(4)).toEqual({ calls: 2, rowsEach: 2, countsAt: 2 });
    expect(trial.took(10)).toBeNull();
    expect(trial.next(4)).toEqual({ calls: 1, rowsEach: 2, countsAt: 1 });
    expect(trial.took(10)).toBe('free');
  });

  it('keeps what was believed after a pair that agrees, and changes only after four that do not', () => {
    expect(decided(trialOf('queued'), onSlots(1))).toEqual({ pairs: 1, verdict: 'queued' });
    expect(decided(trialOf('free'), onSlots(2))).toEqual({ pairs: 1, verdict: 'free' });
    expect(decided(trialOf('queued'), onSlots(2))).toEqual({ pairs: 4, verdict: 'free' });
    expect(decided(trialOf('free'), onSlots(1)).verdict).toBe('queued');
  });

  it('finds calls that share one processor to be queued, although all are answered together', () => {
    for (const [few, many] of [
      [1, 2],
      [2, 3],
      [4, 8],
    ] as const) {
      expect(decided(trialOf('free', few, many), (calls) => calls * 10).verdict).toBe('queued');
    }
  });

  it('is not misled by a runtime that gets faster all the time', () => {
    const warming = (slots: number) => (calls: number, burst: number) =>
      onSlots(slots)(calls) * (1 + 3 * 0.93 ** burst);
    for (const believed of ['free', 'queued'] as const) {
      expect(decided(trialOf(believed), warming(1)).verdict).toBe('queued');
      expect(decided(trialOf(believed), warming(2)).verdict).toBe('free');
    }
  });

  it('ends with what was believed where there is no evidence', () => {
    expect(decided(trialOf('queued'), (calls) => (calls === 1 ? 10 : 15)).verdict).toBe('queued');
    expect(decided(trialOf('free'), (calls) => (calls === 1 ? 10 : 15)).verdict).toBe('free');
  });
});
