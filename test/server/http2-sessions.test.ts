// HTTP/2 sessions of clients: windows, probes on them, and how they end.
import { once } from 'node:events';
import { constants } from 'node:http2';
import { describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import {
  ack,
  endHeaders,
  endStream,
  type Frame,
  fieldBlock,
  frame,
  frameType,
  preface,
  uint32,
} from '../support/http2-frames.ts';
import { call, http2Client, http2Runtime, type OnStream } from '../support/http2-peers.ts';
import { frameClient, frameRuntime } from '../support/http2-raw.ts';
import { rawClient } from '../support/raw-client.ts';
import { startTestAgent } from '../support/test-agent.ts';

async function agentBefore(onStream: OnStream, flags: readonly string[] = []) {
  const runtime = await http2Runtime(onStream);
  const agent = await startTestAgent(runtime.port, flags);
  return { runtime, agent, session: http2Client(agent.port) };
}

const echo: OnStream = (stream, headers) => {
  stream.respond({ ':status': 200, 'content-type': headers['content-type'] ?? 'text/plain' });
  stream.pipe(stream);
};

const grpcHead = [
  [':method', 'POST'],
  [':scheme', 'http'],
  [':authority', 'a'],
  [':path', '/a.B/C'],
  ['content-type', 'application/grpc'],
] as const;

describe('flow control and sessions', () => {
  it('opens the windows of sessions and streams on node:http2', async () => {
    const { agent } = await agentBefore(echo, ['--lanes', 'off']);
    const client = await frameClient(agent.port);
    const update = await client.until('a window update', ({ type }) => type === frameType.windowUpdate);
    expect(update.streamId).toBe(0);
    expect(update.payload.readUInt32BE(0) + 65_535).toBe(1 << 24);
    const settings = client.frames.find(({ type, flags }) => type === frameType.settings && flags !== ack);
    expect(settings?.payload.includes(Buffer.concat([Buffer.from([0, 4]), uint32(1 << 18)]))).toBe(true);
  });

  it('leaves the windows of a relayed connection to the runtime and the client', async () => {
    const heard: Frame[] = [];
    const window = Buffer.concat([Buffer.from([0, 4]), uint32(54_321)]);
    const runtime = await frameRuntime((peer, one) => {
      heard.push(one);
      if (one.type !== frameType.headers) return;
      peer.send(frame(frameType.settings, 0, 0, window), frame(frameType.windowUpdate, 0, 0, uint32(1234)));
    });
    const agent = await startTestAgent(runtime.port, ['--lanes', 'auto']);
    const client = await frameClient(agent.port);
    client.send(
      frame(frameType.windowUpdate, 0, 0, uint32(4321)),
      frame(frameType.headers, endHeaders, 1, fieldBlock(grpcHead)),
      frame(frameType.data, 0, 1, Buffer.alloc(10_000)),
    );
    await client.until(
      'the window of streams',
      ({ type, payload }) => type === frameType.settings && payload.equals(window),
    );
    await client.until('the runtime’s update', ({ type }) => type === frameType.windowUpdate);
    await eventually('all is with the runtime', () => heard.some(({ type }) => type === frameType.data));
    const updates = (frames: readonly Frame[]) => frames.filter(({ type }) => type === frameType.windowUpdate);
    expect(updates(client.frames).map(({ payload }) => payload)).toEqual([uint32(1234)]);
    expect(updates(heard).map(({ payload }) => payload)).toEqual([uint32(4321)]);
  });

  it('answers probes over HTTP/2 and forgets none of their streams', async () => {
    const { session } = await agentBefore(echo);
    const probe = await call(session, { ':path': '/', 'user-agent': 'kube-probe/1.30', 'k-network-probe': 'queue' });
    expect([probe.status, probe.body.toString()]).toEqual([200, 'queue']);
    const head = await call(session, { ':method': 'HEAD', ':path': '/', 'user-agent': 'kube-probe/1.30' });
    expect([head.status, head.body.length]).toEqual([200, 0]);
    const aborted = session.request({ ':path': '/', 'user-agent': 'kube-probe/1.30' });
    aborted.on('error', () => undefined);
    aborted.close(constants.NGHTTP2_INTERNAL_ERROR);
    expect((await call(session, { ':path': '/' })).status).toBe(200);
  });

  it('drains: GOAWAY first, streams that run and streams that come are answered, exit after the last', async () => {
    const held: Parameters<OnStream>[0][] = [];
    const { agent, session } = await agentBefore((stream, headers) => {
      if (headers[':path'] === '/slow') held.push(stream);
      else echo(stream, headers, 0, []);
    });
    const slow = call(session, { ':path': '/slow' });
    await eventually('the slow one runs', () => held.length === 1);
    const goaway = once(session, 'goaway');
    const drained = agent.agent.drain();
    const [code] = await goaway;
    expect(code).toBe(constants.NGHTTP2_NO_ERROR);
    for (const stream of held) {
      stream.respond({ ':status': 200 });
      stream.end('late');
    }
    const { status, body } = await slow;
    expect([status, body.toString()]).toEqual([200, 'late']);
    expect(await drained).toEqual(0);
  });

  it('serves a stream that crosses the GOAWAY on the wire', async () => {
    const { agent } = await agentBefore(echo);
    const client = await frameClient(agent.port);
    const head = [
      [':method', 'GET'],
      [':scheme', 'http'],
      [':authority', 'a'],
      [':path', '/'],
    ] as const;
    client.send(frame(frameType.headers, endHeaders | endStream, 1, fieldBlock(head)));
    await client.until('the first answer', ({ type, streamId }) => type === frameType.headers && streamId === 1);
    const drained = agent.agent.drain();
    await client.until('GOAWAY', ({ type }) => type === frameType.goaway);
    client.send(frame(frameType.headers, endHeaders | endStream, 3, fieldBlock(head)));
    await client.until('the second answer', ({ type, streamId }) => type === frameType.headers && streamId === 3);
    await drained;
  });

  it('closes a connection that never sends SETTINGS', async () => {
    const { agent } = await agentBefore(echo, ['--headers-timeout', '200ms']);
    const client = await rawClient(agent.port);
    client.send(preface);
    await client.closed();
  });
});
