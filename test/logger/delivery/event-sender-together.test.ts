// Events that stay together in every attempt, as objects of a store do: what fails comes again as it was, until it is taken.
import { describe, expect, it } from 'vitest';
import { balanceOf, openScripted, type Say } from '../../support/delivery/scripted-sink.ts';

const config = { format: 'batched', batchEvents: 3, lingerMs: 60_000, workers: 2, maxAttempts: 2 } as const;
const ids = Array.from({ length: 12 }, (_, nth) => `e${nth}`);
const keyOf = (batch: readonly string[]) => batch.join();

describe('events that go together', () => {
  it('come again with the same company, also as the probe of a store that is down', async () => {
    let say: Say = 'refused';
    const opened = openScripted(() => say, { config, together: true });
    opened.offer(...ids);
    await opened.clock.advance(120_000);
    expect(opened.sender.health.circuit).toBe('open');
    say = 202;
    await opened.clock.advance(120_000);
    expect(new Set(opened.posts.map((post) => keyOf(post.ids)))).toEqual(
      new Set(['e0,e1,e2', 'e3,e4,e5', 'e6,e7,e8', 'e9,e10,e11']),
    );
    expect(opened.metrics.totals).toMatchObject({ received: 12, delivered: 12, dropped: 0 });
  });

  it('are never given up, though the store takes others', async () => {
    let bad = true;
    const opened = openScripted((batch) => (bad && batch.includes('e4') ? 503 : 202), { config, together: true });
    opened.offer(...ids);
    for (let round = 0; round < 30; round++) {
      opened.offer(`x${round}`, `y${round}`, `z${round}`);
      await opened.clock.advance(40_000);
    }
    expect(opened.posts.filter((post) => post.ids.includes('e4')).length).toBeGreaterThan(20);
    expect(opened.metrics.totals).toMatchObject({ received: 102, delivered: 99, dropped: 0 });
    bad = false;
    await opened.clock.advance(40_000);
    expect(new Set(opened.posts.filter((post) => post.ids.includes('e4')).map((post) => keyOf(post.ids))).size).toBe(1);
    expect(opened.queue.depth).toBe(0);
    const { received, accounted, queued } = balanceOf(opened);
    expect([accounted, queued]).toEqual([received, 0]);
  });

  it('are looked at one by one when no object can be made of them', async () => {
    const opened = openScripted((batch) => (batch.includes('e1') ? 400 : 202), { config, together: true });
    opened.offer('e0', 'e1', 'e2');
    await opened.clock.advance(60_000);
    expect(opened.metrics.totals).toMatchObject({ received: 3, delivered: 2, dropped: 1 });
  });
});

it('a batch that waits is looked at when its bytes may be enough, though a failed one waits for longer', async () => {
  const opened = openScripted((batch) => (batch.includes('e0') ? 'refused' : 202), {
    config: { ...config, batchEvents: 100, batchBytes: 25, lingerMs: 1_000 },
    together: true,
  });
  opened.offer('e0');
  await opened.clock.advance(2_000); // the queue counts in the world's time, which goes on a little
  expect(opened.posts.map((post) => keyOf(post.ids))).toContain('e0');
  opened.offer('a', 'b', 'c');
  await opened.clock.advance(1);
  expect(opened.posts.map((post) => keyOf(post.ids))).toContain('a,b');
  await opened.clock.advance(2_000);
  expect(opened.posts.map((post) => keyOf(post.ids))).toContain('c');
});
