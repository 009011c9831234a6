// The plan alone: what follows from what, and that repeating it always ends where models.json wants it.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ModelFacts, planStep, type Step } from '../../../src/puller/model/plan.ts';
import { ModelWorld } from '../../support/puller/model-world.ts';
import { seed } from '../../support/seed.ts';

const rested: ModelFacts = {
  wanted: 'A',
  versions: [{ id: 'a', filesKey: 'A', outdated: false, staleSinceMs: Number.NEGATIVE_INFINITY }],
  linked: 'a',
  hasLeftovers: false,
  restorable: true,
  loaded: { version: 'a' },
  inMemory: true,
  onDisk: true,
  held: null,
};

const stale = (id: string, sinceMs: number) => ({
  id,
  filesKey: id.toUpperCase(),
  outdated: false,
  staleSinceMs: sinceMs,
});

const cases: readonly [claim: string, facts: Partial<ModelFacts>, step: Step][] = [
  ['what is as it is wanted rests', {}, { kind: 'rest' }],
  ['a model that is not there is pulled', { versions: [], linked: null, loaded: null }, { kind: 'pull' }],
  ['complete files are loaded', { linked: null, loaded: null }, { kind: 'load', version: 'a' }],
  ['after a start of ours what is there is loaded again', { loaded: 'unknown' }, { kind: 'load', version: 'a' }],
  ['other files are pulled while the old ones serve', { wanted: 'B' }, { kind: 'pull' }],
  [
    'and loaded when they are there',
    { wanted: 'B', versions: [...rested.versions, stale('b', 0)] },
    { kind: 'load', version: 'b' },
  ],
  [
    'the ones of before stay for whoever reads them',
    { versions: [stale('b', 7_000), ...rested.versions] },
    { kind: 'wait', untilMs: 12_000 },
  ],
  [
    'and go when nobody can be reading them any more',
    { versions: [stale('b', 5_000), ...rested.versions] },
    { kind: 'remove', versions: ['b'] },
  ],
  [
    'a change that is taken back while it is loading is loaded back, not fetched',
    { versions: [...rested.versions, stale('b', 0)], linked: 'b', loaded: { version: 'b' } },
    { kind: 'load', version: 'a' },
  ],
  [
    'files that changed behind their URI are pulled anew',
    { versions: rested.versions.map((version) => ({ ...version, outdated: true })) },
    { kind: 'pull' },
  ],
  [
    'what the runtime has lost is loaded again before other files are pulled',
    { wanted: 'B', loaded: null },
    { kind: 'restore', version: 'a' },
  ],
  [
    'and while other files are refused',
    {
      wanted: 'B',
      versions: [...rested.versions, stale('b', 0)],
      loaded: null,
      held: { step: 'load', untilMs: 90_000 },
    },
    { kind: 'restore', version: 'a' },
  ],
  ['not when that has failed', { wanted: 'B', loaded: null, restorable: false }, { kind: 'pull' }],
  ['not when it is out of memory', { wanted: 'B', loaded: null, inMemory: false }, { kind: 'pull' }],
  [
    'not when the other files can be tried',
    { wanted: 'B', versions: [...rested.versions, stale('b', 0)], loaded: null },
    { kind: 'load', version: 'b' },
  ],
  ['a model nobody wants is unloaded first', { wanted: null }, { kind: 'unload' }],
  ['also when nobody knows whether it is loaded', { wanted: null, loaded: 'unknown' }, { kind: 'unload' }],
  ['then its files go', { wanted: null, loaded: null }, { kind: 'delete' }],
  ['then it is forgotten', { wanted: null, loaded: null, versions: [], linked: null }, { kind: 'forget' }],
  [
    'what a pull that did not end left goes, too',
    { wanted: null, loaded: null, versions: [], linked: null, hasLeftovers: true },
    { kind: 'delete' },
  ],
  ['without room in memory it is unloaded', { inMemory: false }, { kind: 'unload' }],
  ['and rests on disk', { inMemory: false, loaded: null }, { kind: 'rest' }],
  [
    'where its link leads to the newest files',
    { inMemory: false, loaded: null, linked: null },
    { kind: 'link', version: 'a' },
  ],
  ['without room on disk its files go', { inMemory: false, onDisk: false, loaded: null }, { kind: 'delete' }],
  [
    'and it rests without any',
    { inMemory: false, onDisk: false, loaded: null, versions: [], linked: null },
    { kind: 'rest' },
  ],
  [
    'what failed is not tried before its time',
    { loaded: null, held: { step: 'load', untilMs: 11_000 } },
    { kind: 'wait', untilMs: 11_000 },
  ],
  [
    'what failed is tried when its time has come',
    { loaded: null, held: { step: 'load', untilMs: 10_000 } },
    { kind: 'load', version: 'a' },
  ],
  [
    'another step is not held up by it',
    { inMemory: false, held: { step: 'load', untilMs: 11_000 } },
    { kind: 'unload' },
  ],
];

describe('the plan', () => {
  it.each(cases)('%s', (_claim, facts, step) => {
    expect(planStep({ ...rested, ...facts }, 10_000)).toEqual(step);
  });

  const happening = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({ kind: fc.constant('want' as const), files: fc.constantFrom('A', 'B', 'C', null) }),
    },
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('work' as const), steps: fc.integer({ min: 1, max: 4 }) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('fail' as const), times: fc.integer({ min: 1, max: 3 }) }) },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constantFrom('crash' as const, 'restart' as const, 'outdate' as const) }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('evict' as const, 'clear' as const, 'wake' as const) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 9_000 }) }) },
  );

  it('ends at the newest wanted files whatever happened, and never serves half a model or deletes a loaded one', () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 60 }), fc.constantFrom('A', 'B', null), (happenings, last) => {
        const world = new ModelWorld();
        for (const one of happenings) world.meet(one);
        world.meet({ kind: 'want', files: last });
        world.meet({ kind: 'wake' });
        world.settle();
        expect(world.served).toBe(last);
        expect(world.filesOnDisk).toEqual(last === null ? [] : [last]);
      }),
      { seed, numRuns: 3_000 },
    );
  });

  it('fetches nothing twice for a change that is taken back', () => {
    const world = new ModelWorld();
    world.meet({ kind: 'want', files: 'A' });
    world.settle();
    world.meet({ kind: 'want', files: 'B' });
    world.meet({ kind: 'work', steps: 1 });
    world.meet({ kind: 'want', files: 'A' });
    world.settle();
    expect(world.served).toBe('A');
    expect(world.pulls).toEqual(['A', 'B']);
  });
});
