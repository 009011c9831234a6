import { describe, expect, it } from 'vitest';
import { balanceOf, openScripted } from '../../support/delivery/scripted-sink.ts';
import { settled } from '../../support/delivery/test-clock.ts';
import { seededRandom } from '../../support/random.ts';

const minuteMs = 60_000;
const numbered = (count: number, from = 0) => Array.from({ length: count }, (_, i) => `e${from + i}`);

describe('a sender', () => {
  it('delivers never in the turn of whoever offers, and then with all workers', async () => {
    const { offer, posts, clock, metrics } = openScripted(() => 202, { config: { workers: 3 } });
    offer(...numbered(7));
    expect(posts).toEqual([]);
    await settled();
    expect(posts.map(({ ids }) => ids[0])).toEqual(['e0', 'e1', 'e2']);
    await clock.advance(10);
    expect(posts).toHaveLength(7);
    expect(metrics.totals.delivered).toBe(7);
    expect(metrics.deliverySeconds.count).toBe(7);
  });

  it('sets no timer while nothing waits', async () => {
    const { offer, clock } = openScripted(() => 202);
    offer(...numbered(20));
    await clock.advance(100);
    expect(clock.alarms).toBe(0);
  });

  it('waits longer after each failure of an event, and keeps the event until then', async () => {
    const answers = [500, 'refused', 503, 202] as const;
    const { offer, posts, clock, metrics, queue } = openScripted(() => answers[posts.length - 1]!);
    offer('a');
    await clock.advance(10);
    expect([queue.depth, metrics.queued.value, clock.alarms]).toEqual([1, 1, 1]);
    await clock.advance(minuteMs);
    expect(posts).toHaveLength(4);
    const waits = posts.slice(1).map(({ atMs }, i) => atMs - posts[i]!.atMs);
    for (const [i, waitMs] of waits.entries()) {
      expect(waitMs).toBeGreaterThanOrEqual(100 * 2 ** i);
      expect(waitMs).toBeLessThanOrEqual(200 * 2 ** i + 2);
    }
    expect(metrics.totals).toEqual({ received: 1, delivered: 1, deadLettered: 0, dropped: 0 });
    expect(metrics.retries.value).toBe(3);
  });

  it('drops what the sink rejects, and says so once a minute with counts', async () => {
    const { offer, clock, metrics, lines } = openScripted(() => 400);
    offer('a');
    await clock.advance(10);
    offer('b', 'c');
    await clock.advance(minuteMs);
    offer('d');
    await clock.advance(10);
    expect(metrics.drops.get('rejected')?.value).toBe(4);
    const errors = lines.filter(({ level }) => level === 'error').map(({ fields }) => fields);
    expect(errors).toEqual([
      { sink: 'http://sink', events: 1, reasons: { rejected: 1 } },
      { sink: 'http://sink', events: 2, reasons: { rejected: 2 } },
    ]);
  });

  it('says as well what its full queue dropped', async () => {
    const { offer, clock, lines, sender } = openScripted(() => null, { maxEvents: 10 });
    offer(...numbered(15));
    await clock.advance(10);
    expect(lines).toMatchObject([{ level: 'error', fields: { events: 5, reasons: { queue_full: 5 } } }]);
    offer('late');
    await sender[Symbol.asyncDispose]();
    expect(lines[1]).toMatchObject({ level: 'error', fields: { events: 1, reasons: { queue_full: 1 } } });
  });

  it('pauses as a whole when the sink asks for it, and holds that against no event', async () => {
    let calm = false;
    const { offer, posts, clock, metrics, sink } = openScripted(() => (calm ? 202 : { status: 429, retryAfter: '7' }), {
      config: { workers: 1, maxAttempts: 1 },
    });
    offer(...numbered(3));
    await clock.advance(6900);
    expect(posts).toHaveLength(1);
    calm = true;
    await clock.advance(200);
    expect(metrics.totals.delivered).toBe(3);
    sink.decide = (ids) => (ids[0] === 'p' && posts.length < 30 ? { status: 429, retryAfter: '1' } : 202);
    offer('p');
    for (let i = 0; i < 60; i += 1) {
      offer(`good${i}`);
      await clock.advance(1000);
    }
    expect(metrics.totals).toMatchObject({ received: 64, delivered: 64, dropped: 0 });
  });

  it('pauses no longer than the cap of the backoff', async () => {
    const { offer, posts, clock } = openScripted(() => ({ status: 503, retryAfter: '86400' }), {
      config: { maxBackoffMs: 5000 },
    });
    offer('a');
    await clock.advance(5100);
    expect(posts).toHaveLength(2);
  });

  it('disposed of, it posts nothing more, and leaves its events in the queue', async () => {
    const { offer, posts, clock, sender, queue, sink, metrics } = openScripted(() => null, { config: { workers: 2 } });
    offer(...numbered(4));
    await clock.advance(10);
    await sender[Symbol.asyncDispose]();
    await sender[Symbol.asyncDispose]();
    expect(sink.disposed).toBe(true);
    posts[0]!.answer(202);
    posts[1]!.answer('refused');
    offer('late');
    await clock.advance(minuteMs);
    expect(posts).toHaveLength(2);
    expect([queue.depth, metrics.totals.delivered, clock.alarms]).toEqual([4, 1, 0]);
  });

  it('knows how the sink is doing', async () => {
    const { offer, clock, sender, sink, metrics } = openScripted(() => 202);
    const fresh = { healthy: true, lastError: null, lastDeliveryMs: null, circuit: 'closed' };
    expect(sender.health).toEqual(fresh);
    offer('a');
    await clock.advance(5);
    const lastDeliveryMs = clock.wallMs() - 4;
    expect(sender.health).toEqual({ ...fresh, lastDeliveryMs });
    sink.decide = () => 'refused';
    offer('b');
    await clock.advance(minuteMs);
    expect(sender.health).toMatchObject({ healthy: false, lastDeliveryMs, circuit: 'open' });
    expect(sender.health.lastError?.message).toBe('refused: connect ECONNREFUSED');
    expect(metrics.healthy.value).toBe(0);
    sink.decide = () => 202;
    await clock.advance(minuteMs);
    expect(sender.health).toMatchObject({ healthy: true, circuit: 'closed' });
    expect(metrics.healthy.value).toBe(1);
  });
});

describe('a sink that is away for half an hour', () => {
  it('costs no event that has room, and is asked gently', async () => {
    const { offer, posts, clock, metrics, lines, sink, ...rest } = openScripted(() => 'refused');
    for (let minute = 0; minute < 30; minute += 1) {
      offer(...numbered(50, minute * 50));
      await clock.advance(minuteMs);
    }
    expect(balanceOf({ metrics, ...rest })).toEqual({ received: 1500, accounted: 1500, queued: 0 });
    expect(rest.queue.depth).toBe(1500);
    expect(posts.length).toBeLessThan(160); // one each 15 to 30 s
    expect(lines.map(({ level }) => level)).toEqual(['warn']);
    sink.decide = () => 202;
    await clock.advance(minuteMs);
    expect(metrics.totals).toEqual({ received: 1500, delivered: 1500, deadLettered: 0, dropped: 0 });
    expect(lines.map(({ level }) => level)).toEqual(['warn', 'info']);
    expect(lines[1]!.fields).toMatchObject({ dropped: 0, queued: 1499 });
    expect(lines[1]!.fields.afterMs).toBeGreaterThan(29 * minuteMs);
    expect(clock.alarms).toBe(0);
  });

  it('is asked with one event at a time, and never with the same twice in a row', async () => {
    const { offer, posts, clock, sender, sink, metrics } = openScripted(() => 'refused');
    offer(...numbered(8));
    await clock.advance(2000);
    expect(sender.health.circuit).toBe('open');
    const before = posts.length;
    await clock.advance(30 * minuteMs);
    const probes = posts.slice(before).map(({ ids }) => ids.join());
    expect(probes.length).toBeGreaterThan(50);
    for (const [i, id] of probes.entries()) expect(id).not.toBe(probes[i - 1]);
    expect(new Set(probes).size).toBe(8);
    const times = posts.slice(before).map(({ atMs }) => atMs);
    for (const [i, atMs] of times.slice(1).entries()) expect(atMs - times[i]!).toBeGreaterThan(1);
    sink.decide = () => 202;
    await clock.advance(minuteMs);
    expect(metrics.totals.delivered).toBe(8);
  });

  it('is asked with the only event there is', async () => {
    const { offer, posts, clock, sink, metrics } = openScripted(() => 'refused');
    offer('a');
    await clock.advance(30 * minuteMs);
    expect(posts.length).toBeGreaterThan(50);
    sink.decide = () => 202;
    await clock.advance(minuteMs);
    expect(metrics.totals.delivered).toBe(1);
  });
});

it('a sink that takes a third of what it is sent still gets it, without rest', async () => {
  const random = seededRandom(7);
  const { offer, clock, metrics, posts } = openScripted(() => (random() < 1 / 3 ? 202 : 503), {
    config: { maxAttempts: 100 },
  });
  offer(...numbered(3000));
  await clock.advance(10_000);
  expect(posts.length).toBeGreaterThan(6000);
  expect(metrics.totals.delivered).toBeGreaterThan(2000);
});

describe('flush', () => {
  it('resolves when nothing is left, and sends at once what waits for its time', async () => {
    const { offer, clock, sender, sink, metrics } = openScripted(() => 'refused');
    offer(...numbered(10));
    await clock.advance(10 * minuteMs);
    sink.decide = () => 202;
    let flushed = false;
    void sender.flush(clock.nowMs() + 10_000).then(() => {
      flushed = true;
    });
    await clock.advance(20);
    expect([flushed, metrics.totals.delivered, clock.alarms]).toEqual([true, 10, 0]);
    await sender.flush(clock.nowMs() + 10_000); // at once: nothing waits
  });

  it('asks often again, however long the sink was away', async () => {
    const { offer, clock, sender, sink, metrics } = openScripted(() => 'refused');
    offer(...numbered(10));
    await clock.advance(30 * minuteMs);
    void sender.flush(clock.nowMs() + 10_000);
    await clock.advance(3000);
    sink.decide = () => 202;
    await clock.advance(6500);
    expect(metrics.totals.delivered).toBe(10);
  });

  it('gives suspects another chance at once, too', async () => {
    const { offer, clock, sender, sink, queue, posts } = openScripted(([id]) => (id === 'slow' ? 500 : 202));
    offer('slow');
    for (let second = 0; second < 60; second += 1) {
      offer(`e${second}`);
      await clock.advance(500);
    }
    expect(posts.filter(({ ids }) => ids[0] === 'slow').length).toBeGreaterThan(5);
    expect(queue.depth).toBe(1);
    sink.decide = () => 202;
    void sender.flush(clock.nowMs() + 10_000);
    await clock.advance(10);
    expect(queue.depth).toBe(0);
  });

  it('resolves at its deadline when the sink is away', async () => {
    const { offer, clock, sender, queue } = openScripted(() => 'refused');
    offer(...numbered(10));
    let flushed = false;
    void sender.flush(clock.nowMs() + 3000).then(() => {
      flushed = true;
    });
    await clock.advance(2900);
    expect(flushed).toBe(false);
    await clock.advance(200);
    expect([flushed, queue.depth]).toEqual([true, 10]);
  });

  it('resolves when the sender is disposed of', async () => {
    const { offer, clock, sender } = openScripted(() => null);
    offer('a');
    const flushed = sender.flush(clock.nowMs() + 1e9);
    await clock.advance(10);
    await sender[Symbol.asyncDispose]();
    await flushed;
    expect(clock.alarms).toBe(0);
  });
});
