import { describe, expect, it } from 'vitest';
import type { DeadLetterCause } from '../../../src/logger/dead-letters/dead-letter.ts';
import { attributeOf } from '../../../src/logger/event/log-event.ts';
import { logEvent } from '../../support/delivery/log-event.ts';
import { balanceOf, openScripted, type ScriptedOptions } from '../../support/delivery/scripted-sink.ts';
import { settled } from '../../support/delivery/test-clock.ts';

const minuteMs = 60_000;
const numbered = (count: number) => Array.from({ length: count }, (_, i) => `e${i}`);
const isPoison = (id: string) => id.startsWith('poison');
/** A sink that fails over each POST with a poison event in it. */
const poisoned = (say: number | 'refused') => (ids: readonly string[]) => (ids.some(isPoison) ? say : 202);

function graves(keeps = true) {
  const buried: { readonly id: string | undefined; readonly cause: DeadLetterCause }[] = [];
  const deadLetters: NonNullable<ScriptedOptions['deadLetters']> = {
    async bury(event, cause) {
      buried.push({ id: attributeOf(event, 'id'), cause });
      return keeps;
    },
    async [Symbol.asyncDispose]() {
      await settled();
    },
  };
  return { buried, deadLetters };
}

describe('an event that the sink fails over', () => {
  it('is given up after so many failures between deliveries, beside good events that all arrive', async () => {
    const { offer, clock, metrics, posts, lines } = openScripted(poisoned(500), { config: { maxAttempts: 4 } });
    offer('poison');
    for (let i = 0; i < 120; i += 1) {
      offer(`good${i}`);
      await clock.advance(1000);
    }
    expect(metrics.totals).toEqual({ received: 121, delivered: 120, deadLettered: 0, dropped: 1 });
    expect(metrics.drops.get('attempts')?.value).toBe(1);
    expect(posts.filter(({ ids }) => isPoison(ids[0]!)).length).toBeLessThanOrEqual(8);
    expect(lines.filter(({ level }) => level === 'warn')).toEqual([]);
  });

  it('is never given up while it is the only one: the sink may be at fault', async () => {
    const { offer, clock, metrics, queue } = openScripted(poisoned(500), { config: { maxAttempts: 2 } });
    offer('poison');
    await clock.advance(60 * minuteMs);
    expect([queue.depth, metrics.totals.dropped]).toEqual([1, 0]);
  });

  it.each([1, 5])('never keeps good ones waiting, with %i workers, be two thirds of its kind', async (workers) => {
    const { offer, clock, metrics, ...rest } = openScripted(poisoned('refused'), {
      config: { workers, maxAttempts: 3 },
    });
    for (let i = 0; i < 450; i += 1) offer(clock.random() < 2 / 3 ? `poison${i}` : `good${i}`);
    await clock.advance(10 * minuteMs);
    const bad = rest.posts.flatMap(({ ids }) => ids).filter(isPoison);
    expect(metrics.totals.delivered).toBe(450 - new Set(bad).size);
    expect(metrics.totals.delivered).toBeGreaterThan(100);
    expect(balanceOf({ metrics, ...rest })).toEqual({ received: 450, accounted: 450, queued: 0 });
  });

  it('that takes long to fail leaves workers to the others', async () => {
    const { offer, clock, queue, sink } = openScripted(() => 202, {
      config: { maxAttempts: 1000, maxBackoffMs: 1000 },
    });
    sink.decide = ([id]) => {
      sink.tookMs = isPoison(id!) ? 10_000 : 1;
      return isPoison(id!) ? 'refused' : 202;
    };
    let poison = 0;
    for (let second = 0; second < 400; second += 1) {
      if (second % 20 === 0) offer(`poison${poison++}`);
      offer(`good${second}`);
      await clock.advance(1000);
      expect(queue.depth).toBe(poison);
    }
  });
});

describe('an event that goes to the dead letters', () => {
  it('tells what the sink answered, and what it is called', async () => {
    const { deadLetters, buried } = graves();
    const { offer, clock, metrics, queue, lines } = openScripted(poisoned(413), { deadLetters });
    offer('a', 'poison', 'b');
    await clock.advance(1000);
    expect(buried).toEqual([{ id: 'poison', cause: { code: 413, message: 'says 413', sink: 'http://sink' } }]);
    expect(metrics.totals).toEqual({ received: 3, delivered: 2, deadLettered: 1, dropped: 0 });
    expect(queue.depth).toBe(0);
    expect(lines).toEqual([]);
  });

  it('tells what went wrong when there was no answer', async () => {
    const { deadLetters, buried } = graves();
    const { offer, clock, metrics } = openScripted(poisoned('refused'), { deadLetters, config: { maxAttempts: 2 } });
    offer('poison');
    for (let i = 0; i < 60; i += 1) {
      offer(`good${i}`);
      await clock.advance(1000);
    }
    const message = 'dispatch error: refused: connect ECONNREFUSED';
    expect(buried).toEqual([{ id: 'poison', cause: { code: null, message, sink: 'http://sink' } }]);
    expect(metrics.totals.deadLettered).toBe(1);
  });

  it('costs no timer while they take their time, be the circuit open', async () => {
    const deadLetters = { bury: () => new Promise<boolean>(() => undefined), [Symbol.asyncDispose]: settled };
    const { offer, clock, sender, sink, queue } = openScripted(() => 'refused', { deadLetters });
    offer('a');
    await clock.advance(minuteMs);
    sink.decide = () => 400;
    await clock.advance(minuteMs);
    expect([sender.health.circuit, queue.depth, clock.alarms]).toEqual(['open', 1, 0]);
    sink.decide = () => 202;
    offer('b');
    await clock.advance(minuteMs);
    expect([sender.health.circuit, queue.depth, clock.alarms]).toEqual(['closed', 1, 0]);
  });

  it('is lost when those cannot keep it, and that is said', async () => {
    const { deadLetters } = graves(false);
    const { offer, clock, metrics, lines } = openScripted(() => 400, { deadLetters });
    offer('a');
    await clock.advance(10);
    expect(metrics.drops.get('dead_letter_failed')?.value).toBe(1);
    expect(lines).toMatchObject([{ level: 'error', fields: { reasons: { dead_letter_failed: 1 } } }]);
  });

  it('is waited for by flush', async () => {
    let keep: (kept: boolean) => void = () => undefined;
    const bury = () =>
      new Promise<boolean>((resolve) => {
        keep = resolve;
      });
    const deadLetters = { bury, [Symbol.asyncDispose]: settled };
    const { offer, clock, sender, metrics } = openScripted(() => 400, { deadLetters });
    offer('a');
    let flushed = false;
    void sender.flush(clock.nowMs() + 1000).then(() => {
      flushed = true;
    });
    await clock.advance(100);
    expect([flushed, metrics.queued.value]).toEqual([false, 1]);
    keep(true);
    await settled();
    expect([flushed, metrics.totals.deadLettered]).toEqual([true, 1]);
  });
});

describe('a batch', () => {
  const batched = { format: 'batched', batchEvents: 16, lingerMs: 0, workers: 2 } as const;

  it('takes as many events as it may, by count and by bytes', async () => {
    const byCount = openScripted(() => 202, { config: batched });
    byCount.offer(...numbered(40));
    await byCount.clock.advance(100);
    expect(byCount.posts.map(({ ids }) => ids.length)).toEqual([16, 16, 8]);
    const byBytes = openScripted(() => 202, { config: { ...batched, batchBytes: 100 } });
    for (const [i, bytes] of [60, 40, 1, 99, 500, 10].entries()) byBytes.queue.offer(logEvent(`b${i}`, bytes));
    await byBytes.clock.advance(100);
    expect(byBytes.posts.map(({ ids }) => ids.join())).toEqual(['b0,b1', 'b2,b3', 'b4', 'b5']);
  });

  it('waits for company no longer than it may, and not at all when it is full or flushed', async () => {
    const { offer, clock, posts, sender } = openScripted(() => 202, { config: { ...batched, lingerMs: 60_000 } });
    offer(...numbered(3));
    await clock.advance(50_000);
    expect([posts.length, clock.alarms]).toEqual([0, 1]);
    offer(...numbered(13));
    await clock.advance(10);
    expect(posts.map(({ ids }) => ids.length)).toEqual([16]);
    offer('a', 'b');
    await clock.advance(61_000);
    expect(posts.map(({ ids }) => ids.length)).toEqual([16, 2]);
    offer('c');
    await clock.advance(10);
    void sender.flush(clock.nowMs() + 1000);
    await clock.advance(10);
    expect(posts.map(({ ids }) => ids.length)).toEqual([16, 2, 1]);
  });

  it('that is rejected is halved until the bad event stands alone', async () => {
    const { offer, clock, posts, metrics } = openScripted(poisoned(400), { config: batched });
    offer(...numbered(11), 'poison', ...numbered(4));
    await clock.advance(1000);
    expect(metrics.totals).toEqual({ received: 16, delivered: 15, deadLettered: 0, dropped: 1 });
    expect(posts.filter(({ ids }) => ids.some(isPoison)).map(({ ids }) => ids.length)).toEqual([16, 8, 4, 2, 1]);
  });

  it('that fails stays together', async () => {
    const { offer, clock, posts, sink } = openScripted(() => 'refused', { config: batched });
    offer(...numbered(16));
    await clock.advance(50);
    sink.decide = () => 202;
    await clock.advance(1000);
    expect(posts.map(({ ids }) => ids.length)).toEqual([16, 16]);
  });

  it('that fails again and again beside others is halved as well: one event of it may be the reason', async () => {
    const { offer, clock, metrics } = openScripted(poisoned(500), { config: { ...batched, maxAttempts: 3 } });
    offer(...numbered(11), 'poison', ...numbered(4));
    for (let i = 0; i < 300; i += 1) {
      offer(`good${i}`);
      await clock.advance(1000);
    }
    expect(metrics.totals).toEqual({ received: 316, delivered: 315, deadLettered: 0, dropped: 1 });
  });

  it('does not keep the circuit open when each has one bad event: probes are single events', async () => {
    const { offer, clock, metrics } = openScripted(poisoned(500), { config: { ...batched, maxAttempts: 3 } });
    for (let i = 0; i < 20; i += 1) offer(...numbered(15), `poison${i}`);
    await clock.advance(60 * minuteMs);
    expect(metrics.totals.delivered).toBe(300);
  });
});
