// What is copied of large bodies is bounded, and what could not be copied is counted: the bodies themselves pass unhurt.
import { expect, it } from 'vitest';
import { rawClient } from '../../support/raw-client.ts';
import { answer, metricsPage, only, post, startLogging } from './logging.ts';

const megabyte = 2 ** 20;
const head = (bytes: number) => `POST /v2/models/m/infer HTTP/1.1\r\nHost: h\r\nContent-Length: ${bytes}\r\n\r\n`;

it('--log-max-bytes: a large body costs no more memory than that, while it passes and after', async () => {
  const half = Promise.withResolvers<void>();
  const { agent, events } = await startLogging({
    flags: ['--log-max-bytes', '100000'],
    runtime: (incoming, outgoing) => {
      let received = 0;
      incoming.on('data', (chunk: Buffer) => {
        received += chunk.length;
        if (received >= 4 * megabyte) half.resolve();
      });
      incoming.on('end', () => answer(outgoing, Buffer.alloc(3 * megabyte, 'y')));
    },
  });
  const client = await rawClient(agent.port);
  client.send(head(8 * megabyte) + 'x'.repeat(4 * megabyte));
  await half.promise;
  expect(await metricsPage(agent)).toMatch(/^outrigger_log_capture_bytes 100000$/m);
  client.send('x'.repeat(4 * megabyte));
  await client.until((text) => text.length > 3 * megabyte);
  const seen = await events(2);
  const [request, response] = [only(seen, 'request'), only(seen, 'response')];
  expect([request.data.length, response.data.length]).toEqual([100_000, 100_000]);
  expect(request.attributes).toMatchObject({ truncated: 'true', datalength: String(8 * megabyte) });
  expect(response.attributes).toMatchObject({ truncated: 'true', datalength: String(3 * megabyte) });
  expect(await metricsPage(agent)).toMatch(/^outrigger_log_capture_bytes 0$/m);
});

it('a body that is larger than the queue is passed, not kept, and counted', async () => {
  const { agent, account, events } = await startLogging({ flags: ['--log-queue-max-bytes', '200000'] });
  const client = await rawClient(agent.port);
  client.send(head(megabyte) + 'x'.repeat(megabyte));
  await client.until((text) => text.endsWith('{"ok":true}'));
  expect((await events(1)).map(({ type }) => type)).toEqual(['response']);
  expect(await account()).toMatchObject({ received: 2, delivered: 1, queued: 0, dropped: 1 });
});

it('a client that reads slowly is not hurried, nor the runtime held back by the log', async () => {
  const { send, events } = await startLogging({
    runtime: (incoming, outgoing) => {
      incoming.resume();
      answer(outgoing, Buffer.alloc(5 * megabyte, 'z'));
    },
  });
  const answers = await Promise.all([1, 2, 3].map(() => send(post('{}'))));
  for (const { body } of answers) expect(body).toHaveLength(5 * megabyte);
  const seen = await events(6);
  for (const { data } of seen.filter(({ type }) => type === 'response')) expect(data).toHaveLength(5 * megabyte);
});
