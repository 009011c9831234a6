// A burst that is larger than what is held: the bounds stand, every answer passes as it is, and what was left out is said.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import type { ExchangeList } from '../../../src/dev/inspector/api.ts';
import { openInspector } from '../../../src/dev/inspector/inspector.ts';
import type { ProxyRequest, ProxyResponse } from '../../../src/http/exchange.ts';
import { noFields } from '../../../src/http/header-block.ts';
import { proxyRequest } from '../../support/seen-exchanges.ts';

async function openBurst() {
  const lines: string[] = [];
  const none = { eventsOf: null, sinkUrl: null, agentUrl: () => 'http://127.0.0.1:1' };
  const inspector = openInspector({ ...none, opsHost: '127.0.0.1', print: (line) => lines.push(line) });
  const server = createServer((request, response) => inspector.answer(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    inspector[Symbol.dispose]();
    server.close();
    server.closeAllConnections();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/inspect/exchanges?after=0`;
  const list = async () => (await (await fetch(url)).json()) as ExchangeList;
  const answer = async ({ body }: ProxyRequest): Promise<ProxyResponse> => {
    return { status: 200, headers: noFields, body, trailers: null };
  };
  return { handle: inspector.stage(answer), list, lines };
}

const requestOf = (bytes: number) =>
  proxyRequest({ path: '/echo', body: Buffer.alloc(bytes, 'x'), contentLength: bytes });

it('3,000 requests: 1,000 lines, bodies of 100 a second, 20 lines a second in the terminal', async () => {
  const { handle, list, lines } = await openBurst();
  const startedMs = performance.now();
  for (let nth = 0; nth < 3000; nth += 1) {
    const request = requestOf(10);
    expect((await handle(request)).body).toBe(request.body);
  }
  const seconds = (performance.now() - startedMs) / 1000;
  const { cursor, exchanges, skipped, running, limits } = await list();
  expect([cursor, exchanges.length, skipped, running]).toEqual([3000, 200, 2800, []]);
  expect(limits).toMatchObject({
    maxExchanges: 1000,
    maxBytes: 33_554_432,
    maxKeptPerSecond: 100,
    heldExchanges: 1000,
  });
  const mostKept = 100 + Math.ceil(seconds * 100);
  expect(limits.heldBytes).toBeLessThanOrEqual(mostKept * 20);
  expect(limits.keptPerSecond).toBeLessThan(limits.perSecond);
  expect(exchanges.every(({ requestBytes, responseBytes }) => requestBytes === 10 && responseBytes === 10)).toBe(true);
  expect(lines.length).toBeLessThanOrEqual(21 * Math.ceil(seconds + 1));
});

it('large bodies: 32 MiB of them, the newest, each to its first 256 KiB', async () => {
  const { handle, list } = await openBurst();
  const request = requestOf(400_000);
  for (let nth = 0; nth < 90; nth += 1) await handle(request);
  const { exchanges, limits } = await list();
  expect(exchanges.map(({ kept }) => kept)).toEqual(exchanges.map((_, at) => at >= 90 - 64)); // two bodies each
  expect(limits.heldBytes).toBe(limits.maxBytes);
});
