// Many models leave at once: how many orders stand before the runtime, and what becomes of one that is wanted again in line.
import { expect, it } from 'vitest';
import { ModelRecord } from '../../../src/puller/model/model-record.ts';
import { deleteFiles, unloadModel } from '../../../src/puller/steps/leave-steps.ts';
import type { StepParts } from '../../../src/puller/steps/step-parts.ts';
import { Turns } from '../../../src/puller/steps/turns.ts';

/** A runtime that never ends what it was told, but for `end`. */
function busy() {
  const begun: string[] = [];
  const gates: (() => void)[] = [];
  const act = (name: string): Promise<void> => {
    begun.push(name);
    return new Promise((resolve) => gates.push(resolve));
  };
  const parts = {
    whenUp: async () => undefined,
    ...{ unloads: new Turns(2), deletions: new Turns(2) },
    runtime: { unload: act },
    dir: { removeAll: act },
    residency: { freeMemory: () => undefined, freeDisk: () => undefined, staysInMemory: () => undefined },
    whileChanging: (_model: string, change: () => Promise<unknown>) => change(),
    metrics: { unloaded: () => undefined },
    log: { info: () => undefined },
    closing: new AbortController().signal,
  } as unknown as StepParts;
  return { begun, parts, end: () => gates.shift()?.() };
}

const recordOf = (name: string) =>
  new ModelRecord(name, { loaded: { version: 'a' }, onDisk: () => undefined, changed: () => undefined });

it.each([
  ['unloads', unloadModel],
  ['deletions', deleteFiles],
])('%s are done a few at a time, and who is wanted again leaves the line', async (_, step) => {
  const { begun, parts, end } = busy();
  const wishes = ['m0', 'm1', 'm2', 'm3'].map((name) => ({ record: recordOf(name), gone: new AbortController() }));
  for (const { record } of wishes) record.serving = true;
  const steps = wishes.map(({ record, gone }) => step({ record, patience: gone.signal }, parts));
  await Promise.resolve(); // whenUp
  expect(begun).toEqual(['m0', 'm1']);
  wishes[2]?.gone.abort(new Error('wanted again'));
  await expect(steps[2]).rejects.toThrow('wanted again');
  expect(wishes[2]?.record.serving).toBe(true);
  end();
  await steps[0];
  expect(begun).toEqual(['m0', 'm1', 'm3']);
  end();
  end();
  await Promise.all([steps[1], steps[3]]);
});
