// A runtime that goes, comes and forgets is noticed soon, told once, and asked seldom while all is well.
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { OutriggerError } from '../../../src/errors.ts';
import type { RuntimeApi } from '../../../src/puller/runtime/runtime-api.ts';
import { type RuntimeWatch, watchRuntime } from '../../../src/puller/runtime/runtime-watch.ts';
import { eventually } from '../../support/eventually.ts';

type Names = ReadonlySet<string> | null;

/** A runtime as the watch sees it. */
class Runtime implements RuntimeApi {
  readonly swapsWithoutGap = true;
  isThere = true;
  looks = 0;
  names: () => Promise<Names> = async () => new Set(['m']);

  async isUp(): Promise<boolean> {
    this.looks += 1;
    return this.isThere;
  }
  serving(): Promise<Names> {
    return this.names();
  }
  isServing(): never {
    throw new Error('not asked');
  }
  load(): never {
    throw new Error('not asked');
  }
  unload(): never {
    throw new Error('not asked');
  }
  async [Symbol.asyncDispose](): Promise<void> {
    this.isThere = false;
  }
}

interface Watched {
  readonly runtime: Runtime;
  readonly watch: RuntimeWatch;
  readonly told: (readonly string[] | null | 'down')[];
  readonly askedAtMs: number[];
  readonly lines: string[];
}

function watched({ checkMs = 3_600_000, runtime = new Runtime() } = {}): Watched {
  const told: Watched['told'] = [];
  const askedAtMs: number[] = [];
  const lines: string[] = [];
  const line = (level: string) => (_fields: object, message: string) => void lines.push(`${level}: ${message}`);
  const watch = watchRuntime({
    api: runtime,
    checkMs,
    log: { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') },
    onServing: (names, atMs) => {
      told.push(names === null ? null : [...names]);
      askedAtMs.push(atMs);
    },
    onDown: () => told.push('down'),
  });
  onTestFinished(() => watch[Symbol.asyncDispose]());
  return { runtime, watch, told, askedAtMs, lines };
}

const never = new AbortController().signal;

it('what serves is told before it counts as up, with a time before the question', async () => {
  const { runtime, watch, told, askedAtMs } = watched();
  expect(watch.up).toBe(false);
  runtime.names = async () => {
    expect(watch.up).toBe(false);
    return new Set(['a', 'b']);
  };
  await watch.whenUp(never);
  expect([told, watch.up, watch.restarts]).toEqual([[['a', 'b']], true, 0]);
  expect(askedAtMs[0]).toBeLessThanOrEqual(performance.now());
});

it('while all is well there is one look in each interval', async () => {
  const seldom = watched();
  const often = watched({ checkMs: 20 });
  await eventually('several looks', () => often.told.length > 4);
  expect(seldom.runtime.looks).toBe(1);
  expect(often.told.every((names) => Array.isArray(names))).toBe(true);
});

it('a runtime that is not there yet is found when it opens, and all who wait go on', async () => {
  const runtime = new Runtime();
  runtime.isThere = false;
  const { watch, told, lines } = watched({ runtime });
  const waiting = Promise.all([watch.whenUp(never), watch.whenUp(never)]);
  await eventually('more than one look', () => runtime.looks > 1);
  expect([watch.up, told]).toEqual([false, []]);
  runtime.isThere = true;
  await waiting;
  expect([watch.restarts, told, lines.map((line) => line.slice(0, 4))]).toEqual([0, [['m']], ['info', 'info']]);
});

describe('a doubt', () => {
  it('finds a runtime that went, told once; its return counts as a restart', async () => {
    const { runtime, watch, told, lines } = watched();
    await watch.whenUp(never);
    runtime.isThere = false;
    watch.doubt();
    await eventually('it is down', () => !watch.up);
    await eventually('more looks', () => runtime.looks > 3);
    runtime.isThere = true;
    await watch.whenUp(never);
    expect([told, watch.restarts]).toEqual([[['m'], 'down', ['m']], 1]);
    expect(lines.map((line) => line.slice(0, 4))).toEqual(['info', 'warn', 'info']);
  });

  it('is followed at once in the middle of a long pause, and of many a few times a second', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const { runtime, watch } = watched();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(runtime.looks).toBe(1);
    watch.doubt();
    await vi.advanceTimersByTimeAsync(0);
    expect(runtime.looks).toBe(2);
    for (let elapsedMs = 0; elapsedMs < 1000; elapsedMs += 10) {
      for (let count = 0; count < 10; count++) watch.doubt();
      await vi.advanceTimersByTimeAsync(10);
    }
    expect(runtime.looks).toBeGreaterThan(3);
    expect(runtime.looks).toBeLessThanOrEqual(6);
  });

  it('during a look brings another one, since that one may have asked too early', async () => {
    const { runtime, watch } = watched();
    const { promise, resolve } = Promise.withResolvers<Names>();
    runtime.names = () => promise;
    await eventually('the look', () => runtime.looks === 1);
    watch.doubt();
    resolve(null);
    await eventually('the second look', () => runtime.looks === 2);
  });
});

it('who wants a look gets the end of one that begins later, or the end of the watch', async () => {
  const { runtime, watch } = watched();
  const { promise, resolve } = Promise.withResolvers<Names>();
  runtime.names = () => promise;
  await eventually('the first look', () => runtime.looks === 1);
  const looked = watch.looked();
  resolve(null);
  await looked;
  expect(runtime.looks).toBe(2);
  const last = watch.looked();
  await watch[Symbol.asyncDispose]();
  await last;
  await watch.looked();
});

describe('of what serves', () => {
  it('no answer in time is no end: Triton in a reload answers late', async () => {
    const runtime = new Runtime();
    runtime.names = () => Promise.reject(new OutriggerError('UPSTREAM_TIMEOUT', 'late'));
    const { watch, told } = watched({ runtime });
    await watch.whenUp(never);
    expect(told).toEqual([]);
  });

  it('a refusal says nothing', async () => {
    const runtime = new Runtime();
    runtime.names = () => Promise.reject(new OutriggerError('MODEL_LOAD_FAILED', 'no'));
    const { watch, told } = watched({ runtime });
    await watch.whenUp(never);
    expect(told).toEqual([null]);
  });

  it('a connection that breaks means that it is away', async () => {
    const { runtime, watch, told } = watched();
    await watch.whenUp(never);
    runtime.names = () => Promise.reject(new OutriggerError('UPSTREAM_UNREACHABLE', 'reset'));
    watch.doubt();
    await eventually('it is down', () => told.at(-1) === 'down');
  });
});

it('a restart that nobody saw is counted by whoever misses a model', async () => {
  const { watch } = watched();
  await watch.whenUp(never);
  watch.countUnseenRestart();
  expect(watch.restarts).toBe(1);
});

it('waiting ends with the reason of its signal, or with the watch', async () => {
  const runtime = new Runtime();
  runtime.isThere = false;
  const { watch } = watched({ runtime });
  const gone = new AbortController();
  const waits = expect(watch.whenUp(gone.signal)).rejects.toThrow('enough');
  const ends = expect(watch.whenUp(never)).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
  gone.abort(new Error('enough'));
  await waits;
  await watch[Symbol.asyncDispose]();
  await ends;
  await watch[Symbol.asyncDispose]();
  await expect(watch.whenUp(never)).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
});
