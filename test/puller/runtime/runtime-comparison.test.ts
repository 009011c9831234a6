// What the runtime says against what we believe: who is loaded again, who serves already, who should not.
import { describe, expect, it } from 'vitest';
import type { ModelRecord } from '../../../src/puller/model/model-record.ts';
import {
  compareWithRuntime,
  type Finding,
  type RuntimeWord,
  takeFinding,
} from '../../../src/puller/runtime/runtime-comparison.ts';
import { testRecord, wantedModel } from '../../support/puller/test-record.ts';

type State = Partial<ModelRecord>;

const loadedBefore: State = { loaded: { version: 'A' }, loadedAtMs: 10, serving: true };
const word: RuntimeWord = { serves: false, askedAtMs: 20, wasAway: false };

function recordWith(state: State): ModelRecord {
  return Object.assign(testRecord({ versions: ['A'], linked: 'A' }), { wanted: wantedModel('A'), ...state });
}

const cases: readonly [claim: string, state: State, heard: Partial<RuntimeWord>, finding: Finding][] = [
  ['what is there as it should be', loadedBefore, { serves: true }, null],
  ['what we had loaded and is not there', loadedBefore, {}, 'gone'],
  ['what was loaded after the question', { ...loadedBefore, loadedAtMs: 20 }, {}, null],
  [
    'what is being loaded, and served meanwhile',
    { ...loadedBefore, doing: { kind: 'load', version: 'A' } },
    {},
    'lost',
  ],
  ['what is being loaded', { ...loadedBefore, serving: false, doing: { kind: 'load', version: 'A' } }, {}, null],
  [
    'what is being loaded again',
    { ...loadedBefore, serving: false, doing: { kind: 'restore', version: 'A' } },
    {},
    null,
  ],
  ['what is being unloaded', { ...loadedBefore, doing: { kind: 'unload' } }, {}, null],
  ['what was lost during a pull', { ...loadedBefore, doing: { kind: 'pull' } }, {}, 'gone'],
  ['what cannot be told while it was there', loadedBefore, { serves: null }, null],
  ['what cannot be told and it was away', loadedBefore, { serves: null, wasAway: true }, 'gone'],
  ['what serves after a start of ours', { loaded: 'unknown' }, { serves: true }, 'kept'],
  [
    'what is named while our first order to load it is under way',
    { loaded: 'unknown', ordered: true },
    { serves: true },
    null,
  ],
  ['what serves and is known to', { loaded: 'unknown', serving: true }, { serves: true }, null],
  ['what serves and nobody wants', { loaded: 'unknown', wanted: null }, { serves: true }, null],
  ['what serves and has a broken entry', { loaded: 'unknown', wanted: null, refused: 'x' }, { serves: true }, 'kept'],
  ['what does not serve after a start of ours', { loaded: 'unknown' }, {}, 'gone'],
  ['what serves and has no room', { loaded: null, inMemory: false }, { serves: true }, 'uninvited'],
  ['what somebody else has loaded before us', { loaded: null }, { serves: true }, null],
];

describe('the runtime is asked, and finds', () => {
  it.each(cases)('%s', (_, state, heard, finding) => {
    expect(compareWithRuntime(recordWith(state), { ...word, ...heard })).toBe(finding);
  });
});

describe('a model', () => {
  it('that is gone is loaded again, and refused until then', () => {
    const record = recordWith(loadedBefore);
    expect(takeFinding(record, 'gone')).toBe(true);
    expect([record.loaded, record.serving]).toEqual([null, false]);
  });

  it('that is lost in the middle of a load is refused until the load ends', () => {
    const record = recordWith(loadedBefore);
    expect(takeFinding(record, 'lost')).toBe(false);
    expect([record.loaded, record.serving]).toEqual(['unknown', false]);
  });

  it('that is kept serves, and readiness waits for it from now on', () => {
    const record = recordWith({ loaded: 'unknown' });
    expect(takeFinding(record, 'kept')).toBe(false);
    expect([record.loaded, record.serving, record.gating]).toEqual(['unknown', true, true]);
  });

  it('that is uninvited is unloaded', () => {
    const record = recordWith({ loaded: null, inMemory: false });
    expect(takeFinding(record, 'uninvited')).toBe(true);
    expect(record.loaded).toBe('unknown');
  });

  it('of which there is no news stays as it is', () => {
    const record = recordWith(loadedBefore);
    expect(takeFinding(record, null)).toBe(false);
    expect([record.loaded, record.serving]).toEqual([{ version: 'A' }, true]);
  });
});
