// So many at once, the urgent first, and nobody in line for ever.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Turns } from '../../../src/puller/steps/turns.ts';

const never = new AbortController().signal;

interface Wishes {
  readonly signal?: AbortSignal;
  readonly urgent?: () => boolean;
}

function worker(turns: Turns) {
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const run = (name: string, { signal = never, urgent = () => false }: Wishes = {}): Promise<void> => {
    return turns.run(
      () => {
        begun.push(name);
        return new Promise<void>((resolve) => ends.set(name, resolve));
      },
      { signal, urgent },
    );
  };
  const end = async (name: string): Promise<void> => {
    ends.get(name)?.();
    await nextTurn();
  };
  return { begun, run, end };
}

describe('turns', () => {
  it('lets so many work at once, the others in the order of their coming', async () => {
    const { begun, run, end } = worker(new Turns(2));
    const all = ['a', 'b', 'c', 'd'].map((name) => run(name));
    await nextTurn();
    expect(begun).toEqual(['a', 'b']);
    await end('b');
    expect(begun).toEqual(['a', 'b', 'c']);
    for (const name of ['a', 'c', 'd']) await end(name);
    await Promise.all(all);
    const later = run('e');
    expect(begun).toEqual(['a', 'b', 'c', 'd', 'e']);
    await end('e');
    await later;
  });

  it('lets go first who has become urgent while it waited', async () => {
    const { begun, run, end } = worker(new Turns(1));
    let isAwaited = false;
    const all = [run('a'), run('b'), run('c', { urgent: () => isAwaited })];
    isAwaited = true;
    await end('a');
    expect(begun).toEqual(['a', 'c']);
    await end('c');
    await end('b');
    await Promise.all(all);
  });

  it('forgets who does not want to wait any more, and passes its place to nobody else', async () => {
    const { begun, run, end } = worker(new Turns(1));
    const stop = new AbortController();
    const first = run('a');
    const second = run('b', { signal: stop.signal });
    const third = run('c');
    stop.abort(new Error('changed its mind'));
    await expect(second).rejects.toThrow('changed its mind');
    await expect(run('d', { signal: stop.signal })).rejects.toThrow('changed its mind');
    expect(begun).toEqual(['a']);
    await end('a');
    await end('c');
    await Promise.all([first, third]);
    expect(begun).toEqual(['a', 'c']);
  });

  it('gives on the place of work that failed', async () => {
    const turns = new Turns(1);
    const failing = turns.run(() => Promise.reject(new Error('no')), { signal: never, urgent: () => false });
    const next = turns.run(async () => 'worked', { signal: never, urgent: () => false });
    await expect(failing).rejects.toThrow('no');
    expect(await next).toBe('worked');
  });
});
