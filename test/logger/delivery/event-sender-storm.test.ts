import { expect, it } from 'vitest';
import type { DeadLetters } from '../../../src/logger/dead-letters/dead-letter.ts';
import { balanceOf, openScripted, type Say } from '../../support/delivery/scripted-sink.ts';
import { settled } from '../../support/delivery/test-clock.ts';
import { seededRandom } from '../../support/random.ts';
import { seed } from '../../support/seed.ts';

const faults: readonly Say[] = [400, 404, 413, 429, 500, 503, 'refused', { status: 503, retryAfter: '2' }, 301, null];

/** Dead letters that take their time and fail now and then. */
function unreliable(random: () => number): DeadLetters {
  return {
    async bury() {
      for (let turns = random() * 20; turns > 0; turns -= 1) await settled();
      return random() < 0.7;
    },
    [Symbol.asyncDispose]: settled,
  };
}

it.each(['binary', 'batched'] as const)(
  'events are somewhere at every step of any fault schedule: %s',
  async (format) => {
    for (let round = 0; round < 8; round += 1) {
      const random = seededRandom(seed + round);
      const pick = <Value>(values: readonly Value[]): Value => values[Math.floor(random() * values.length)]!;
      const taken = new Set<string>();
      let faultShare = 0.5;
      const decide = (ids: readonly string[]): Say => {
        const say = random() < faultShare ? pick(faults) : 202;
        if (say === 202) for (const id of ids) taken.add(id);
        return say;
      };
      const config = { format, workers: 1 + Math.floor(random() * 6), batchEvents: 8, lingerMs: 5, maxAttempts: 3 };
      const deadLetters = random() < 0.5 ? { deadLetters: unreliable(random) } : {};
      const scripted = openScripted(decide, { config, ...deadLetters, maxEvents: 60, seed: seed + round });
      const { clock, offer, posts, sender, metrics, queue } = scripted;
      let offered = 0;
      for (let step = 0; step < 150; step += 1) {
        if (step % 10 === 0) faultShare = pick([0, 0.2, 0.6, 1]);
        for (let i = random() * 12; i > 1; i -= 1) offer(`e${offered++}`);
        await clock.advance(pick([0, 1, 10, 500, 5000]));
        if (random() < 0.3) for (const post of posts.splice(0)) post.answer('refused'); // those that hang; a second answer is none
        const { received, accounted, queued } = balanceOf(scripted);
        expect([received, accounted, queued]).toEqual([offered, offered, 0]);
        expect(queue.depth).toBeLessThanOrEqual(60);
      }
      faultShare = 0;
      for (const post of posts.splice(0)) post.answer('refused');
      const flushed = sender.flush(clock.nowMs() + 1e6);
      await clock.advance(600_000);
      await flushed;
      expect(queue.depth).toBe(0);
      expect(metrics.totals.delivered).toBe(taken.size);
      expect(clock.alarms).toBe(0);
    }
  },
);
