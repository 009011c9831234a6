// A version goes into force with a runtime that has to drop the one of before first: who is turned away meanwhile, and who is not.
import { describe, expect, it } from 'vitest';
import { ModelRecord } from '../../../src/puller/model/model-record.ts';
import { loadVersion } from '../../../src/puller/steps/load-step.ts';
import type { StepParts } from '../../../src/puller/steps/step-parts.ts';
import { Turns } from '../../../src/puller/steps/turns.ts';

interface Given {
  /** Linked before. */
  readonly before: string;
  readonly loaded: ModelRecord['loaded'];
  readonly refuses?: string;
}

/** Loads version `b` of a model that serves; what the record says while the runtime is at work, and then. */
async function load({ before, loaded, refuses }: Given) {
  const files = (id: string) => ({ id, filesKey: id, spec: {}, bytes: 1 });
  let disk = { name: 'm', versions: [files('a'), files('b')], linked: before };
  const record = new ModelRecord('m', { loaded, onDisk: () => disk, changed: () => undefined });
  record.serving = true;
  record.gating = true;
  const during: { serving: boolean; gating: boolean }[] = [];
  const swept: string[] = [];
  const parts = {
    whenUp: async () => undefined,
    loads: new Turns(1),
    runtime: {
      swapsWithoutGap: false,
      load: async ({ version }: { version: string }) => {
        during.push({ serving: record.serving, gating: record.gating });
        if (version === refuses) throw new Error('refused');
      },
    },
    dir: {
      link: async (_name: string, id: string) => {
        disk = { ...disk, linked: id };
      },
      removeUnfinished: async (name: string) => {
        swept.push(name);
        throw new Error('the disk fails');
      },
    },
    residency: {
      isAwaited: () => false,
      makeRoom: async () => true,
      freeMemory: () => undefined,
      served: () => undefined,
    },
    whileChanging: (_model: string, change: () => Promise<unknown>) => change(),
    metrics: { loaded: () => undefined },
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    closing: new AbortController().signal,
  } as unknown as StepParts;
  const patience = new AbortController().signal;
  const failed = await loadVersion({ record, version: 'b', patience }, parts).then(
    () => false,
    () => true,
  );
  return { during, failed, swept, record, linked: disk.linked };
}

describe('a model of a runtime that cannot have two versions at once', () => {
  it('is turned away while it changes, and the pod stays ready for the others', async () => {
    const { during, failed, record } = await load({ before: 'a', loaded: { version: 'a' } });
    expect(during).toEqual([{ serving: false, gating: false }]);
    expect([failed, record.serving, record.gating]).toEqual([false, true, true]);
  });

  it('serves on when it is ordered again after a start of the agent', async () => {
    const { during } = await load({ before: 'b', loaded: 'unknown' });
    expect(during).toEqual([{ serving: true, gating: true }]);
  });

  it('is turned away after a start of the agent when it may have been linked anew meanwhile', async () => {
    const { during } = await load({ before: 'a', loaded: 'unknown' });
    expect(during).toEqual([{ serving: false, gating: false }]);
  });

  it('counts for readiness again when the files of before are back', async () => {
    const { failed, record, linked } = await load({ before: 'a', loaded: { version: 'a' }, refuses: 'b' });
    expect([failed, linked]).toEqual([true, 'a']);
    expect([record.serving, record.gating, record.loaded]).toEqual([true, true, { version: 'a' }]);
  });

  it('is loaded, whatever becomes of what pulls have left behind', async () => {
    const { failed, swept, linked } = await load({ before: 'a', loaded: { version: 'a' } });
    expect([failed, swept, linked]).toEqual([false, ['m'], 'b']);
  });
});
