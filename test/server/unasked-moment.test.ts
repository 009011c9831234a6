import { expect, it } from 'vitest';
import { untilUnasked } from '../../src/server/unasked-moment.ts';

it('waits while connections come, and returns behind a round in which none did', async () => {
  let accepted = 0;
  let last = -1;
  await untilUnasked(() => {
    last = accepted;
    if (accepted < 600) accepted += 1; // two looks a round: 300 rounds with a connection each
    return last;
  });
  expect(last).toBe(600);
});

it('returns in the end, though there is always somebody', async () => {
  let accepted = 0;
  await untilUnasked(() => accepted++);
  expect(accepted).toBeGreaterThan(0);
});
