// One step at a time, the newest wish wins, and what fails is tried again.
import { describe, expect, it, onTestFinished } from 'vitest';
import { OutriggerError } from '../../../src/errors.ts';
import { ModelKeeper } from '../../../src/puller/model/keeper.ts';
import { ModelRecord } from '../../../src/puller/model/model-record.ts';
import type { Step } from '../../../src/puller/model/plan.ts';
import type { ModelVersion } from '../../../src/puller/model-dir/model-on-disk.ts';
import { eventually } from '../../support/eventually.ts';
import { wantedModel } from '../../support/puller/test-record.ts';

/** Does steps in memory; `before` each, a test may hold or break it. */
function kept({
  before = async () => undefined,
  firstRetryMs = 10,
}: {
  before?: (step: Step, signal: AbortSignal) => Promise<void>;
  firstRetryMs?: number;
} = {}) {
  let versions: ModelVersion[] = [];
  let linked: string | null = null;
  let atWork = 0;
  const seen = { steps: [] as string[], peak: 0, failures: 0, forgotten: false };
  const record = new ModelRecord('m', {
    loaded: null,
    changed: () => undefined,
    onDisk: () => (versions.length === 0 && linked === null ? undefined : { name: 'm', versions, linked }),
  });
  const carryOut = (step: Step): void => {
    const id = record.wanted?.filesKey as string;
    if (step.kind === 'pull') versions = [...versions, { id, filesKey: id, spec: {}, bytes: 1 }];
    if (step.kind === 'load' || step.kind === 'restore') {
      linked = step.version;
      record.loaded = { version: step.version };
      record.restorable = true;
    }
    if (step.kind === 'unload') record.loaded = null;
    if (step.kind === 'delete') {
      versions = [];
      linked = null;
    }
  };
  const keeper = new ModelKeeper({
    record,
    retry: { firstMs: firstRetryMs, maxMs: 4 * firstRetryMs },
    failed: () => {
      seen.failures += 1;
    },
    forgotten: () => {
      seen.forgotten = true;
    },
    perform: async (_, step, signal) => {
      seen.steps.push('version' in step ? `${step.kind} ${step.version}` : step.kind);
      atWork += 1;
      seen.peak = Math.max(seen.peak, atWork);
      try {
        await before(step, signal);
        carryOut(step);
      } finally {
        atWork -= 1;
      }
    },
  });
  onTestFinished(() => keeper.close());
  return { keeper, record, seen };
}

const untilAborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }));

describe('a keeper', () => {
  it('brings a model and takes it away again, one step after the other', async () => {
    const { keeper, record, seen } = kept();
    keeper.want(wantedModel('A'));
    await eventually('loaded', () => record.loaded !== null);
    keeper.want(null);
    await eventually('forgotten', () => seen.forgotten);
    expect(seen.steps).toEqual(['pull', 'load A', 'unload', 'delete']);
    expect(seen.peak).toBe(1);
  });

  it('breaks off a pull that nobody wants any more, without a failure', async () => {
    const { keeper, record, seen } = kept({
      before: async (step, signal) => {
        if (step.kind === 'pull' && record.wanted?.filesKey === 'A') await untilAborted(signal);
      },
    });
    keeper.want(wantedModel('A'));
    await eventually('under way', () => record.doing?.kind === 'pull');
    keeper.want(wantedModel('B'));
    await eventually('loaded', () => record.loaded !== null);
    expect(seen.steps).toEqual(['pull', 'pull', 'load B']);
    expect([seen.failures, record.setback]).toEqual([0, null]);
  });

  it('goes on with what is under way when the same is wanted again', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const { keeper, record, seen } = kept({ before: () => promise });
    keeper.want(wantedModel('A'));
    await eventually('under way', () => record.doing?.kind === 'pull');
    keeper.want(wantedModel('A', { memoryBytes: 7 }));
    resolve();
    await eventually('loaded', () => record.loaded !== null);
    expect(seen.steps).toEqual(['pull', 'load A']);
    expect(record.wanted?.memoryBytes).toBe(7);
  });

  it('pulls with a URI that has new secrets, though its files are the same', async () => {
    const uris: string[] = [];
    const { keeper, record } = kept({
      before: async (step, signal) => {
        if (step.kind !== 'pull') return;
        uris.push(record.wanted!.uri);
        if (uris.length === 1) await untilAborted(signal);
      },
    });
    keeper.want(wantedModel('A', { uri: 'https://h/m?sig=old' }));
    await eventually('under way', () => record.doing?.kind === 'pull');
    keeper.want(wantedModel('A', { uri: 'https://h/m?sig=new' }));
    await eventually('loaded', () => record.loaded !== null);
    expect(uris).toEqual(['https://h/m?sig=old', 'https://h/m?sig=new']);
  });

  it('tries again what has failed until it works, and counts', async () => {
    let left = 3;
    const attempts: (number | undefined)[] = [];
    const { keeper, record, seen } = kept({
      before: async (step) => {
        attempts.push(record.setback?.attempts);
        if (step.kind === 'load' && left-- > 0) throw new OutriggerError('MODEL_LOAD_FAILED', 'no GPU');
      },
    });
    keeper.want(wantedModel('A'));
    await eventually('loaded', () => record.loaded !== null);
    expect(attempts).toEqual([undefined, undefined, 1, 2, 3]);
    expect(seen.failures).toBe(3);
    await eventually('it is over', () => record.setback === null && record.doing === null);
  });

  it('does not wait for the next attempt when something else is wanted', async () => {
    const { keeper, record, seen } = kept({
      firstRetryMs: 600_000,
      before: async () => {
        if (record.wanted?.filesKey === 'A') throw new OutriggerError('STORE_DENIED', 'no');
      },
    });
    keeper.want(wantedModel('A'));
    await eventually('failed', () => seen.failures === 1);
    keeper.want(wantedModel('B'));
    expect(record.setback).toBeNull();
    await eventually('loaded', () => record.loaded !== null);
  });

  it('breaks off a pull to load again what the runtime has lost, and pulls on', async () => {
    const { keeper, record, seen } = kept({
      before: async (step, signal) => {
        if (step.kind === 'pull' && seen.steps.filter((each) => each === 'pull').length === 2)
          await untilAborted(signal);
      },
    });
    keeper.want(wantedModel('A'));
    await eventually('loaded', () => record.loaded !== null);
    keeper.want(wantedModel('B'));
    await eventually('under way', () => record.doing?.kind === 'pull');
    record.loaded = null; // as a restarted runtime has it
    keeper.kick();
    await eventually('B is loaded', () => seen.steps.at(-1) === 'load B');
    expect(seen.steps).toEqual(['pull', 'load A', 'pull', 'restore A', 'pull', 'load B']);
  });

  it('tries what it restores once, not in a circle', async () => {
    let refuses = false;
    const { keeper, record, seen } = kept({
      before: async () => {
        if (refuses) throw new OutriggerError('MODEL_LOAD_FAILED', 'no');
      },
    });
    keeper.want(wantedModel('A'));
    await eventually('loaded', () => record.loaded !== null);
    refuses = true;
    record.loaded = null;
    keeper.want(wantedModel('B'));
    await eventually('often tried', () => seen.failures >= 3);
    const pulls = seen.steps.filter((step) => step === 'pull').length;
    expect(seen.steps.filter((step) => step === 'restore A').length).toBeLessThanOrEqual(pulls + 1);
  });

  it('takes nothing away for a broken entry', async () => {
    const { keeper, record, seen } = kept();
    keeper.want(wantedModel('A'));
    await eventually('loaded', () => record.loaded !== null);
    record.refused = 'no spec';
    record.wanted = null; // as after a start of the agent
    record.loaded = null;
    keeper.kick();
    await eventually('loaded again', () => record.loaded !== null);
    expect(seen.steps).toEqual(['pull', 'load A', 'load A']);
  });

  it('deletes nothing for a broken entry, also what was pulled and never linked', async () => {
    const { keeper, record, seen } = kept({
      before: async (step) => {
        if (step.kind === 'load') throw new OutriggerError('MODEL_LOAD_FAILED', 'no');
      },
    });
    keeper.want(wantedModel('A'));
    await eventually('refused', () => seen.failures > 0 && record.doing === null);
    record.refused = 'no spec';
    record.wanted = null;
    keeper.kick();
    await new Promise(setImmediate);
    expect(seen.steps).not.toContain('delete');
    expect(record.facts().versions).toHaveLength(1);
  });

  it('ends what is under way when it is closed, and begins nothing more', async () => {
    const { keeper, record, seen } = kept({ before: (_, signal) => untilAborted(signal) });
    keeper.want(wantedModel('A'));
    await eventually('under way', () => record.doing?.kind === 'pull');
    await keeper.close();
    keeper.kick();
    keeper.want(wantedModel('B'));
    await new Promise(setImmediate);
    expect(seen.steps).toEqual(['pull']);
    expect(record.doing).toBeNull();
  });
});
