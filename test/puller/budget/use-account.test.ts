// How much each model is used, counted in requests.
import { describe, expect, it } from 'vitest';
import { UseAccount } from '../../../src/puller/budget/use-account.ts';

function accountOf(...names: readonly string[]): UseAccount {
  const account = new UseAccount();
  for (const name of names) account.note(name);
  return account;
}

/** Each of `others` in turn, `requests` in all. */
function asked(account: UseAccount, others: readonly string[], requests: number): void {
  for (let at = 0; at < requests; at++) account.note(others[at % others.length] as string);
}

describe('the use of a model', () => {
  it('is nothing before the first request for it', () => {
    expect(accountOf('a').useOf('b')).toBe(0);
  });

  it('is more with more requests', () => {
    const account = accountOf('often', 'seldom', 'often', 'seldom', 'often', 'often');
    expect(account.useOf('often')).toBeGreaterThan(account.useOf('seldom'));
  });

  it('is more with later requests, when they are equally many', () => {
    const account = accountOf('early', 'early', 'late', 'late');
    expect(account.useOf('late')).toBeGreaterThan(account.useOf('early'));
  });

  it('halves with two requests for each model that is known', () => {
    const account = accountOf('a', 'b', 'c', 'd', 'm');
    const before = account.useOf('m');
    asked(account, ['a', 'b', 'c', 'd'], 10);
    expect(account.useOf('m')).toBeCloseTo(before / 2, 12);
  });

  it('does not become less while nobody asks for anything', () => {
    const account = accountOf('a', 'b');
    expect([account.useOf('a'), account.useOf('a')]).toEqual([account.useOf('a'), account.useOf('a')]);
  });

  it('outweighs one request for each of many others', () => {
    const others = Array.from({ length: 500 }, (_, at) => `scanned-${at}`);
    const account = accountOf(...others);
    asked(account, ['hot'], 20);
    asked(account, others, others.length);
    for (const name of others) expect(account.useOf('hot')).toBeGreaterThan(account.useOf(name));
  });

  it('of former days gives way to what is asked for now', () => {
    const account = accountOf('x', 'y');
    asked(account, ['was-hot'], 1_000);
    asked(account, ['is-hot', 'x', 'y'], 60);
    expect(account.useOf('is-hot')).toBeGreaterThan(account.useOf('was-hot'));
  });

  it('stays a number after a million requests for others', () => {
    const account = accountOf('m', 'other');
    asked(account, ['other'], 1_000_000);
    expect(account.useOf('m')).toBeGreaterThanOrEqual(0);
    account.note('m');
    expect(account.useOf('m')).toBeCloseTo(1, 6);
  });
});

describe('a forgotten model', () => {
  it('has no use and no account', () => {
    const account = accountOf('a', 'a', 'b');
    account.forget('a');
    expect([account.useOf('a'), account.size]).toEqual([0, 1]);
  });

  it('begins anew when it comes back', () => {
    const account = accountOf('a', 'a', 'a', 'b');
    account.forget('a');
    account.note('a');
    expect(account.useOf('a')).toBe(1);
  });

  it('may be the last one', () => {
    const account = accountOf('a');
    account.forget('a');
    account.forget('a');
    account.note('b');
    expect([account.useOf('a'), account.useOf('b')]).toEqual([0, 1]);
  });
});
