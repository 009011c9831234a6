// The end of an agent that logs into a store: each record is stored, or counted as lost, or in the spool for the next agent.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { errorAnswer } from '../../support/stores/s3-answers.ts';
import type { Alter } from '../../support/stores/s3-server.ts';
import { metricsPage } from './logging.ts';
import { recordsOf, startBucket, startStoreLogging } from './store-logging.ts';

const batches = ['--log-mode', 'request', '--log-batch-size', '3', '--log-batch-interval', '0'];
const hurry = ['--log-client-timeout', '200ms', '--drain-max-wait', '2s']; // the store's thread starts within it
const ids = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];

const dead: readonly (readonly [what: string, alter: Alter])[] = [
  ['answers nothing', () => null],
  ['refuses everything', () => errorAnswer(503, 'SlowDown')],
];

it.each(dead)('a store that %s: the drain ends, and all that was not stored is counted', async (_, alter) => {
  const server = await startBucket({ alter });
  const { agent, infer, account } = await startStoreLogging([...batches, ...hurry], server);
  for (const id of ids) expect((await infer(id)).status).toBe(200);
  await agent.agent.drain();
  expect(await account()).toMatchObject({ received: 7, delivered: 0, deadLettered: 0, queued: 0, dropped: 7 });
  expect(await metricsPage(agent)).toContain('reason="shutdown"} 7');
  const lost = agent.logged.find(({ level, message }) => level === 'error' && message.includes('lost'));
  expect(lost?.fields).toMatchObject({ events: 7, reason: expect.stringMatching(/./) });
});

it('with a spool, what a dead store did not take is stored by the next agent, and nothing is counted as lost', async () => {
  const spool = mkdtempSync(join(tmpdir(), 'outrigger-spool-'));
  onTestFinished(() => rmSync(spool, { recursive: true, force: true }));
  let down = true;
  const server = await startBucket({
    alter: ({ key }, answer) => {
      if (!down) return answer;
      server.bucket('logs').delete(key); // it was not to be stored
      return errorAnswer(503, 'SlowDown');
    },
  });
  const flags = [...batches, ...hurry, '--log-spool-dir', spool];
  const first = await startStoreLogging(flags, server);
  for (const id of ids) await first.infer(id);
  await first.agent.agent.drain();
  expect(await first.account()).toMatchObject({ received: 7, delivered: 0, deadLettered: 0, queued: 7, dropped: 0 });
  down = false;
  await startStoreLogging([...flags, '--log-batch-interval', '50ms'], server);
  const idsNow = (): string[] =>
    recordsOf(new Map([...server.bucket('logs')].map(([key, { body }]) => [key, body]))).map(({ id }) => id);
  await eventually('all are stored', () => new Set(idsNow()).size === ids.length);
  expect(new Set(idsNow())).toEqual(new Set(ids));
});
