// The account after any schedule of faults: received = delivered + dead-lettered + queued + dropped, at every look, for each sink.
import { expect, it } from 'vitest';
import { seededRandom } from '../../support/random.ts';
import { seed } from '../../support/seed.ts';
import { type Account, post, readAccount, startLogging } from './logging.ts';
import { accept, breakOff, hang, openSink, reset, type Sink, status } from './sink.ts';

const exchanges = 250;
const patient = { interval: 20 };
/** Most of the time it works; final refusals are rare, as they cost an event. */
const behaviours = [
  ...Array.from({ length: 8 }, () => accept),
  ...[500, 503, 429, 404, 408].map((code) => status(code)),
  ...[status(503, { 'Retry-After': '0' }), status(400), hang, reset, breakOff],
];

function balance({ received, delivered, deadLettered, queued, dropped }: Account): number {
  return received - delivered - deadLettered - queued - dropped;
}

/** Draws how it answers, for each request anew, in spells: a sink that fails does so for a while. */
function drive(sink: Sink, random: () => number): void {
  let [left, how] = [0, accept];
  sink.answer((request, response) => {
    if (left-- <= 0) {
      left = Math.floor(random() * 12);
      how = behaviours[Math.floor(random() * behaviours.length)] as typeof accept;
    }
    how(request, response);
  });
}

for (const format of ['binary', 'batched'] as const) {
  it(`${format}: two sinks with faults of their own, a queue that overflows, and dead letters`, async () => {
    const random = seededRandom(seed);
    const [first, second, letters] = [await openSink(), await openSink(), await openSink()];
    const { agent, send } = await startLogging({
      sinks: [first, second],
      flags: [
        ...['--log-format', format, '--log-max-backoff', '10ms', '--log-client-timeout', '100ms'],
        ...['--log-queue-max-events', '60', '--log-max-attempts', '4', '--log-batch-interval', '2ms'],
        ...['--log-batch-size', '7', '--log-dead-letter-url', letters.url],
      ],
    });
    drive(first, random);
    drive(second, random);
    for (let sent = 0; sent < exchanges; sent += 10) {
      const answers = await Promise.all(Array.from({ length: 10 }, () => send(post('{"x":1}'))));
      expect(answers.map(({ status: code }) => code)).toEqual(answers.map(() => 200));
      for (const sink of [first, second]) expect(balance(await readAccount(agent, sink))).toBe(0);
    }
    for (const sink of [first, second]) sink.answer(accept);
    let taken = 0;
    for (const sink of [first, second]) {
      await expect.poll(async () => (await readAccount(agent, sink)).queued, patient).toBe(0);
      const account = await readAccount(agent, sink);
      expect(account.received).toBe(2 * exchanges);
      expect(balance(account)).toBe(0);
      const seen = new Set(sink.events().map(({ id, type }) => `${id} ${type}`));
      expect(seen.size).toBeGreaterThanOrEqual(account.delivered);
      // Beyond what was delivered: an answer that never reached the agent, after which the event was lost otherwise.
      expect(seen.size).toBeLessThanOrEqual(account.delivered + account.dropped + account.deadLettered);
      taken += account.deadLettered;
    }
    await letters.taken(taken);
  });
}
