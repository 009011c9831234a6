// Which models does readiness still wait for?
import { describe, expect, it } from 'vitest';
import type { ModelRecord } from '../../../src/puller/model/model-record.ts';
import { judgeSettlement, settlementOf } from '../../../src/puller/model/settlement.ts';
import { testRecord, wantedModel } from '../../support/puller/test-record.ts';

const rules = { attempts: 5, timeIsOver: false, patientSinceMs: 0 };

type State = Partial<Pick<ModelRecord, 'wanted' | 'gating' | 'serving' | 'refused' | 'setback' | 'inMemory'>>;

function recordWith(state: State, name = 'm'): ModelRecord {
  const record = testRecord({ name, versions: ['A'] });
  return Object.assign(record, { wanted: wantedModel('A'), gating: true, ...state });
}

function setback(attempts: number, permanent = false): State {
  return { setback: { step: 'load', code: 'INTERNAL', reason: 'x', attempts, permanent, nextTryAtMs: 0 } };
}

describe('a model is', () => {
  it.each<[string, string, State]>([
    ['open while nothing has failed', 'open', {}],
    ['serving when it serves', 'serving', { serving: true }],
    ['open while it may yet work', 'open', setback(4)],
    ['failed after its attempts', 'failed', setback(5)],
    ['failed at once when nothing but a person can help', 'failed', setback(1, true)],
    ['failed when its entry is broken', 'failed', { refused: 'no spec' }],
    ['idle when there is no room for it', 'idle', { inMemory: false }],
  ])('%s', (_, settlement, state) => {
    expect(settlementOf(recordWith(state), rules)).toBe(settlement);
  });

  it('serving although a change of it has failed', () => {
    expect(settlementOf(recordWith({ ...setback(9, true), serving: true, refused: 'no spec' }), rules)).toBe('serving');
  });

  it('failed when time is over, whatever it was about to become', () => {
    const late = { ...rules, timeIsOver: true };
    expect(settlementOf(recordWith({}), late)).toBe('failed');
    expect(settlementOf(recordWith({ serving: true }), late)).toBe('serving');
    expect(settlementOf(recordWith({ inMemory: false }), late)).toBe('idle');
  });

  it('waited for when the runtime has just lost it, time or not', () => {
    const late = { ...rules, timeIsOver: true, patientSinceMs: 1_000 };
    expect(settlementOf(Object.assign(recordWith({}), { lostAtMs: 1_001 }), late)).toBe('open');
    expect(settlementOf(Object.assign(recordWith(setback(5)), { lostAtMs: 1_001 }), late)).toBe('failed');
    expect(settlementOf(Object.assign(recordWith({}), { lostAtMs: 1_000 }), late)).toBe('failed');
  });
});

describe('all models', () => {
  const judge = (records: readonly ModelRecord[]) => judgeSettlement(records, rules, ({ name }) => `${name} is open`);

  it('are settled when none of those that count is open', () => {
    const serving = recordWith({ serving: true });
    const failed = recordWith(setback(5), 'f');
    expect(judge([serving, failed])).toEqual({ settled: true, reasons: [], failed: [failed] });
    expect(judge([])).toEqual({ settled: true, reasons: [], failed: [] });
  });

  it('count when readiness waits for them and somebody wants them', () => {
    const later = recordWith({ gating: false });
    const leaving = recordWith({ wanted: null });
    expect(judge([later, leaving]).settled).toBe(true);
    const broken = recordWith({ wanted: null, refused: 'no spec' });
    expect(judge([broken])).toMatchObject({ settled: true, failed: [broken] });
  });

  it('are named as far as people read, the others are counted', () => {
    const names = Array.from({ length: 7 }, (_, nth) => `m${nth}`);
    const { settled, reasons } = judge(names.map((name) => recordWith({}, name)));
    expect(settled).toBe(false);
    expect(reasons).toEqual([...names.slice(0, 5).map((name) => `${name} is open`), 'and 2 more models']);
  });
});
