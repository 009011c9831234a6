// Which connection carries what: dead ones, idle ones, retries, bounds. The rules are those of test/conformance/stale-connections.test.ts.
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { Cancellation } from '../../../src/http/cancellation.ts';
import { eventually } from '../../support/eventually.ts';
import { rawRuntime } from '../../support/raw-runtime.ts';
import { openLane, outcome, post, proxyRequest, wholeBody } from '../../support/runtime-ends.ts';
import { ok, type SeenRequest, scriptedRuntime } from '../../support/scripted-runtime.ts';
import { silentPort } from '../../support/silent-port.ts';

/** The first request of the first connection is answered, then `fault` meets what comes. */
async function warmed(fault: (socket: Socket, request: SeenRequest) => void, flags: readonly string[] = []) {
  const runtime = await scriptedRuntime((socket, request) => {
    if (request.index === 0) socket.write(ok('warm'));
    else fault(socket, request);
  });
  const lane = openLane(runtime.port, flags);
  expect(await outcome(lane.handle(post('{}')))).toMatchObject({ text: 'warm' });
  return { runtime, lane };
}

const deaths: readonly [string, (socket: Socket) => void][] = [
  ['FIN', (socket) => void socket.end()],
  ['RST', (socket) => void socket.resetAndDestroy()],
  ['bytes', (socket) => void socket.write('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwrong')],
];

describe.each(deaths)('%s', (name, death) => {
  it('on an idle connection takes it out of the pool', async () => {
    const { runtime, lane } = await warmed((socket) => socket.write(ok('second')));
    death(runtime.connections[0]?.socket as Socket);
    await eventually('closed', () => lane.metrics.upstreamConnections.idle.value === 0);
    expect(await outcome(lane.handle(post('{}')))).toMatchObject({ text: 'second' });
    expect(runtime.requests.map(({ connection }) => connection)).toEqual([0, 1]);
    expect(lane.metrics.staleRetries.value).toBe(0);
  });

  it('that waits on a connection that is taken sends even a streamed body elsewhere', async () => {
    const { runtime, lane } = await warmed((socket) => socket.write(ok('second')));
    const { socket } = runtime.connections[0] as { socket: Socket };
    death(socket);
    await new Promise((sent) => setImmediate(sent)); // it left, and is not read yet or just now
    const body = Readable.from([Buffer.from('abc')]);
    const answer = await outcome(lane.handle(proxyRequest({ method: 'POST', body, contentLength: 3 })));
    expect(answer).toMatchObject({ text: 'second' });
    expect(lane.metrics.staleRetries.value).toBe(0);
  });

  if (name === 'bytes') return;

  it('on a reused connection: sent once more on a new one', async () => {
    const { runtime, lane } = await warmed((socket, { connection }) => {
      if (connection === 0) death(socket);
      else socket.write(ok('again'));
    });
    expect(await outcome(lane.handle(post('{"a":1}')))).toMatchObject({ text: 'again' });
    expect(runtime.requests[2]?.text).toBe(runtime.requests[1]?.text);
    expect(lane.metrics.staleRetries.value).toBe(1);
  });

  it('on the new one too: a failure, and nothing is sent a third time', async () => {
    const { runtime, lane } = await warmed(death);
    expect(await outcome(lane.handle(post('{}')))).toEqual({ failed: 'UPSTREAM_UNREACHABLE' });
    expect(runtime.requests).toHaveLength(3);
  });

  it('behind one byte of an answer, or with retries off: a failure at once', async () => {
    const begun = await warmed((socket) => socket.write('H', () => setTimeout(() => death(socket), 20)));
    expect(await outcome(begun.lane.handle(post('{}')))).toEqual({ failed: 'UPSTREAM_UNREACHABLE' });
    const off = await warmed(death, ['--retry-stale-connection=false']);
    expect(await outcome(off.lane.handle(post('{}')))).toEqual({ failed: 'UPSTREAM_UNREACHABLE' });
    for (const { runtime } of [begun, off]) expect(runtime.requests).toHaveLength(2);
  });

  it('in a streamed upload on a reused connection: never sent twice', async () => {
    const { runtime, lane } = await warmed(() => undefined);
    const body = new Readable({ read: () => undefined });
    body.push(Buffer.from('abc'));
    const answer = outcome(lane.handle(proxyRequest({ method: 'POST', body, contentLength: 9 })));
    await eventually('begun', () => runtime.received().endsWith('abc'));
    death(runtime.connections[0]?.socket as Socket);
    expect(await answer).toEqual({ failed: 'UPSTREAM_UNREACHABLE' });
    expect([runtime.connections.length, body.destroyed]).toEqual([1, true]);
  });
});

it.each([
  ['--upstream-idle-timeout', ok('{}'), '100ms'],
  ['a Keep-Alive hint', ok('{}', 'Keep-Alive: timeout=1\r\n'), '60s'],
])('an idle connection is closed in time by %s, and a busy one is not', async (_name, answer, idle) => {
  const runtime = await scriptedRuntime((socket, { text }) => {
    if (!text.includes('wait')) socket.write(answer);
  });
  const lane = openLane(runtime.port, ['--upstream-idle-timeout', idle]);
  const busy = outcome(lane.handle(post('wait')));
  await outcome(lane.handle(post('{}')));
  await eventually('closed', () => runtime.connections.some(({ ended }) => ended()), { deadlineMs: 2000 });
  expect(runtime.connections.filter(({ ended }) => ended())).toHaveLength(1);
  runtime.connections.find(({ ended }) => !ended())?.socket.write(answer);
  expect(await busy).toMatchObject({ text: '{}' });
});

it('a hint that leaves no time ends the connection with its answer', async () => {
  const runtime = await scriptedRuntime((socket) => socket.write(ok('{}', 'Keep-Alive: timeout=0\r\n')));
  const lane = openLane(runtime.port);
  await outcome(lane.handle(post('{}')));
  expect(lane.metrics.upstreamConnections.idle.value).toBe(0);
});

it.each(['HEAD', 'DELETE'])('%s does not leave its connection to another request, as with undici', async (method) => {
  const runtime = await scriptedRuntime((socket) => socket.write('HTTP/1.1 204 No\r\n\r\n'));
  const lane = openLane(runtime.port);
  const body = method === 'DELETE' ? Buffer.from('{}') : Buffer.alloc(0);
  await lane.handle(proxyRequest({ method, body, contentLength: body.length }));
  expect(lane.metrics.upstreamConnections.idle.value).toBe(0);
});

it('beyond the bound requests wait for a connection, and share it one after the other', async () => {
  const runtime = await scriptedRuntime((socket, { index }) => setImmediate(() => socket.write(ok(`${index}`))));
  const lane = openLane(runtime.port, ['--upstream-max-connections', '2']);
  const answers = await Promise.all(Array.from({ length: 20 }, () => outcome(lane.handle(post('{}')))));
  expect(answers.every((answer) => 'text' in answer)).toBe(true);
  expect(runtime.connections).toHaveLength(2);
  expect(lane.metrics.upstreamConnects('ok').value).toBe(2);
});

it('a client that leaves ends the connection: while waiting, connecting, sent, and in mid-answer', async () => {
  const runtime = await rawRuntime(({ socket }) => {
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf');
  });
  const lane = openLane(runtime.port, ['--upstream-max-connections', '1']);
  const leaver = new Cancellation();
  const answer = await lane.handle(post('{}', { cancellation: leaver }));
  const waiter = new Cancellation();
  const waiting = outcome(lane.handle(post('{}', { cancellation: waiter })));
  waiter.cancel();
  expect(await waiting).toEqual({ failed: 'CLIENT_GONE' });
  leaver.cancel();
  await expect(wholeBody(answer.body)).rejects.toThrow();
  await eventually('closed', () => runtime.connections[0]?.ended());
  const early = new Cancellation();
  const connecting = outcome(lane.handle(post('{}', { cancellation: early })));
  early.cancel();
  expect(await connecting).toEqual({ failed: 'CLIENT_GONE' });
  expect(lane.metrics.upstreamConnections.busy.value).toBe(0);
});

it('no connection in time, and no answer in time, are UPSTREAM_TIMEOUT', async () => {
  const mute = openLane(await silentPort(), ['--upstream-connect-timeout', '50ms']);
  expect(await outcome(mute.handle(post('{}')))).toEqual({ failed: 'UPSTREAM_TIMEOUT' });
  expect(mute.metrics.upstreamConnects('failed').value).toBe(1);
  const runtime = await rawRuntime();
  const lane = openLane(runtime.port, ['--upstream-request-timeout', '50ms']);
  expect(await outcome(lane.handle(post('{}')))).toEqual({ failed: 'UPSTREAM_TIMEOUT' });
  await eventually('closed', () => runtime.connections[0]?.ended());
});
