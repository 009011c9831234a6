import { expect, it } from 'vitest';
import { BatchShelf } from '../../../src/dev/inspector/batch-shelf.ts';
import { seenExchange, testClock } from '../../support/seen-exchanges.ts';

function openBatches(maxBatches = 10) {
  const clock = testClock();
  const shelf = new BatchShelf({ maxBatches }, clock);
  const join = (id: number, batch: string, requests = 2) =>
    shelf.joined(seenExchange(id, { batch: { id: batch, requests, rows: requests * 2 } }), () => 'm');
  return { clock, shelf, join };
}

it('a batch has its members in order of arrival, and when and how long the runtime worked', () => {
  const { shelf, join } = openBatches();
  join(2, 'b1');
  join(1, 'b1');
  expect(shelf.after(0)).toEqual({
    cursor: 1,
    batches: [
      {
        ...{ id: 'b1', model: 'm', at: '2026-01-02T03:04:05.005Z', requests: 2, rows: 4, runtimeMs: 5 },
        members: [
          { id: 1, waitMs: 3, status: 200 },
          { id: 2, waitMs: 3, status: 200 },
        ],
      },
    ],
  });
});

it('a request with a call of its own is in none', () => {
  const { shelf } = openBatches();
  shelf.joined(seenExchange(1), () => 'm');
  expect(shelf.after(0)).toEqual({ cursor: 0, batches: [] });
});

it('one that lacks members is listed once they had their time, and never left out', () => {
  const { clock, shelf, join } = openBatches();
  join(1, 'b1');
  join(3, 'b2', 1);
  expect(shelf.after(0)).toEqual({ cursor: 0, batches: [] });
  clock.pass(1000);
  expect(shelf.after(0)).toMatchObject({ cursor: 2, batches: [{ id: 'b1', members: { length: 1 } }, { id: 'b2' }] });
});

it('holds the newest, and lists the newest 200', () => {
  const { shelf, join } = openBatches(300);
  for (let nth = 1; nth <= 400; nth += 1) join(nth, `b${nth}`, 1);
  const { cursor, batches } = shelf.after(0);
  expect([cursor, batches.length, batches[0]?.id]).toEqual([400, 200, 'b201']);
  expect([shelf.byId('b100'), shelf.byId('b101')?.id]).toEqual([null, 'b101']);
});
