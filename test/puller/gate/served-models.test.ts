// The models as requests meet them: which names are ours, who may pass, and when nobody has to look.
import { describe, expect, it } from 'vitest';
import { ModelMetrics } from '../../../src/model-metrics.ts';
import { ServedModels } from '../../../src/puller/gate/served-models.ts';
import type { ModelRecord } from '../../../src/puller/model/model-record.ts';
import { Residency } from '../../../src/puller/residency/residency.ts';
import { testRecord, wantedModel } from '../../support/puller/test-record.ts';

function servedModels({ memoryBudgetBytes = null }: { readonly memoryBudgetBytes?: number | null } = {}) {
  const records = new Map<string, ModelRecord>();
  const kicked: string[] = [];
  const residency = new Residency({
    config: { memoryBudgetBytes, diskBudgetBytes: null, waitMs: 60_000, maxWaiting: 10 },
    metrics: new ModelMetrics(),
    recordOf: (name) => records.get(name),
    records: () => records.values(),
    kick: (name) => void kicked.push(name),
  });
  const served = new ServedModels(residency);
  const add = (name: string): ModelRecord => {
    const record = testRecord({ name, versions: ['A'], linked: 'A', changed: () => served.changed() });
    records.set(name, record);
    served.add(record);
    record.wanted = wantedModel('A');
    return record;
  };
  return { served, residency, kicked, add };
}

const never = new AbortController().signal;

describe('the gate', () => {
  it('is open only while every model that is wanted serves', () => {
    const { served, add } = servedModels();
    expect(served.open).toBe(true);
    const [first, second] = [add('a'), add('b')];
    expect(served.open).toBe(false);
    first.serving = true;
    expect(served.open).toBe(false);
    second.serving = true;
    expect(served.open).toBe(true);
    second.serving = false;
    expect(served.open).toBe(false);
    second.wanted = null;
    expect(served.open).toBe(true);
  });

  it('is never open with a budget: uses count', () => {
    const { served, add } = servedModels({ memoryBudgetBytes: 1e9 });
    add('a').serving = true;
    expect(served.open).toBe(false);
  });
});

describe('a name', () => {
  it('is ours while models.json has it, be its entry broken', () => {
    const { served, add } = servedModels();
    const record = add('a');
    expect(served.look('a')?.serving).toBe(false);
    expect(served.look('nobody')).toBeUndefined();
    record.wanted = null;
    expect(served.look('a')).toBeUndefined();
    record.refused = 'no spec';
    expect(served.look('a')?.reason()).toMatch('no spec');
    served.delete('a');
    expect(served.look('a')).toBeUndefined();
  });
});

describe('an idle model', () => {
  it('is woken by a request, which waits until it serves', async () => {
    const { served, residency, kicked, add } = servedModels({ memoryBudgetBytes: 1e9 });
    const record = add('a');
    record.inMemory = false;
    const model = served.look('a')!;
    expect(model.idle).toBe(true);
    const woken = model.wake(never);
    expect([record.inMemory, kicked, record.inFlight]).toEqual([true, ['a'], 1]);
    record.serving = true;
    residency.served(record);
    await woken;
    await new Promise(setImmediate);
    expect(record.inFlight).toBe(0);
  });

  it('that has failed is not even tried before its time', () => {
    const { served, add } = servedModels({ memoryBudgetBytes: 1e9 });
    const record = add('a');
    record.inMemory = false;
    const nextTryAtMs = performance.now() + 60_000;
    record.setback = { step: 'load', code: 'INTERNAL', reason: 'no GPU', attempts: 1, permanent: false, nextTryAtMs };
    const model = served.look('a')!;
    expect(model.idle).toBe(false);
    expect(model.reason()).toMatch('no GPU');
    expect(model.retryAfterSeconds()).toBe(60);
  });

  it('is none without a budget: nothing brings it but its turn', () => {
    const { served, add } = servedModels();
    add('a').inMemory = false;
    expect(served.look('a')?.idle).toBe(false);
  });

  it('lets its requests know when it fails', async () => {
    const { served, residency, add } = servedModels({ memoryBudgetBytes: 1e9 });
    const record = add('a');
    record.inMemory = false;
    const woken = served.look('a')!.wake(never);
    residency.failed(record, new Error('no GPU'));
    await expect(woken).rejects.toThrow('no GPU');
  });
});
