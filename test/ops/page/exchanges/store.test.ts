import { describe, expect, it } from 'vitest';
import { limitsNotice } from '../../../../src/ops/page/exchanges/notice.js';
import { ExchangeStore } from '../../../../src/ops/page/exchanges/store.js';
import { exchange, listOf } from './exchanges.ts';

describe('the store of exchanges', () => {
  it('shows the newest arrival first, whatever ended first', () => {
    const store = new ExchangeStore();
    store.take(listOf(2, { exchanges: [exchange(3), exchange(1)], running: [exchange(2, { outcome: 'running' })] }));
    expect(store.all().map(({ id }) => id)).toEqual([3, 2, 1]);
  });

  it('replaces what ran, so that nothing runs for ever whose end was skipped', () => {
    const store = new ExchangeStore();
    store.take(listOf(1, { running: [exchange(1, { outcome: 'running' }), exchange(2, { outcome: 'running' })] }));
    store.take(listOf(9, { exchanges: [exchange(1)], skipped: 7 }));
    expect(store.all().map(({ id, outcome }) => [id, outcome])).toEqual([[1, 'ok']]);
  });

  it('holds a thousand', () => {
    const store = new ExchangeStore();
    for (let start = 1; start <= 2001; start += 200) {
      store.take(listOf(start, { exchanges: Array.from({ length: 200 }, (_, at) => exchange(start + at)) }));
    }
    expect(store.all()).toHaveLength(1000);
    expect(store.find(2200)).toBeDefined();
    expect(store.find(1200)).toBeUndefined();
  });

  it('counts what was skipped, but not what went before the page was there', () => {
    const store = new ExchangeStore();
    store.take(listOf(5000, { skipped: 4800 }));
    expect(store.skipped).toBe(0);
    store.take(listOf(6000, { skipped: 800 }));
    expect(store.skipped).toBe(800);
  });

  it('names each model once', () => {
    const store = new ExchangeStore();
    store.take(
      listOf(3, {
        exchanges: [exchange(1), exchange(2, { model: 'cats' }), exchange(3), exchange(4, { model: null })],
      }),
    );
    expect(store.models()).toEqual(['cats', 'digits']);
  });
});

describe('the notice', () => {
  const { limits } = listOf(1);

  it('is silent while everything is there', () => {
    expect(limitsNotice({ limits, skipped: 0 })).toBeNull();
    expect(limitsNotice({ limits: null, skipped: 0 })).toBeNull();
  });

  it('says that bodies are sampled, that lines were skipped, and what is held at the most', () => {
    const busy = { ...limits, perSecond: 1240, keptPerSecond: 100, heldExchanges: 1000, heldBytes: 3 * 2 ** 20 };
    expect(limitsNotice({ limits: busy, skipped: 1040 })).toBe(
      '1,240 a second; bodies of 100 a second are kept · 1,040 lines skipped: too many for a list · ' +
        'the newest 1,000 are held, 3.00 MiB of 32.0 MiB of bodies.',
    );
  });
});
