import { expect, it } from 'vitest';
import { ExchangeShelf, type ShelfBounds } from '../../../src/dev/inspector/exchange-shelf.ts';
import type { SeenExchange } from '../../../src/dev/inspector/seen-exchange.ts';
import { proxyRequest, testClock } from '../../support/seen-exchanges.ts';

function openShelf(bounds: Partial<ShelfBounds> = {}) {
  const clock = testClock();
  const shelf = new ExchangeShelf({ maxExchanges: 4, maxBytes: 100, maxKeptPerSecond: 1000, ...bounds }, clock);
  const open = (bytes = 10): SeenExchange => {
    const seen = shelf.open(proxyRequest());
    seen.requestCopy.add(Buffer.alloc(bytes));
    return seen;
  };
  const pass = (bytes = 10): SeenExchange => {
    const seen = open(bytes);
    shelf.ended(seen);
    return seen;
  };
  const idsAfter = (cursor: number) => shelf.after(cursor).ended.map(({ id }) => id);
  return { clock, shelf, open, pass, idsAfter };
}

it('lists those that ended since, in the order of their ends', () => {
  const { shelf, open, pass, idsAfter } = openShelf();
  const slow = open();
  pass();
  expect([idsAfter(0), shelf.after(0).running]).toEqual([[2], [slow]]);
  const { cursor } = shelf.after(0);
  shelf.ended(slow);
  pass();
  expect([idsAfter(cursor), shelf.after(cursor).running, shelf.after(cursor).skipped]).toEqual([[1, 3], [], 0]);
});

it('holds as many lines as it may, and says how many a list left out', () => {
  const { shelf, pass, idsAfter } = openShelf();
  for (let nth = 1; nth <= 6; nth += 1) pass();
  expect([idsAfter(0), shelf.after(0).skipped, shelf.after(5).skipped]).toEqual([[3, 4, 5, 6], 2, 0]);
  expect([shelf.byId(2), shelf.byId(3)?.id, shelf.limits().heldExchanges]).toEqual([undefined, 3, 4]);
  expect(shelf.limits().heldBytes).toBe(40);
});

it('lists the newest 200, whatever it holds', () => {
  const { shelf, pass } = openShelf({ maxExchanges: 1000, maxBytes: 1e6 });
  for (let nth = 1; nth <= 500; nth += 1) pass();
  const { ended, skipped, cursor } = shelf.after(100);
  expect([ended.length, ended[0]?.id, skipped, cursor]).toEqual([200, 301, 200, 500]);
});

it('lists the 50 that run longest', () => {
  const { shelf, open } = openShelf({ maxBytes: 1e6 });
  for (let nth = 1; nth <= 60; nth += 1) open();
  expect(shelf.after(0).running.map(({ id }) => id)).toEqual(Array.from({ length: 50 }, (_, at) => at + 1));
});

it('takes the cursor of an agent that is gone for none', () => {
  const { pass, idsAfter } = openShelf();
  pass();
  expect(idsAfter(77)).toEqual([1]);
});

it('older bodies make room for newer ones, and their lines stay', () => {
  const { shelf, pass } = openShelf();
  const all = [40, 40, 40].map((bytes) => pass(bytes));
  expect(all.map(({ kept }) => kept)).toEqual([false, true, true]);
  expect(shelf.limits()).toMatchObject({ heldBytes: 80, heldExchanges: 3 });
  expect(all[0]?.request.body).toBeNull();
  expect(all[0]?.requestCopy.passedBytes).toBe(40);
});

it('who runs keeps its bodies; who finds no room goes without', () => {
  const { shelf, open, pass } = openShelf();
  const first = open(90);
  const second = open(20);
  expect([first.kept, second.kept, shelf.limits().heldBytes]).toEqual([true, false, 90]);
  second.responseCopy.add(Buffer.alloc(5));
  expect([second.answer, shelf.limits().heldBytes, second.responseCopy.passedBytes]).toEqual([null, 90, 5]);
  shelf.ended(first);
  pass(20);
  expect([first.kept, shelf.limits().heldBytes]).toEqual([false, 20]);
});

it('keeps bodies of so many a second, and says of how many', () => {
  const { clock, shelf, pass } = openShelf({ maxExchanges: 1000, maxBytes: 1e6, maxKeptPerSecond: 100 });
  for (let second = 0; second < 10; second += 1) {
    for (let nth = 0; nth < 200; nth += 1) {
      pass();
      clock.pass(5);
    }
  }
  const { perSecond, keptPerSecond } = shelf.limits();
  expect(perSecond).toBeCloseTo(200, -1);
  expect(keptPerSecond).toBeGreaterThan(95);
  expect(keptPerSecond).toBeLessThan(112);
  clock.pass(11_000);
  expect(shelf.limits()).toMatchObject({ perSecond: 0, keptPerSecond: 0 });
});

it('gives back the bytes of a line that makes room while its upload goes on', () => {
  const { shelf, open, pass } = openShelf({ maxExchanges: 2 });
  const early = open(30);
  shelf.ended(early);
  pass(10);
  pass(10);
  early.requestCopy.add(Buffer.alloc(30));
  expect(shelf.limits().heldBytes).toBe(20);
});
