// Room for bytes: who gets it, who goes for it, and in what order.
import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { BudgetOwner } from '../../support/budget-owner.ts';

function ownerOf(maxBytes: number, holders: Readonly<Record<string, number>> = {}): BudgetOwner {
  const owner = new BudgetOwner(maxBytes);
  owner.fill(holders);
  return owner;
}

describe('tryReserve', () => {
  it('takes what is free and no more, and pushes nobody out', () => {
    const { budget, told } = ownerOf(10, { a: 6 });
    expect(budget.tryReserve({ name: 'b', bytes: 5 })).toBe(false);
    expect(budget.tryReserve({ name: 'c', bytes: 4 })).toBe(true);
    expect([budget.usedBytes, budget.holds('b'), budget.holds('c'), told]).toEqual([10, false, true, []]);
  });

  it('changes the bytes of a holder', () => {
    const { budget } = ownerOf(10, { a: 6, b: 2 });
    expect(budget.tryReserve({ name: 'a', bytes: 9 })).toBe(false);
    expect(budget.usedBytes).toBe(8);
    expect(budget.tryReserve({ name: 'a', bytes: 8 })).toBe(true);
    expect(budget.tryReserve({ name: 'b', bytes: 0 })).toBe(true);
    expect(budget.usedBytes).toBe(8);
  });

  it('does not get past those who wait, unless it needs nothing', () => {
    const owner = ownerOf(10, { a: 8 });
    owner.busy.add('a');
    owner.reserve('big', 9);
    expect(owner.budget.tryReserve({ name: 'small', bytes: 1 })).toBe(false);
    expect(owner.budget.tryReserve({ name: 'none', bytes: 0 })).toBe(true);
  });

  it('lets in who waits when a holder gives bytes back', async () => {
    const owner = ownerOf(10, { a: 8 });
    owner.busy.add('a');
    owner.reserve('b', 5);
    expect(owner.budget.tryReserve({ name: 'a', bytes: 5 })).toBe(true);
    await owner.settled();
    expect([owner.entered, owner.budget.usedBytes]).toEqual([['b'], 10]);
  });

  it('of one that was told to go says that it stays: another one goes', async () => {
    const owner = ownerOf(10, { a: 5, b: 5 });
    owner.uses.set('b', 1);
    owner.reserve('c', 5);
    owner.busy.add('a');
    expect(owner.told).toEqual(['a']);
    expect(owner.budget.tryReserve({ name: 'a', bytes: 5 })).toBe(true);
    expect(owner.told).toEqual(['a', 'b']);
    owner.budget.free('b');
    await owner.settled();
    expect([owner.entered, owner.budget.holds('a'), owner.budget.usedBytes]).toEqual([['c'], true, 10]);
  });
});

describe('reserve', () => {
  it('waits until whoever was told to go has gone, and tells nobody twice', async () => {
    const owner = ownerOf(10, { a: 5, b: 5 });
    owner.uses.set('a', 2).set('b', 1);
    owner.reserve('c', 5);
    owner.budget.reconsider();
    await owner.settled();
    expect([owner.told, owner.entered]).toEqual([['b'], []]);
    owner.budget.free('b');
    await owner.settled();
    expect([owner.told, owner.entered, owner.budget.usedBytes]).toEqual([['b'], ['c'], 10]);
  });

  it('counts what is coming: two that wait push out no more than they need together', () => {
    const owner = ownerOf(10, { a: 6, b: 4 });
    owner.uses.set('b', 1);
    owner.reserve('c', 3);
    owner.reserve('d', 3);
    expect(owner.told).toEqual(['a']);
  });

  it('waits for those that may not go yet', async () => {
    const owner = ownerOf(10, { a: 5, b: 5 });
    owner.busy.add('a').add('b');
    owner.reserve('c', 3);
    expect(owner.told).toEqual([]);
    owner.busy.delete('b');
    owner.budget.reconsider();
    expect(owner.told).toEqual(['b']);
    owner.budget.free('b');
    await owner.settled();
    expect(owner.entered).toEqual(['c']);
  });

  it('starves no big one for small ones that came later', async () => {
    const owner = ownerOf(10, { a: 5, b: 5 });
    owner.busy.add('a').add('b');
    owner.reserve('big', 10);
    owner.reserve('small', 1);
    owner.budget.free('a');
    await owner.settled();
    expect(owner.entered).toEqual([]);
    owner.budget.free('b');
    await owner.settled();
    expect(owner.entered).toEqual(['big']);
    owner.budget.free('big');
    await owner.settled();
    expect(owner.entered).toEqual(['big', 'small']);
  });

  it('pushes out nobody for those behind one that cannot be helped yet', () => {
    const owner = ownerOf(10, { a: 6, b: 4 });
    owner.busy.add('a');
    owner.reserve('big', 10);
    owner.reserve('small', 1);
    expect(owner.told).toEqual(['b']); // for the big one
  });

  it('never pushes out one that is itself waited for', () => {
    const owner = ownerOf(10, { grows: 4, other: 6 });
    owner.uses.set('other', 100);
    owner.reserve('grows', 6);
    owner.reserve('c', 2);
    expect(owner.told).toEqual(['other']);
  });

  it('lets the first in line win when two that hold bytes wait for each other', async () => {
    const owner = ownerOf(10, { a: 5, b: 5 });
    owner.onPushOut = (name) => owner.budget.free(name);
    owner.busy.add('a').add('b');
    owner.reserve('a', 8);
    owner.reserve('b', 8);
    owner.busy.delete('b'); // its owner waits for room, and nothing else is done with it
    owner.budget.reconsider();
    await owner.settled();
    expect([owner.entered, owner.told]).toEqual([['a'], ['b']]);
    owner.busy.delete('a');
    owner.budget.reconsider();
    await owner.settled();
    expect([owner.entered, owner.budget.usedBytes]).toEqual([['a', 'b'], 8]);
  });

  it('of one that holds bytes and was told to go after all waits for its own free', async () => {
    const owner = ownerOf(12, { a: 10, b: 2 });
    owner.busy.add('a').add('b');
    const first = owner.reserve('a', 12);
    owner.reserve('b', 8);
    owner.busy.delete('b');
    owner.budget.reconsider();
    first.abort(new Error('enough'));
    owner.budget.free('a');
    await owner.settled();
    expect([owner.told, owner.entered]).toEqual([['b'], []]); // what it holds is about to be freed
    owner.budget.free('b');
    await owner.settled();
    expect([owner.entered, owner.budget.usedBytes]).toEqual([['b'], 8]);
  });

  it('of one that holds bytes keeps them while it waits for more', async () => {
    const owner = ownerOf(10, { a: 4, b: 6 });
    owner.busy.add('b');
    const controller = owner.reserve('a', 6);
    expect(owner.budget.usedBytes).toBe(10);
    controller.abort(new Error('enough'));
    await owner.settled();
    expect([owner.failures.length, owner.budget.usedBytes, owner.budget.holds('a')]).toEqual([1, 10, true]);
  });

  it('copes with owners that free at once, and with more than they were told to', async () => {
    const owner = ownerOf(10, { a: 3, b: 3, c: 4 });
    owner.onPushOut = () => {
      for (const each of ['a', 'b', 'c']) owner.budget.free(each);
    };
    owner.reserve('d', 10);
    await owner.settled();
    expect([owner.told, owner.entered, owner.budget.usedBytes]).toEqual([['a'], ['d'], 10]);
  });

  it('refuses at once what could never fit, naming both figures and the option', async () => {
    const owner = ownerOf(8 * 2 ** 30, { a: 1 });
    owner.reserve('m', 12 * 2 ** 30);
    owner.reserve('n', 8 * 2 ** 30 + 1);
    await owner.settled();
    expect(owner.failures).toMatchObject([{ code: 'MODEL_TOO_LARGE' }, { code: 'MODEL_TOO_LARGE' }]);
    expect(String(owner.failures[0])).toContain('model m needs 12.0 GiB, --model-memory-budget is 8.00 GiB');
    expect(String(owner.failures[1])).toContain('(8589934593 of 8589934592 bytes)');
    expect(owner.told).toEqual([]);
  });
});

describe('who stops waiting', () => {
  it('gets the reason, holds nothing, and lets in the next', async () => {
    const owner = ownerOf(10, { a: 8 });
    owner.busy.add('a');
    const controller = owner.reserve('big', 9);
    owner.reserve('small', 2);
    const reason = new Error('no more');
    controller.abort(reason);
    controller.abort(new Error('again'));
    await owner.settled();
    expect([owner.failures, owner.entered]).toEqual([[reason], ['small']]);
    expect([owner.budget.holds('big'), owner.budget.usedBytes]).toEqual([false, 10]);
  });

  it('before it began to never waits', async () => {
    const owner = ownerOf(10);
    const reason = new Error('too late');
    await expect(owner.budget.reserve({ name: 'a', bytes: 1 }, AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(owner.budget.holds('a')).toBe(false);
  });

  it('after it got its bytes keeps them until free', async () => {
    const owner = ownerOf(10, { a: 10 });
    owner.onPushOut = (name) => owner.budget.free(name);
    const controller = owner.reserve('b', 5);
    await owner.settled();
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
    controller.abort(new Error('too late'));
    await owner.settled();
    expect([owner.entered, owner.failures, owner.budget.usedBytes]).toEqual([['b'], [], 5]);
    owner.budget.free('b');
    owner.budget.free('b');
    expect(owner.budget.usedBytes).toBe(0);
  });
});

describe('take', () => {
  it('counts what is there, room or not, and has as few go as will do', () => {
    const owner = ownerOf(10, { a: 4, b: 4 });
    owner.uses.set('b', 1);
    owner.budget.take({ name: 'c', bytes: 2 });
    expect([owner.budget.usedBytes, owner.told]).toEqual([10, []]);
    owner.busy.add('d');
    owner.budget.take({ name: 'd', bytes: 3 });
    expect([owner.budget.usedBytes, owner.told]).toEqual([13, ['a']]);
    owner.budget.free('a');
    expect([owner.budget.usedBytes, owner.told]).toEqual([9, ['a']]);
  });

  it('has somebody go as soon as somebody may', () => {
    const owner = ownerOf(10, { a: 5, b: 5 });
    for (const name of ['a', 'b']) owner.busy.add(name);
    owner.budget.take({ name: 'a', bytes: 8 });
    expect(owner.told).toEqual([]);
    owner.busy.delete('b');
    owner.budget.reconsider();
    expect(owner.told).toEqual(['b']);
  });

  it('of fewer bytes lets in who waits', async () => {
    const owner = ownerOf(10, { a: 8 });
    owner.busy.add('a');
    owner.reserve('b', 5);
    owner.budget.take({ name: 'a', bytes: 5 });
    await owner.settled();
    expect([owner.entered, owner.budget.usedBytes]).toEqual([['b'], 10]);
  });
});
