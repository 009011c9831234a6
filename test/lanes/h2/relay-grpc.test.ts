// gRPC through the relay with a real client and a real server: the calls end as they would without anything between.
import { once } from 'node:events';
import { Metadata, status } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { echoClient } from '../../support/grpc/echo-client.ts';
import { startEchoServer } from '../../support/grpc/echo-server.ts';
import type { EchoMessage } from '../../support/grpc/echo-service.ts';
import { http2Runtime } from '../../support/http2-peers.ts';
import { startRelay } from './relay-rig.ts';

const none = new Metadata();

describe.each(['swap', 'public'] as const)('through the relay, sockets by %s', (way) => {
  const start = async () => {
    const runtime = await startEchoServer();
    const rig = await startRelay(runtime.port, { way });
    return { runtime, rig, client: echoClient(rig.port) };
  };

  it('a unary call has its metadata, its message, its trailers', async () => {
    const { runtime, rig, client } = await start();
    const metadata = new Metadata();
    metadata.set('x-key', 'value');
    const { status: end, initial, messages } = await client.unary({ text: 'hi', count: 7 }, {}, metadata);
    expect(end.code).toBe(status.OK);
    expect(messages).toMatchObject([{ text: 'hi', count: 7 }]);
    expect(initial?.get('x-initial')).toEqual(['one']);
    expect(end.metadata.get('x-trailing')).toEqual(['last']);
    expect(runtime.lastMetadata().get('x-key')).toEqual(['value']);
    expect([rig.relayed(), rig.byNode()]).toEqual([1, 0]);
    const failed = await client.unary({ text: 'fail' });
    expect([failed.status.code, failed.status.details]).toEqual([status.FAILED_PRECONDITION, 'nö 100 %']);
  });

  it('messages stream from the server, from the client, and both ways', async () => {
    const { client } = await start();
    const fromServer = client.stub.ServerStream({ text: 's', count: 500, blob: Buffer.alloc(100, 1) }, none, {});
    const { status: end, messages } = await client.outcomeOf(fromServer);
    expect(end.code).toBe(status.OK);
    expect(messages.map(({ count }) => count)).toEqual(Array.from({ length: 500 }, (_, index) => index));
    const blob = Buffer.alloc(1000, 2);
    const sent = await client.clientStream(Array.from({ length: 300 }, (_, count) => ({ text: 'c', blob, count })));
    expect(sent.messages).toMatchObject([{ count: 300, text: '300000' }]);
    const call = client.stub.Bidi(none, {});
    const ended = once(call, 'status');
    for (let count = 0; count < 20; count++) {
      call.write({ text: 'ping', count });
      const [answer] = (await once(call, 'data', { signal: AbortSignal.timeout(5000) })) as [EchoMessage];
      expect(answer.count).toBe(count);
    }
    call.on('data', () => undefined);
    call.end();
    expect((await ended)[0].code).toBe(status.OK);
  });

  it('messages of 4 MB pass both ways, and many calls at once', async () => {
    const { rig, client } = await start();
    const blob = Buffer.alloc(4 << 20, 0xab);
    blob.writeUInt32BE(0xdeadbeef, 1 << 20);
    const { messages } = await client.unary({ text: 'big', blob, count: 1 });
    expect(messages[0]?.blob.equals(blob)).toBe(true);
    const calls = Array.from({ length: 100 }, (_, count) =>
      client.unary({ text: 'many', count, blob: Buffer.alloc(count * 300, count) }),
    );
    for (const [index, outcome] of (await Promise.all(calls)).entries()) {
      expect(outcome.messages[0]?.blob.equals(Buffer.alloc(index * 300, index))).toBe(true);
    }
    expect(rig.relayed()).toBe(1);
  });

  it('a cancelled call is cancelled at the runtime, a late one by its deadline', async () => {
    const { runtime, rig, client } = await start();
    const call = client.stub.ServerStream({ text: 'hang', count: 0 }, none, {});
    call.on('error', () => undefined);
    await runtime.waitForBegan(1);
    call.cancel();
    await runtime.waitForCancelled(1);
    const late = await client.unary({ text: 'hang' }, { deadline: Date.now() + 50 });
    expect(late.status.code).toBe(status.DEADLINE_EXCEEDED);
    await runtime.waitForCancelled(2);
    await eventually('nothing is in flight', () => rig.metrics.inFlight.value === 0 && rig.drain.inFlight === 0);
  });

  it('a client that leaves cancels its calls', async () => {
    const { runtime, rig, client } = await start();
    const call = client.stub.ServerStream({ text: 'hang', count: 0 }, none, {});
    call.on('error', () => undefined);
    await runtime.waitForBegan(1);
    client.stub.close();
    call.cancel();
    await runtime.waitForCancelled(1);
    await eventually('its connection is closed', () => rig.open() === 0);
    expect(rig.metrics.upstreamSessions.value).toBe(0);
  });

  it('calls end as UNAVAILABLE when the connection of the runtime breaks, at once', async () => {
    const runtime = await http2Runtime((stream, headers) => {
      if (headers['x-begin'] === undefined) return;
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' });
      stream.write(Buffer.from([0, 0, 0, 0, 0])); // an empty message, and no trailers
    });
    const rig = await startRelay(runtime.port, { way });
    const client = echoClient(rig.port);
    const begun = new Metadata();
    begun.set('x-begin', 'yes');
    const calls = [client.unary({ text: '' }), client.unary({ text: '' }, {}, begun)];
    const stream = client.stub.ServerStream({ text: '' }, begun, {});
    const streamed = client.outcomeOf(stream);
    await once(stream, 'data');
    await eventually('all are at the runtime', () => runtime.streams() === 3);
    runtime.kill();
    const outcomes = await Promise.all([...calls, streamed]);
    expect(outcomes.map(({ status: end }) => end.code)).toEqual([14, 14, 14]);
    expect(rig.metrics.inFlight.value).toBe(0);
    await eventually('both connections are closed', () => rig.open() === 0 && rig.metrics.upstreamSessions.value === 0);
  });
});

it('says that the runtime is not up yet, and serves once it is', async () => {
  const runtime = await startEchoServer();
  const { port } = runtime;
  runtime.kill();
  await eventually('the port is free', async () => {
    const rig = await startRelay(port);
    const { status: end } = await echoClient(rig.port).unary({ text: 'hi' });
    return end.code === status.UNAVAILABLE && /is not up yet/.test(end.details);
  });
  const rig = await startRelay(port);
  const client = echoClient(rig.port);
  const { status: before } = await client.unary({ text: 'hi' });
  expect([before.code, before.details]).toEqual([
    status.UNAVAILABLE,
    `the runtime at 127.0.0.1:${port} is not up yet: connection refused`,
  ]);
  await startEchoServer({}, port);
  await eventually('it is served', async () => (await client.unary({ text: 'hi' })).status.code === status.OK);
  expect(rig.byNode()).toBe(0);
});
