import { expect, it } from 'vitest';
import { parcelOf, split } from '../../../src/logger/delivery/parcel.ts';
import { logEvent } from '../../support/delivery/log-event.ts';

const queued = (id: string) => ({ event: logEvent(id), bytes: 1, queuedMs: 0, spoolId: null });

it('a parcel that is split holds the same events, and no half answers for the other', () => {
  const events = ['a', 'b', 'c'].map(queued);
  const parcel = { ...parcelOf(events), failures: 3, strikes: 2, dueMs: 7 };
  const [first, rest] = split(parcel, 2);
  expect([...first.events, ...rest.events]).toEqual(events);
  expect(first).toMatchObject({ failures: 3, strikes: 0, dueMs: 7 });
  expect(rest).toMatchObject({ failures: 3, strikes: 0, dueMs: 7 });
});
