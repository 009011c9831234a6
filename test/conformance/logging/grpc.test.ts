// gRPC through an agent that logs, with a real client and a real server: messages as they were on the wire, and how the call ended.
import { Metadata, status } from '@grpc/grpc-js';
import { expect, it } from 'vitest';
import { echoClient } from '../../support/grpc/echo-client.ts';
import { startEchoServer } from '../../support/grpc/echo-server.ts';
import { type EchoMessage, echoService } from '../../support/grpc/echo-service.ts';
import { type LoggingSettings, only, startLogging } from './logging.ts';
import type { SeenEvent } from './seen-event.ts';

async function startOverGrpc(settings: LoggingSettings = {}) {
  const runtime = await startEchoServer();
  const logging = await startLogging({ ...settings, runtimePort: runtime.port });
  return { ...logging, runtime, client: echoClient(logging.agent.port) };
}

/** Length-prefixed messages (gRPC over HTTP/2, "Requests"). */
function messagesOf({ data }: SeenEvent): EchoMessage[] {
  const messages: EchoMessage[] = [];
  for (let at = 0; at < data.length; ) {
    expect(data[at]).toBe(0); // not compressed
    const end = at + 5 + data.readUInt32BE(at + 1);
    messages.push(echoService.Unary!.requestDeserialize(data.subarray(at + 5, end)) as EchoMessage);
    at = end;
  }
  return messages;
}

it('unary: both messages raw, with the path as subject and the status', async () => {
  const { client, events } = await startOverGrpc({ flags: ['--metadata-headers', 'x-key'] });
  const metadata = new Metadata();
  metadata.set('x-key', 'value');
  metadata.set('x-request-id', 'call-1');
  const { status: end } = await client.unary({ text: 'hi', count: 7 }, {}, metadata);
  expect(end.code).toBe(status.OK);
  const seen = await events(2);
  for (const type of ['request', 'response']) {
    const event = only(seen, type);
    expect(event.contentType).toBe('application/grpc+proto');
    expect(event.id).toBe('call-1');
    expect(event.attributes).toMatchObject({ subject: '/outrigger.test.Echo/Unary', metadata: '{"x-key":["value"]}' });
    expect(messagesOf(event)).toMatchObject([{ text: 'hi', count: 7 }]);
  }
  expect(only(seen, 'response').attributes.grpcstatus).toBe('0');
});

it('streams: all messages in order, whoever sends them', async () => {
  const { client, events } = await startOverGrpc();
  const toSend = Array.from({ length: 20 }, (_, count) => ({ text: 'c', blob: Buffer.alloc(100, 2), count }));
  await client.clientStream(toSend);
  const up = await events(2);
  expect(messagesOf(only(up, 'request')).map(({ count }) => count)).toEqual(toSend.map(({ count }) => count));
  expect(messagesOf(only(up, 'response'))).toMatchObject([{ count: 20 }]);
  const call = client.stub.ServerStream({ text: 's', count: 50, blob: Buffer.alloc(100, 1) }, new Metadata(), {});
  await client.outcomeOf(call);
  const down = (await events(4)).slice(2);
  expect(messagesOf(only(down, 'request'))).toHaveLength(1);
  expect(messagesOf(only(down, 'response')).map(({ count }) => count)).toEqual(
    Array.from({ length: 50 }, (_, at) => at),
  );
});

it('both directions at once: message k is answered before k+1 is sent', async () => {
  const { client, events } = await startOverGrpc();
  const call = client.stub.Bidi(new Metadata(), {});
  const outcome = client.outcomeOf(call);
  for (let count = 0; count < 5; count++) {
    const answered = new Promise((resolve) => call.once('data', resolve));
    call.write({ text: 'b', count });
    await answered;
  }
  call.end();
  expect((await outcome).messages).toHaveLength(5);
  const seen = await events(2);
  for (const type of ['request', 'response']) expect(messagesOf(only(seen, type))).toHaveLength(5);
});

it('a call that fails is a request without an answer, unless all answers are wanted', async () => {
  const { client, events } = await startOverGrpc();
  await client.unary({ text: 'fail' });
  await client.unary({ text: 'well' });
  const seen = await events(3);
  expect(messagesOf(only(seen, 'response'))).toMatchObject([{ text: 'well' }]);
  const all = await startOverGrpc({ flags: ['--log-all-responses'] });
  await all.client.unary({ text: 'fail' });
  const { attributes } = only(await all.events(2), 'response');
  expect(attributes).toMatchObject({ statuscode: '200', grpcstatus: String(status.FAILED_PRECONDITION) });
});

it('a call that its client cancels: the messages so far, as incomplete', async () => {
  const { client, runtime, events } = await startOverGrpc();
  const call = client.stub.ServerStream({ text: 'hang', count: 3 }, new Metadata(), {});
  const outcome = client.outcomeOf(call);
  let received = 0;
  await new Promise<void>((resolve) => call.on('data', () => ++received === 3 && resolve()));
  call.cancel();
  expect((await outcome).status.code).toBe(status.CANCELLED);
  await runtime.waitForCancelled(1);
  const response = only(await events(2), 'response');
  expect(response.attributes.incomplete).toBe('true');
  expect(messagesOf(response).map(({ count }) => count)).toEqual([0, 1, 2]);
});

it('compressed messages say how', async () => {
  const runtime = await startEchoServer();
  const { agent, events } = await startLogging({ runtimePort: runtime.port });
  const client = echoClient(agent.port, { 'grpc.default_compression_algorithm': 2 });
  await client.unary({ text: 'z'.repeat(1000) });
  const request = only(await events(2), 'request');
  expect(request.attributes.grpcencoding).toBe('gzip');
  expect(request.data[0]).toBe(1);
});
