// gRPC through the agent with a real client and a real server: all four kinds of calls, trailers, deadlines, cancellation.
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { compressionAlgorithms, Metadata, status } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { echoClient } from '../support/grpc/echo-client.ts';
import { startEchoServer } from '../support/grpc/echo-server.ts';
import type { EchoMessage } from '../support/grpc/echo-service.ts';
import { ack, frameType, readFrames } from '../support/http2-frames.ts';
import { serve } from '../support/runtimes/probed.ts';
import { startTestAgent } from '../support/test-agent.ts';

async function startBoth(options: Record<string, number> = {}, flags: readonly string[] = []) {
  const runtime = await startEchoServer();
  const agent = await startTestAgent(runtime.port, flags);
  const client = echoClient(agent.port, options);
  return { runtime, agent, client };
}

const none = new Metadata();

/** A wire between a client and `port` that reads along what comes back. */
async function countPingAnswers(port: number) {
  let answers = 0;
  const wire = await serve(
    createServer((client) => {
      const agent = connect({ port, host: '127.0.0.1' });
      let unread = Buffer.alloc(0);
      agent.on('data', (chunk: Buffer) => {
        const { frames, rest } = readFrames(Buffer.concat([unread, chunk]));
        unread = Buffer.from(rest);
        answers += frames.filter(({ type, flags }) => type === frameType.ping && flags === ack).length;
      });
      client.pipe(agent).pipe(client);
      client.on('close', () => agent.destroy());
      agent.on('close', () => client.destroy());
      agent.on('error', () => client.destroy());
    }),
  );
  return { port: wire.port, pingAnswers: () => answers };
}

describe('the four kinds of calls', () => {
  it('passes a unary call with its metadata, initial and trailing, text and binary', async () => {
    const { runtime, client } = await startBoth();
    const metadata = new Metadata();
    metadata.set('x-key', 'value');
    metadata.add('x-many', 'one');
    metadata.add('x-many', 'two');
    metadata.add('x-some-bin', Buffer.from([0, 1, 254, 255]));
    metadata.set('x-long', 'l'.repeat(8000));
    const { status: end, initial, messages } = await client.unary({ text: 'hi', count: 7 }, {}, metadata);
    expect(end.code).toBe(status.OK);
    expect(messages).toMatchObject([{ text: 'hi', count: 7 }]);
    expect(initial?.get('x-initial')).toEqual(['one']);
    expect(initial?.get('x-initial-bin')).toEqual([Buffer.from([0, 255, 10])]);
    expect(end.metadata.get('x-trailing')).toEqual(['last']);
    expect(end.metadata.get('x-twice')).toEqual(['a, b']); // grpc-js reads its own duplicates so, also directly
    expect(end.metadata.get('x-trailing-bin')).toEqual([Buffer.from([1, 0, 200])]);
    const received = runtime.lastMetadata();
    expect(received.get('x-key')).toEqual(['value']);
    expect(received.get('x-many')).toEqual(['one, two']);
    expect(received.get('x-some-bin')).toEqual([Buffer.from([0, 1, 254, 255])]);
    expect(received.get('x-long')).toEqual(['l'.repeat(8000)]);
    expect(received.get('user-agent')[0]).toMatch(/^grpc-node-js/);
  });

  it.each([
    ['relayed, is not told', ['--lanes', 'auto'], []],
    ['asked for it, is told', ['--lanes', 'auto', '--grpc-forwarding'], ['127.0.0.1']],
    ['behind node:http2, is told', ['--lanes', 'off'], ['127.0.0.1']],
  ])('a runtime that is %s who called', async (_name, flags, forwarded) => {
    const { runtime, client } = await startBoth({}, flags);
    expect((await client.unary({ text: 'hi' })).status.code).toBe(status.OK);
    expect(runtime.lastMetadata().get('x-forwarded-for')).toEqual(forwarded);
  });

  it('gives the same result as a direct call', async () => {
    const { runtime, client } = await startBoth();
    const direct = echoClient(runtime.port);
    for (const text of ['ok', 'fail']) {
      const message = { text, blob: Buffer.from('b'), count: 3 };
      const through = await client.unary(message);
      const straight = await direct.unary(message);
      expect(through.messages).toEqual(straight.messages);
      expect(through.status.code).toBe(straight.status.code);
      expect(through.status.details).toBe(straight.status.details);
      expect(through.status.metadata.toJSON()).toEqual(straight.status.metadata.toJSON());
      expect(Object.keys(through.initial?.toJSON() ?? {})).toEqual(Object.keys(straight.initial?.toJSON() ?? {}));
    }
  });

  it('streams from the server: every message, in order, then the trailers', async () => {
    const { client } = await startBoth();
    const call = client.stub.ServerStream({ text: 's', count: 500, blob: Buffer.alloc(100, 1) }, none, {});
    const { status: end, messages } = await client.outcomeOf(call);
    expect(end.code).toBe(status.OK);
    expect(messages.map(({ count }) => count)).toEqual(Array.from({ length: 500 }, (_, index) => index));
    expect(end.metadata.get('x-trailing')).toEqual(['last']);
  });

  it('streams from the client, half-closes and answers', async () => {
    const { client } = await startBoth();
    const blob = Buffer.alloc(1000, 2);
    const toSend = Array.from({ length: 300 }, (_, count) => ({ text: 'c', blob, count }));
    const { status: end, messages } = await client.clientStream(toSend);
    expect(end.code).toBe(status.OK);
    expect(messages).toMatchObject([{ count: 300, text: '300000' }]);
  });

  it('interleaves both directions: message k is answered before k+1 is sent', async () => {
    const { client } = await startBoth();
    const call = client.stub.Bidi(none, {});
    const ended = once(call, 'status');
    for (let count = 0; count < 50; count++) {
      call.write({ text: 'ping', count });
      const [answer] = (await once(call, 'data', { signal: AbortSignal.timeout(5000) })) as [EchoMessage];
      expect(answer.count).toBe(count);
    }
    call.on('data', () => undefined);
    call.end();
    const [end] = await ended;
    expect(end.code).toBe(status.OK);
    expect(end.metadata.get('x-trailing')).toEqual(['last']);
  });

  it('passes initial metadata before the first message', async () => {
    const { client } = await startBoth();
    const call = client.stub.ServerStream({ text: 'hang', count: 0 }, none, {});
    call.on('error', () => undefined);
    const [initial] = (await once(call, 'metadata', { signal: AbortSignal.timeout(5000) })) as [Metadata];
    expect(initial.get('x-initial')).toEqual(['one']);
    call.cancel();
  });

  it('ends a stream without messages, and a client stream without messages', async () => {
    const { client } = await startBoth();
    const empty = await client.outcomeOf(client.stub.ServerStream({ text: '', count: 0 }, none, {}));
    expect([empty.status.code, empty.messages.length]).toEqual([status.OK, 0]);
    const nothing = await client.clientStream([]);
    expect([nothing.status.code, nothing.messages[0]?.count]).toEqual([status.OK, 0]);
  });
});

describe('sizes', () => {
  it('passes messages of 8 MiB both ways', async () => {
    const { client } = await startBoth();
    const blob = Buffer.alloc(8 << 20, 0xab);
    const { status: end, messages } = await client.unary({ text: 'big', blob });
    expect(end.code).toBe(status.OK);
    expect(messages[0]?.blob.equals(blob)).toBe(true);
  });

  it('passes compressed messages as they are', async () => {
    const { runtime, client } = await startBoth({
      'grpc.default_compression_algorithm': compressionAlgorithms.gzip,
    });
    const blob = Buffer.alloc(1 << 20, 0x61);
    const { status: end, messages } = await client.unary({ text: 'gzip', blob });
    expect(end.code).toBe(status.OK);
    expect(messages[0]?.blob.equals(blob)).toBe(true);
    expect(runtime.began()).toBe(1);
  });

  it('serves 1,000 calls in a row and 100 at once on one session to the runtime', async () => {
    const { agent, client } = await startBoth();
    for (let count = 0; count < 1000; count++) {
      const { messages } = await client.unary({ text: 'row', count });
      if (messages[0]?.count !== count) throw new Error(`call ${count} got ${JSON.stringify(messages)}`);
    }
    const outcomes = await Promise.all(
      Array.from({ length: 100 }, (_, count) => client.unary({ text: 'at once', count })),
    );
    expect(outcomes.map(({ messages }) => messages[0]?.count)).toEqual(
      Array.from({ length: 100 }, (_, index) => index),
    );
    expect(agent.metrics.upstreamSessions.value).toBe(1);
    await eventually('nothing in flight', () => agent.metrics.inFlight.value === 0);
  });
});

describe('how calls end', () => {
  it('passes an error status with its message and metadata', async () => {
    const { client } = await startBoth();
    const { status: end } = await client.unary({ text: 'fail' });
    expect([end.code, end.details]).toEqual([status.FAILED_PRECONDITION, 'nö 100 %']);
    expect(end.metadata.get('x-trailing-bin')).toEqual([Buffer.from([1, 0, 200])]);
  });

  it('passes an error status without initial metadata: a trailers-only answer', async () => {
    const { client } = await startBoth();
    const metadata = new Metadata();
    metadata.set('x-no-initial', '1');
    const { status: end } = await client.unary({ text: 'fail' }, {}, metadata);
    expect([end.code, end.details]).toEqual([status.FAILED_PRECONDITION, 'nö 100 %']);
  });

  it('passes an error behind messages of a stream', async () => {
    const { client } = await startBoth();
    const { status: end, messages } = await client.outcomeOf(
      client.stub.ServerStream({ text: 'fail', count: 3 }, none, {}),
    );
    expect([end.code, end.details, messages.length]).toEqual([status.DATA_LOSS, 'half way', 3]);
  });

  it('passes an answer that comes before the client has sent all, and frees the exchange', async () => {
    const { agent, client } = await startBoth();
    const blob = Buffer.alloc(100_000, 1);
    const toSend = Array.from({ length: 40 }, (_, count) => ({ text: count === 1 ? 'early' : 'more', blob, count }));
    const { status: end } = await client.clientStream(toSend);
    expect([end.code, end.details]).toEqual([status.RESOURCE_EXHAUSTED, 'enough']);
    await eventually('nothing in flight', () => agent.metrics.inFlight.value === 0);
  });

  it('hands a deadline on: the server knows it, both sides end', async () => {
    const { runtime, client } = await startBoth();
    const deadline = Date.now() + 400;
    const { status: end } = await client.unary({ text: 'hang' }, { deadline });
    expect(end.code).toBe(status.DEADLINE_EXCEEDED);
    expect(Math.abs(Number(runtime.lastDeadline()) - deadline)).toBeLessThan(5000);
    await runtime.waitForCancelled(1);
  });

  it('ends a stream at its deadline', async () => {
    const { runtime, client } = await startBoth();
    const call = client.stub.ServerStream({ text: 'hang', count: 2 }, none, { deadline: Date.now() + 400 });
    const { status: end, messages } = await client.outcomeOf(call);
    expect([end.code, messages.length]).toEqual([status.DEADLINE_EXCEEDED, 2]);
    await runtime.waitForCancelled(1);
  });
});

describe('connections', () => {
  it('answers keepalive pings', async () => {
    const runtime = await startEchoServer();
    const agent = await startTestAgent(runtime.port);
    const wire = await countPingAnswers(agent.port);
    const client = echoClient(wire.port, {
      'grpc.keepalive_time_ms': 100,
      'grpc.keepalive_timeout_ms': 1000,
      'grpc.keepalive_permit_without_calls': 1,
    });
    const call = client.stub.Bidi(none, {});
    const outcome = client.outcomeOf(call);
    await runtime.waitForBegan(1);
    await eventually('three pings are answered', () => wire.pingAnswers() >= 3);
    call.write({ text: 'still here' });
    call.end();
    const { status: end, messages } = await outcome;
    expect([end.code, messages.length]).toEqual([status.OK, 1]);
  });

  it('sends gRPC to its own port and other HTTP/2 to the REST port', async () => {
    const grpc = await startEchoServer();
    const agent = await startTestAgent(1, ['--component-grpc-port', String(grpc.port)]);
    const client = echoClient(agent.port);
    expect((await client.unary({ text: 'a' })).status.code).toBe(status.OK);
  });

  it('counts calls by protocol, and a cancelled one as the client leaving', async () => {
    const { agent, runtime, client } = await startBoth();
    await client.unary({ text: 'a' });
    const call = client.stub.Unary({ text: 'hang' }, none, {}, () => undefined);
    await runtime.waitForBegan(2);
    call.cancel();
    await eventually('two calls are counted', () => agent.metrics.requestSeconds('grpc').count === 2);
  });
});
