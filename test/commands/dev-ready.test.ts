import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { untilReady } from '../../src/commands/dev-ready.ts';

/** Answers with these, the last one for good; counts who asked as kubelet does. */
async function agentOf(statuses: readonly number[]) {
  const seen = { asked: 0 };
  const server = createServer((request, response) => {
    if (request.headers['user-agent']?.startsWith('kube-probe/')) seen.asked += 1;
    response.statusCode = statuses[seen.asked - 1] ?? statuses.at(-1)!;
    response.end();
  }).listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.close();
  });
  await once(server, 'listening');
  return { seen, server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

it('it is asked as kubelet asks until it says that it is ready', async () => {
  const { seen, url } = await agentOf([503, 503, 200]);
  expect(await untilReady(url, { maxMs: 10_000 })).toBe('ready');
  expect(seen.asked).toBe(3);
});

it('one that never is, is late', async () => {
  const { url } = await agentOf([503]);
  expect(await untilReady(url, { maxMs: 60 })).toBe('late');
});

it('one that ends meanwhile is gone', async () => {
  const { server, url } = await agentOf([503]);
  server.once('request', () => server.close());
  expect(await untilReady(url, { maxMs: 10_000 })).toBe('gone');
});
