// A hundred first requests at once, for one model and for as many: budget and waiters together, as the puller puts them.
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Budget } from '../../../src/puller/budget/budget.ts';
import { openBudget } from '../../../src/puller/budget/byte-budget.ts';
import { LoadWaiters } from '../../../src/puller/budget/load-waiters.ts';
import { UseAccount } from '../../../src/puller/budget/use-account.ts';

const modelBytes = 10;
const never = new AbortController().signal;

/** A runtime that takes some turns of the event loop to load and to unload, one keeper a model. */
class Runtime {
  readonly loads: string[] = [];
  readonly serving = new Set<string>();
  readonly waiters = new LoadWaiters({ waitMs: 60_000, maxWaiting: 1_000 });
  mostBytes = 0;
  readonly #uses = new UseAccount();
  readonly #loading = new Set<string>();
  readonly #budget: Budget;

  constructor(maxBytes: number) {
    this.#budget = openBudget({
      maxBytes,
      option: '--model-memory-budget',
      useOf: (name) => this.#uses.useOf(name),
      mayGo: (name) => this.serving.has(name),
      pushOut: (name) => void this.#unload(name),
    });
  }

  async request(name: string): Promise<void> {
    this.#uses.note(name);
    if (this.serving.has(name)) return;
    const waited = this.waiters.wait(name, { gone: never, reason: () => `model ${name} is loading` });
    if (!this.#loading.has(name)) void this.#load(name);
    await waited;
  }

  async #load(name: string): Promise<void> {
    this.#loading.add(name);
    this.loads.push(name);
    await this.#budget.reserve({ name, bytes: modelBytes }, never);
    this.mostBytes = Math.max(this.mostBytes, this.#budget.usedBytes);
    await turn();
    this.#loading.delete(name);
    this.serving.add(name);
    this.waiters.settle(name);
    this.#budget.reconsider();
  }

  async #unload(name: string): Promise<void> {
    this.serving.delete(name);
    await turn();
    this.#budget.free(name);
  }
}

const hundred = Array.from({ length: 100 }, (_, at) => `m${at}`);

describe('a hundred first requests at once', () => {
  it('for one model are one load', async () => {
    const runtime = new Runtime(50);
    await Promise.all(hundred.map(() => runtime.request('m')));
    expect([runtime.loads, runtime.waiters.size]).toEqual([['m'], 0]);
  });

  it('for as many models load each once, never more than there is room for', async () => {
    const runtime = new Runtime(50);
    await Promise.all(hundred.map((name) => runtime.request(name)));
    expect(runtime.loads).toEqual(hundred);
    expect([runtime.mostBytes, runtime.serving.size, runtime.waiters.size]).toEqual([50, 5, 0]);
  });

  it('leave the hot models alone when there are models of less use', async () => {
    const runtime = new Runtime(50);
    for (let round = 0; round < 20; round++) for (const name of ['hot-1', 'hot-2']) await runtime.request(name);
    for (const name of hundred) await runtime.request(name);
    expect([...runtime.serving]).toEqual(expect.arrayContaining(['hot-1', 'hot-2']));
    expect(runtime.loads.filter((name) => name.startsWith('hot'))).toHaveLength(2);
  });
});
