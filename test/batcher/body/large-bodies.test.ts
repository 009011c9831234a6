// Large bodies, whose memory is used again: does the runtime get everybody's own bytes, and everybody their own answer?
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, it, onTestFinished } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { startTestAgent } from '../../support/test-agent.ts';

/** More than the buffers of two sockets. */
const bodyBytes = 8_000_000;

interface Call {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** Calls wait until the test reads them. */
async function startRuntime(): Promise<{ readonly port: number; readonly calls: Call[] }> {
  const calls: Call[] = [];
  const server = createServer((request, response) => void calls.push({ request, response }));
  server.listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  return { port: (server.address() as AddressInfo).port, calls };
}

/** One instance of nothing but that number. */
const instanceOf = (value: number): string => `[${`${value},`.repeat(bodyBytes / 8 - 1)}${value}]`;

/** Reads the call and answers for each instance the number that it is made of. @returns those numbers */
async function serve({ request, response }: Call): Promise<number[]> {
  const rows = (await text(request)).slice('{"instances":['.length, -']}'.length).split(/(?<=\]),/);
  const values = rows.map((row) => Number(row.slice(1, 8)));
  for (const [index, row] of rows.entries()) expect(row === instanceOf(values[index] as number)).toBe(true);
  response.setHeader('Content-Type', 'application/json');
  response.end(JSON.stringify({ predictions: values }));
  return values;
}

it('overwrites no body that is being sent, also when its client left, and uses the memory of those that were answered', async () => {
  const { port, calls } = await startRuntime();
  const flags = ['--enable-batcher', '--max-batchsize', '2', '--max-latency', '60000', '--batch-policy', 'window'];
  const { url, metrics } = await startTestAgent(port, flags);
  const { rows, bytes } = metrics.batching.waiting;
  const send = async (value: number, signal: AbortSignal | null = null): Promise<unknown> => {
    const body = `{"instances":[${instanceOf(value)}]}`;
    return (await fetch(`${url}/v1/models/m:predict`, { method: 'POST', body, signal })).json();
  };
  const leaving = new AbortController();
  const first = send(1_000_001);
  await eventually('the first waits', () => rows.value === 1);
  const second = send(1_000_002, leaving.signal).catch(() => 'left');
  await eventually('both are being sent', () => calls.length === 1);
  leaving.abort();
  await second;
  await eventually('the second is settled', () => bytes.value < 2 * bodyBytes);
  const third = send(1_000_003);
  await eventually('the third is here', () => rows.value === 1);
  expect(await serve(calls[0] as Call)).toEqual([1_000_001, 1_000_002]);
  expect(await first).toEqual({ predictions: [1_000_001] });
  const fourth = send(1_000_004); // takes the memory of one of the first two
  await eventually('the others are being sent', () => calls.length === 2);
  const fifth = send(1_000_005); // takes the memory of the other
  await eventually('the fifth is here', () => rows.value === 1);
  expect(await serve(calls[1] as Call)).toEqual([1_000_003, 1_000_004]);
  expect(await Promise.all([third, fourth])).toEqual([{ predictions: [1_000_003] }, { predictions: [1_000_004] }]);
  const sixth = send(1_000_006);
  await eventually('the last are being sent', () => calls.length === 3);
  expect(await serve(calls[2] as Call)).toEqual([1_000_005, 1_000_006]);
  expect(await Promise.all([fifth, sixth])).toEqual([{ predictions: [1_000_005] }, { predictions: [1_000_006] }]);
}, 30_000);
