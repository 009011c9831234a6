// Parts that pulls share: one for all who borrow at the same time, closed once, and never while somebody has it.
import { describe, expect, it } from 'vitest';
import { alone, Kept } from '../../src/storage/kept.ts';
import { eventually } from '../support/eventually.ts';

class Part implements AsyncDisposable {
  closed = 0;

  async [Symbol.asyncDispose](): Promise<void> {
    this.closed += 1;
  }
}

const open = (): Part => new Part();

describe('what is kept', () => {
  it('is one part for each key, also for those who come while it is being opened', async () => {
    await using kept = new Kept({ idleMs: 60_000 });
    const slow = async (): Promise<Part> => new Promise((resolve) => setImmediate(resolve, new Part()));
    const [one, two, other] = await Promise.all([
      kept.borrow('a', slow),
      kept.borrow('a', open),
      kept.borrow('b', open),
    ]);
    expect(two.part).toBe(one.part);
    expect(other.part).not.toBe(one.part);
  });

  it('stays for the next one, and is closed some time after the last', async () => {
    await using kept = new Kept({ idleMs: 20 });
    const first = await kept.borrow('a', open);
    await first[Symbol.asyncDispose]();
    await first[Symbol.asyncDispose](); // a second time takes it from nobody
    const second = await kept.borrow('a', open);
    expect(second.part).toBe(first.part);
    await second[Symbol.asyncDispose]();
    await eventually('it is closed', () => first.part.closed === 1);
    expect((await kept.borrow('a', open)).part).not.toBe(first.part);
  });

  it('that was retired goes to nobody else, and is closed with its last user', async () => {
    await using kept = new Kept({ idleMs: 60_000 });
    const [one, two] = [await kept.borrow('a', open), await kept.borrow('a', open)];
    one.retire();
    const next = await kept.borrow('a', open);
    expect(next.part).not.toBe(one.part);
    await one[Symbol.asyncDispose]();
    expect(one.part.closed).toBe(0);
    await two[Symbol.asyncDispose]();
    expect(one.part.closed).toBe(1);
    two.retire(); // too late, and of another part
    expect((await kept.borrow('a', open)).part).toBe(next.part);
  });

  it('is opened anew after a failure, of which all who waited hear', async () => {
    await using kept = new Kept({ idleMs: 60_000 });
    const fail = (): never => {
      throw new Error('no key file');
    };
    const both = [kept.borrow('a', fail), kept.borrow('a', open)];
    expect((await Promise.allSettled(both)).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect((await kept.borrow('a', open)).part.closed).toBe(0);
  });

  it('is closed at the end: what is idle at once, what is in use when it is given back', async () => {
    const kept = new Kept({ idleMs: 60_000 });
    const [idle, used] = [await kept.borrow('idle', open), await kept.borrow('used', open)];
    await idle[Symbol.asyncDispose]();
    await kept[Symbol.asyncDispose]();
    expect([idle.part.closed, used.part.closed]).toEqual([1, 0]);
    await used[Symbol.asyncDispose]();
    expect(used.part.closed).toBe(1);
  });
});

it('who borrows alone has a part of his own', async () => {
  const [one, two] = [await alone.borrow('a', open), await alone.borrow('a', open)];
  expect(one.part).not.toBe(two.part);
  await one[Symbol.asyncDispose]();
  expect([one.part.closed, two.part.closed]).toEqual([1, 0]);
});
