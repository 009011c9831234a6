// Room for a pull is taken while the store is still listing; who may push makes others go, who may not gives up.
import { describe, expect, it } from 'vitest';
import type { Budget, BudgetParts } from '../../../src/puller/budget/budget.ts';
import { openBudget } from '../../../src/puller/budget/byte-budget.ts';
import { RoomOnDisk } from '../../../src/puller/residency/room-on-disk.ts';
import { testRecord } from '../../support/puller/test-record.ts';

const never = new AbortController().signal;

function diskOf(maxBytes: number, pushOut: BudgetParts['pushOut'] = () => undefined): Budget {
  return openBudget({ maxBytes, option: '--model-disk-budget', useOf: () => 0, mayGo: () => true, pushOut });
}

function roomOn(disk: Budget | null, { pushes = false, signal = never, versions = [] as readonly string[] } = {}) {
  const record = testRecord({ name: 'new', versions });
  return new RoomOnDisk({ disk, record, mayPush: () => pushes, signal });
}

describe('room for a pull', () => {
  it('is there for all without a budget', async () => {
    using room = roomOn(null);
    room.take(1e15);
    await room.made();
    expect([room.isFull, room.signal.aborted]).toEqual([false, false]);
  });

  it('grows with what is listed, beside the version that is there', async () => {
    const disk = diskOf(10_000);
    using room = roomOn(disk, { versions: ['A'] });
    room.take(2_000);
    expect(disk.usedBytes).toBe(3_000);
    room.take(5_000);
    room.take(4_000);
    expect(disk.usedBytes).toBe(6_000);
    await room.made();
  });

  it('that is not there ends the pull of who may not push, and nobody goes for it', async () => {
    const pushed: string[] = [];
    const disk = diskOf(10_000, (name) => void pushed.push(name));
    disk.tryReserve({ name: 'old', bytes: 9_000 });
    using room = roomOn(disk);
    room.take(5_000);
    expect([room.isFull, room.signal.aborted, pushed]).toEqual([true, true, []]);
    await expect(room.made()).rejects.toThrow('no room on disk');
  });

  it('is made for who may push: the pull goes on meanwhile, and ends when the others have gone', async () => {
    const pushed: string[] = [];
    const disk = diskOf(10_000, (name) => void pushed.push(name));
    disk.tryReserve({ name: 'old', bytes: 9_000 });
    using room = roomOn(disk, { pushes: true });
    room.take(5_000);
    expect([room.signal.aborted, pushed]).toEqual([false, ['old']]);
    let isMade = false;
    const made = room.made().then(() => {
      isMade = true;
    });
    await new Promise(setImmediate);
    expect(isMade).toBe(false);
    disk.free('old');
    await made;
    expect(disk.usedBytes).toBe(5_000);
  });

  it('that can never be ends the pull with the reason', async () => {
    using room = roomOn(diskOf(1_000), { pushes: true });
    room.take(5_000);
    await expect(room.made()).rejects.toMatchObject({ code: 'MODEL_TOO_LARGE' });
    expect(room.failure).toMatchObject({ code: 'MODEL_TOO_LARGE' });
  });

  it('is not waited for when the pull is over', async () => {
    const disk = diskOf(10_000);
    disk.tryReserve({ name: 'old', bytes: 9_000 });
    const stop = new AbortController();
    using room = roomOn(disk, { pushes: true, signal: stop.signal });
    room.take(5_000);
    stop.abort(new Error('something else is wanted'));
    await expect(room.made()).rejects.toThrow('something else is wanted');
    expect(disk.holds('new')).toBe(false);
  });
});
