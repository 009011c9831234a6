import { describe, expect, it } from 'vitest';
import { HoldAccount } from '../../../src/batcher/policy/hold-account.ts';

function hold(account: HoldAccount, gainedRows: number, ms: number): void {
  account.hold(0, 4);
  account.close(ms, 4 + gainedRows, 5);
}

describe('holding', () => {
  it('is permitted until it was seen not to pay', () => {
    const account = new HoldAccount();
    expect(account.permits()).toBe(true);
    hold(account, 4, 0.5);
    expect(account.permits()).toBe(true);
  });

  it('that gains nobody is tried each eighth time only, until it pays again', () => {
    const account = new HoldAccount();
    hold(account, 0, 2);
    expect(Array.from({ length: 16 }, () => account.permits()).filter(Boolean)).toHaveLength(2);
    hold(account, 4, 0.5);
    expect(account.permits()).toBe(true);
  });

  it('that began may go on', () => {
    const account = new HoldAccount();
    hold(account, 0, 2);
    account.hold(0, 1);
    expect(account.holding).toBe(true);
    expect(account.permits()).toBe(true);
  });

  it('of those that left says nothing', () => {
    const account = new HoldAccount();
    account.hold(0, 4);
    account.drop();
    account.close(100, 4, 5);
    expect(account.holding).toBe(false);
    expect(account.permits()).toBe(true);
  });

  it('counts from its beginning, and a bad one as one overhead at the most', () => {
    const account = new HoldAccount();
    account.hold(0, 4);
    account.hold(99, 8);
    account.close(1000, 8, 5);
    hold(account, 40, 0.1);
    hold(account, 40, 0.1);
    expect(account.permits()).toBe(true);
  });
});
