// Requests that wait for a model: one load for all, a bound, and nothing left behind by whoever leaves.
import { describe, expect, it } from 'vitest';
import { LoadWaiters } from '../../../src/puller/budget/load-waiters.ts';

const longMs = 60_000;
const never = new AbortController().signal;
const reason = () => 'model m is loading';

function openWaiters({ waitMs = longMs, maxWaiting = 100 } = {}): LoadWaiters {
  return new LoadWaiters({ waitMs, maxWaiting });
}

/** Timers of this process that are running. */
function timers(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
}

/** A signal that counts its listeners. */
class CountingSignal extends EventTarget {
  readonly aborted = false;
  listeners = 0;

  override addEventListener(...args: Parameters<EventTarget['addEventListener']>): void {
    this.listeners += 1;
    super.addEventListener(...args);
  }

  override removeEventListener(...args: Parameters<EventTarget['removeEventListener']>): void {
    this.listeners -= 1;
    super.removeEventListener(...args);
  }
}

describe('requests that wait for a model', () => {
  it('all go on when it serves, in order of arrival, and those of other models wait on', async () => {
    const waiters = openWaiters();
    const went: number[] = [];
    const waits = [0, 1, 2].map((at) => waiters.wait('m', { gone: never, reason }).then(() => went.push(at)));
    const other = waiters.wait('other', { gone: never, reason });
    expect([waiters.size, waiters.isAwaited('m'), waiters.isAwaited('x')]).toEqual([4, true, false]);
    waiters.settle('m');
    await Promise.all(waits);
    expect([went, waiters.size, waiters.isAwaited('m'), waiters.isAwaited('other')]).toEqual([
      [0, 1, 2],
      1,
      false,
      true,
    ]);
    waiters.settle('other');
    await other;
  });

  it('all fail with the error of the load, but not those that come later', async () => {
    const waiters = openWaiters();
    const error = new Error('refused');
    const waits = [0, 1].map(() => waiters.wait('m', { gone: never, reason }));
    waiters.fail('m', error);
    await expect(Promise.allSettled(waits)).resolves.toEqual([
      { status: 'rejected', reason: error },
      { status: 'rejected', reason: error },
    ]);
    const later = waiters.wait('m', { gone: never, reason });
    waiters.settle('m');
    await later;
  });

  it('are told why when their time is over', async () => {
    const waiters = openWaiters({ waitMs: 1 });
    let why = 'not asked yet';
    const wait = waiters.wait('m', { gone: never, reason: () => why });
    why = 'model m is downloading: 12 of 340 MB';
    await expect(wait).rejects.toMatchObject({ code: 'MODEL_NOT_READY', message: why });
    expect([waiters.size, waiters.isAwaited('m')]).toEqual([0, false]);
  });

  it('are refused at once when too many wait, for whatever model, and let in again when one has left', async () => {
    const waiters = openWaiters({ maxWaiting: 2 });
    const waits = ['a', 'b'].map((model) => waiters.wait(model, { gone: never, reason }));
    await expect(waiters.wait('c', { gone: never, reason })).rejects.toMatchObject({ code: 'OVERLOADED' });
    expect(waiters.isAwaited('c')).toBe(false);
    waiters.settle('a');
    const again = waiters.wait('c', { gone: never, reason });
    expect(waiters.size).toBe(2);
    for (const model of ['b', 'c']) waiters.settle(model);
    await Promise.all([...waits, again]);
  });

  it('leave when their client goes away, and the others wait on', async () => {
    const waiters = openWaiters();
    const client = new AbortController();
    const [left, stays] = [client.signal, never].map((gone) => waiters.wait('m', { gone, reason }));
    client.abort();
    await expect(left).rejects.toMatchObject({ code: 'CLIENT_GONE' });
    expect([waiters.size, waiters.isAwaited('m')]).toEqual([1, true]);
    waiters.settle('m');
    await stays;
  });

  it('do not begin to wait when their client is gone already', async () => {
    const waiters = openWaiters({ maxWaiting: 1 });
    await expect(waiters.wait('m', { gone: AbortSignal.abort(), reason })).rejects.toMatchObject({
      code: 'CLIENT_GONE',
    });
    expect([waiters.size, waiters.isAwaited('m')]).toEqual([0, false]);
  });

  it('may wait again while the others are let go', async () => {
    const waiters = openWaiters();
    const again = waiters.wait('m', { gone: never, reason }).then(() => waiters.wait('m', { gone: never, reason }));
    waiters.settle('m');
    await new Promise(setImmediate);
    expect(waiters.size).toBe(1);
    waiters.settle('m');
    await again;
  });
});

describe('a wait that is over', () => {
  it.each<[how: string, end: (waiters: LoadWaiters, gone: EventTarget) => void]>([
    ['the model serves', (waiters) => waiters.settle('m')],
    ['the load failed', (waiters) => waiters.fail('m', new Error('refused'))],
    ['the client left', (_, gone) => void gone.dispatchEvent(new Event('abort'))],
  ])('leaves no timer and no listener behind: %s', async (_, end) => {
    const waiters = openWaiters();
    const gone = new CountingSignal();
    const before = timers();
    const wait = waiters.wait('m', { gone: gone as unknown as AbortSignal, reason });
    expect([gone.listeners, timers() - before]).toEqual([1, 1]);
    end(waiters, gone);
    await Promise.allSettled([wait]);
    expect([gone.listeners, timers() - before, waiters.size]).toEqual([0, 0, 0]);
  });

  it('leaves no listener behind: its time is over', async () => {
    const waiters = openWaiters({ waitMs: 1 });
    const gone = new CountingSignal();
    await Promise.allSettled([waiters.wait('m', { gone: gone as unknown as AbortSignal, reason })]);
    expect([gone.listeners, waiters.size]).toEqual([0, 0]);
  });
});
