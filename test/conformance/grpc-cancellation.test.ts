// Cancellation of gRPC calls through the agent, at every moment of a call: the runtime is told, and nothing stays behind.
import { once } from 'node:events';
import { Metadata } from '@grpc/grpc-js';
import { describe, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { echoClient } from '../support/grpc/echo-client.ts';
import { startEchoServer } from '../support/grpc/echo-server.ts';
import { startTestAgent } from '../support/test-agent.ts';

async function startBoth() {
  const runtime = await startEchoServer();
  const agent = await startTestAgent(runtime.port);
  const client = echoClient(agent.port);
  return { runtime, agent, client };
}

const none = new Metadata();

describe('cancellation', () => {
  it('cancels a unary call that the server works on', async () => {
    const { runtime, agent, client } = await startBoth();
    const call = client.stub.Unary({ text: 'hang' }, none, {}, () => undefined);
    await runtime.waitForBegan(1);
    call.cancel();
    await runtime.waitForCancelled(1);
    await eventually('nothing in flight', () => agent.metrics.inFlight.value === 0);
  });

  it('cancels a stream in its midst', async () => {
    const { runtime, client } = await startBoth();
    const call = client.stub.ServerStream({ text: 'hang', count: 5 }, none, {});
    call.on('error', () => undefined);
    await once(call, 'data', { signal: AbortSignal.timeout(5000) });
    call.cancel();
    await runtime.waitForCancelled(1);
  });

  it('cancels a stream that the client does not read', async () => {
    const { runtime, agent, client } = await startBoth();
    const blob = Buffer.alloc(1 << 16, 3);
    const call = client.stub.ServerStream({ text: 'hang', count: 1000, blob }, none, {});
    call.on('error', () => undefined);
    await once(call, 'metadata', { signal: AbortSignal.timeout(5000) });
    call.cancel();
    await runtime.waitForCancelled(1);
    await eventually('nothing in flight', () => agent.metrics.inFlight.value === 0);
  });

  it('cancels an upload in its midst', async () => {
    const { runtime, client } = await startBoth();
    const call = client.stub.ClientStream(none, {}, () => undefined);
    call.on('error', () => undefined);
    call.write({ text: 'first', blob: Buffer.alloc(1000) });
    await runtime.waitForBegan(1);
    call.cancel();
    await runtime.waitForCancelled(1);
  });

  it('cancels both directions, before and after half-close', async () => {
    const { runtime, client } = await startBoth();
    const open = client.stub.Bidi(none, {});
    open.on('error', () => undefined);
    open.write({ text: 'x' });
    await once(open, 'data', { signal: AbortSignal.timeout(5000) });
    open.cancel();
    await runtime.waitForCancelled(1);
    const halfClosed = client.stub.ServerStream({ text: 'hang', count: 1 }, none, {});
    halfClosed.on('error', () => undefined);
    await once(halfClosed, 'data', { signal: AbortSignal.timeout(5000) });
    halfClosed.cancel();
    await runtime.waitForCancelled(2);
  });
});
