// The stage notes what passes, and changes nothing of it.
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { ExchangeShelf, standardBounds } from '../../../src/dev/inspector/exchange-shelf.ts';
import { recordExchanges } from '../../../src/dev/inspector/record-exchanges.ts';
import type { SeenExchange } from '../../../src/dev/inspector/seen-exchange.ts';
import { OutriggerError } from '../../../src/errors.ts';
import type { Handler, ProxyResponse } from '../../../src/http/exchange.ts';
import { FlatHeaderBlock, noFields } from '../../../src/http/header-block.ts';
import { StreamReset } from '../../../src/http/stream-reset.ts';
import { proxyRequest, testClock } from '../../support/seen-exchanges.ts';

function openStage(next: Handler) {
  const clock = testClock();
  const shelf = new ExchangeShelf(standardBounds, clock);
  const ended: SeenExchange[] = [];
  const stage = recordExchanges({
    clock,
    open: (request) => shelf.open(request),
    answered: () => undefined,
    ended: (seen) => void ended.push(seen),
  });
  return { handle: stage(next), ended };
}

const answer = (body: ProxyResponse['body']): ProxyResponse => ({
  status: 200,
  headers: noFields,
  body,
  trailers: null,
});

it('the request and the answer are the very objects', async () => {
  const [request, response] = [proxyRequest(), answer(Buffer.from('x'))];
  const { handle, ended } = openStage(async (given) => {
    expect(given).toBe(request);
    return response;
  });
  expect(await handle(request)).toBe(response);
  expect(ended).toMatchObject([{ outcome: 'ok', status: 200 }]);
});

it('a stream is neither started nor held back, and ends the exchange with its last byte', async () => {
  const body = new PassThrough({ highWaterMark: 4 });
  const { handle, ended } = openStage(async () => answer(body));
  const response = await handle(proxyRequest());
  expect([body.write('abcd'), body.write('efgh')]).toEqual([false, false]); // nobody reads yet
  await turn();
  expect([body.readableFlowing, ended]).toEqual([false, []]);
  body.end();
  expect(await text(response.body as PassThrough)).toBe('abcdefgh');
  await turn();
  expect(ended).toMatchObject([{ outcome: 'ok', responseCopy: { passedBytes: 8 } }]);
});

it("an error is the very error, and seen as the agent's answer", async () => {
  const failure = new OutriggerError('OVERLOADED', 'full');
  const { handle, ended } = openStage(() => Promise.reject(failure));
  await expect(handle(proxyRequest())).rejects.toBe(failure);
  const [seen] = ended;
  expect(seen).toMatchObject({ outcome: 'error', status: 503 });
  expect(seen?.answer?.body?.bytes.toString()).toBe('{"error":"full"}');
});

it('an error of a gRPC call is seen as its status', async () => {
  const { handle, ended } = openStage(() => Promise.reject(new OutriggerError('UPSTREAM_TIMEOUT', 'slow')));
  const headers = new FlatHeaderBlock(['content-type', 'application/grpc']);
  await expect(handle(proxyRequest({ protocol: 'http2', headers }))).rejects.toThrow();
  expect(ended).toMatchObject([{ outcome: 'error', status: 200, grpcStatus: 4 }]);
});

it.each([
  ['a reset of the stream', 'error', false, new StreamReset(2)],
  ['a client that is gone', 'cancelled', true, new OutriggerError('CLIENT_GONE', 'gone')],
  ['what failed because its client left', 'cancelled', true, new OutriggerError('UPSTREAM_UNREACHABLE', 'reset')],
] as const)('%s is an exchange without an answer', async (_what, outcome, leaves, error) => {
  const { handle, ended } = openStage(async ({ cancellation }) => {
    if (leaves) cancellation.cancel();
    throw error;
  });
  await expect(handle(proxyRequest())).rejects.toBe(error);
  expect(ended).toMatchObject([{ outcome, status: null }]);
});

it('a body that its client leaves is cancelled, one that its runtime breaks is an error', async () => {
  for (const leaves of [true, false]) {
    const body = new PassThrough().on('error', () => undefined);
    const { handle, ended } = openStage(async () => answer(body));
    const request = proxyRequest();
    await handle(request);
    if (leaves) request.cancellation.cancel();
    body.destroy(leaves ? undefined : new Error('reset'));
    await turn();
    expect(ended).toMatchObject([{ outcome: leaves ? 'cancelled' : 'error', status: 200 }]);
  }
});
