// What a runtime says of its models, asked as seldom as will do, and what becomes of it.
import { describe, expect, it, onTestFinished } from 'vitest';
import { OutriggerError } from '../../../src/errors.ts';
import { ModelMetrics } from '../../../src/model-metrics.ts';
import type { ModelRecord } from '../../../src/puller/model/model-record.ts';
import type { RuntimeApi } from '../../../src/puller/runtime/runtime-api.ts';
import { RuntimeMemory } from '../../../src/puller/runtime/runtime-memory.ts';
import { eventually } from '../../support/eventually.ts';
import { testRecord, wantedModel } from '../../support/puller/test-record.ts';

class Runtime implements RuntimeApi {
  readonly swapsWithoutGap = true;
  isThere = true;
  names: string[] = [];
  hasIndex = true;
  looks = 0;
  readonly asked: string[] = [];

  async isUp(): Promise<boolean> {
    this.looks += 1;
    return this.isThere;
  }
  async serving(): Promise<ReadonlySet<string> | null> {
    return this.hasIndex ? new Set(this.names) : null;
  }
  async isServing(name: string): Promise<boolean> {
    this.asked.push(name);
    if (!this.isThere) throw new OutriggerError('UPSTREAM_UNREACHABLE', 'away');
    return this.names.includes(name);
  }
  load(): never {
    throw new Error('not ordered');
  }
  unload(): never {
    throw new Error('not ordered');
  }
  async [Symbol.asyncDispose](): Promise<void> {
    this.isThere = false;
  }
}

function memoryOf(runtime: Runtime, { checkMs = 3_600_000 } = {}) {
  const records: ModelRecord[] = [];
  const kicked: string[] = [];
  const kept: string[] = [];
  const quiet = () => undefined;
  const memory = new RuntimeMemory({
    api: runtime,
    config: { checkMs },
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    metrics: new ModelMetrics(),
    records: () => records,
    kick: (name) => void kicked.push(name),
    kept: (record) => void kept.push(record.name),
  });
  onTestFinished(() => memory[Symbol.asyncDispose]());
  const add = (name: string): ModelRecord => {
    const record = testRecord({ name, versions: ['A'], linked: 'A', loaded: memory.loadedOf(name) });
    record.wanted = wantedModel('A');
    records.push(record);
    return record;
  };
  const addLoaded = (name: string): ModelRecord => {
    return Object.assign(add(name), { loaded: { version: 'A' }, loadedAtMs: performance.now(), serving: true });
  };
  return { memory, kicked, kept, add, addLoaded };
}

describe('what a runtime has', () => {
  it('is known when its first answer is there: models that are met later need no second question', async () => {
    const runtime = new Runtime();
    runtime.names = ['there'];
    const { memory, kept, add } = memoryOf(runtime);
    memory.start();
    await memory.begun();
    expect([memory.loadedOf('there'), memory.loadedOf('missing')]).toEqual(['unknown', null]);
    const [there, missing] = [add('there'), add('missing')];
    memory.remind();
    expect([there.serving, missing.serving, kept]).toEqual([true, false, ['there']]);
    expect(runtime.looks).toBe(1);
  });

  it('is anybody’s guess before, and while it is away', async () => {
    const runtime = new Runtime();
    runtime.isThere = false;
    const { memory, add } = memoryOf(runtime);
    memory.start();
    await memory.begun();
    expect([memory.up, memory.loadedOf('m')]).toEqual([false, 'unknown']);
    const record = add('m');
    memory.remind();
    expect(record.serving).toBe(false);
  });

  it('is asked one by one where there is no index', async () => {
    const runtime = new Runtime();
    runtime.hasIndex = false;
    runtime.names = ['there'];
    const { memory, add, kicked } = memoryOf(runtime);
    memory.start();
    await memory.begun();
    const [there, missing] = [add('there'), add('missing')];
    memory.remind();
    await eventually('both are known', () => there.serving && missing.loaded === null);
    expect(kicked).toEqual(['missing']);
  });
});

describe('a model that was lost', () => {
  it.each([true, false])('is found out at the next check, index: %s', async (hasIndex) => {
    const runtime = new Runtime();
    runtime.hasIndex = hasIndex;
    runtime.names = ['m', 'n'];
    const { memory, addLoaded, kicked } = memoryOf(runtime, { checkMs: 300 });
    memory.start();
    await memory.begun();
    const [lost, kept] = [addLoaded('m'), addLoaded('n')];
    runtime.names = ['n'];
    await eventually('it is lost', () => lost.loaded === null);
    expect([lost.serving, kept.serving, kicked]).toEqual([false, true, ['m']]);
    expect(memory.restarts).toBe(1);
  });

  it('is found out by who asks, once what is known is old; and at once after a doubt', async () => {
    const runtime = new Runtime();
    runtime.names = ['m'];
    const { memory, addLoaded } = memoryOf(runtime);
    memory.start();
    await memory.begun();
    const record = addLoaded('m');
    runtime.names = [];
    await memory.ask();
    expect([record.serving, runtime.looks]).toEqual([true, 1]);
    memory.doubt();
    await memory.ask();
    expect(record.serving).toBe(false);
  });
});

describe('a runtime without an index', () => {
  it('is not asked for each model by everybody who wants to know whether it is there', async () => {
    const runtime = new Runtime();
    runtime.hasIndex = false;
    runtime.names = ['m'];
    const { memory, addLoaded } = memoryOf(runtime);
    memory.start();
    await memory.begun();
    addLoaded('m');
    for (let nth = 0; nth < 3; nth += 1) {
      memory.doubt();
      await memory.ask();
    }
    expect(runtime.looks).toBeGreaterThanOrEqual(3);
    expect(runtime.asked).toEqual([]);
  });
});
