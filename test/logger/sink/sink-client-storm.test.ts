// Does every post end exactly once, with the right answer, when a sink does whatever a broken one does?
import { expect, it } from 'vitest';
import { seededRandom } from '../../support/random.ts';
import { type RawConnection, rawRuntime } from '../../support/raw-runtime.ts';
import { seed } from '../../support/seed.ts';
import { testSinkClient } from '../../support/sink-client.ts';

it('2,000 posts to a sink that answers, cuts, resets, hangs and talks nonsense', { timeout: 60_000 }, async () => {
  const random = seededRandom(seed);
  const roll = (sides: number) => Math.floor(random() * sides);
  const whole = (id: string) => `HTTP/1.1 200 OK\r\nContent-Length: ${id.length}\r\n\r\n${id}`;
  const sink = await rawRuntime((connection, chunk) => {
    const id = /^ce-id: (.*)\r$/m.exec(chunk)?.[1];
    if (id !== undefined) misbehave(connection, whole(id));
  });
  const misbehave = ({ socket }: RawConnection, answer: string) => {
    const cut = roll(answer.length);
    const ways: (() => unknown)[] = [
      () => socket.end(answer),
      () => socket.end(answer.slice(0, cut)),
      () => socket.write(answer.slice(0, cut), () => socket.resetAndDestroy()),
      () => socket.write(answer.slice(0, cut), () => setImmediate(() => socket.write(answer.slice(cut)))),
      () => socket.write(`${answer}surplus`),
      () => socket.write('nonsense\r\n'),
      () => socket.destroy(),
      () => (roll(5) === 0 ? undefined : socket.write(answer)), // silence
    ];
    const way = ways[roll(20)];
    if (way === undefined) socket.write(answer);
    else way();
  };
  const client = testSinkClient({ url: `http://127.0.0.1:${sink.port}/`, timeoutMs: 60 });
  const counts = new Map<string, number>();
  let next = 0;
  const worker = async () => {
    while (next < 2000) {
      const id = `post-${next++}`;
      const attempt = await client.post('x'.repeat(roll(6) === 0 ? 10_000 : 100), `ce-id: ${id}\r\n`);
      if (attempt.kind === 'answered') expect(attempt).toMatchObject({ status: 200, text: id });
      const outcome = attempt.kind === 'failed' ? attempt.code : attempt.kind;
      counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: 5 }, worker));
  expect([...counts.values()].reduce((sum, count) => sum + count)).toBe(2000);
  expect([...counts.keys()].sort()).toEqual(['answered', 'protocol', 'reset', 'timeout']);
  expect(counts.get('answered')).toBeGreaterThan(1000);
});
