import { describe, expect, it, onTestFinished } from 'vitest';
import { openDeadLetterSink } from '../../../src/logger/dead-letters/dead-letter-sink.ts';
import type { SinkClient } from '../../../src/logger/delivery/delivery.ts';
import { openEncoding } from '../../../src/logger/encoding/event-encoding.ts';
import { logEvent } from '../../support/delivery/log-event.ts';
import { attemptOf, type Say } from '../../support/delivery/scripted-sink.ts';
import { ManualClock, settled } from '../../support/delivery/test-clock.ts';

const cause = { code: 413, message: 'too large', sink: 'http://sink' };

function open(decide: (id: string | undefined) => Exclude<Say, null>, workers = 2) {
  const clock = new ManualClock();
  const heads: string[] = [];
  const most = { underWay: 0, atOnce: 0 };
  const client: SinkClient = {
    post({ headers }, done) {
      heads.push(headers);
      most.underWay += 1;
      most.atOnce = Math.max(most.atOnce, most.underWay);
      clock.after(1, () => {
        most.underWay -= 1;
        done(attemptOf(decide(/ce-id: (.*)\r/i.exec(headers)?.[1])));
      });
    },
    async [Symbol.asyncDispose]() {
      await settled();
    },
  };
  const letters = openDeadLetterSink({ client, encoding: openEncoding('binary'), workers, maxBackoffMs: 5000, clock });
  onTestFinished(() => letters[Symbol.asyncDispose]());
  return { letters, clock, heads, most };
}

describe('dead letters to a second sink', () => {
  it("carry Knative's words about why", async () => {
    const { letters, clock, heads } = open(() => 202);
    const kept = letters.bury(logEvent('a'), cause);
    await clock.advance(10);
    expect(await kept).toBe(true);
    const fields = Object.fromEntries(
      heads[0]!
        .trim()
        .split('\r\n')
        .map((line) => line.split(': ')),
    );
    expect(fields).toMatchObject({
      'ce-id': 'a',
      'ce-knativeerrorcode': '413',
      'ce-knativeerrordest': 'http://sink',
      'ce-knativeerrordata': Buffer.from('too large').toString('base64'),
    });
  });

  it('are tried a few times, then given up', async () => {
    const answers = { a: [503, 'refused', 202], b: [500, 500, 500, 500, 500, 202], c: [400, 202] } as const;
    const left = new Map<string, Exclude<Say, null>[]>(Object.entries(answers).map(([id, says]) => [id, [...says]]));
    const { letters, clock, heads } = open((id) => left.get(id!)!.shift()!, 3);
    const kept = Promise.all(['a', 'b', 'c'].map((id) => letters.bury(logEvent(id), cause)));
    await clock.advance(60_000);
    expect(await kept).toEqual([true, false, false]);
    expect(heads).toHaveLength(3 + 5 + 1);
    expect(clock.alarms).toBe(0);
  });

  it('go a few at once, the others wait', async () => {
    const { letters, clock, most } = open(() => 202, 2);
    const kept = Promise.all(Array.from({ length: 50 }, (_, i) => letters.bury(logEvent(`e${i}`), cause)));
    await clock.advance(1000);
    expect(new Set(await kept)).toEqual(new Set([true]));
    expect(most.atOnce).toBe(2);
  });

  it('end with a no when there is no more time', async () => {
    const { letters, clock, heads } = open(() => 503, 2);
    const kept = Promise.all(Array.from({ length: 5 }, (_, i) => letters.bury(logEvent(`e${i}`), cause)));
    await clock.advance(10);
    await letters[Symbol.asyncDispose]();
    await clock.advance(60_000);
    expect(await kept).toEqual([false, false, false, false, false]);
    expect(heads).toHaveLength(2);
    expect(await letters.bury(logEvent('late'), cause)).toBe(false);
  });
});
