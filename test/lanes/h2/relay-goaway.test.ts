// Who says GOAWAY to a relayed client, in which order, and that no later one names more streams than one before it.
import { constants, connect as http2Connect } from 'node:http2';
import { expect, it, onTestFinished } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { endHeaders, endStream, type Frame, fieldBlock, frame, frameType, uint32 } from '../../support/http2-frames.ts';
import { type FramePeer, frameClient, frameRuntime } from '../../support/http2-raw.ts';
import { startRelay } from './relay-rig.ts';

const anyStream = 0x7fff_ffff;
const isGoaway = ({ type }: Frame) => type === frameType.goaway;
const lastStreams = ({ frames }: FramePeer) => frames.filter(isGoaway).map(({ payload }) => payload.readUInt32BE(0));
const goaway = (lastStreamId: number) =>
  frame(frameType.goaway, 0, 0, Buffer.concat([uint32(lastStreamId), uint32(0)]));
const request = (id: number) =>
  frame(
    frameType.headers,
    endHeaders | endStream,
    id,
    fieldBlock([
      [':method', 'POST'],
      [':scheme', 'http'],
      [':path', '/echo.Echo/Unary'],
      [':authority', 'a'],
      ['content-type', 'application/grpc'],
    ]),
  );
const answer = (id: number) =>
  frame(
    frameType.headers,
    endHeaders | endStream,
    id,
    Buffer.concat([
      Buffer.from([0x88]),
      fieldBlock([
        ['content-type', 'application/grpc'],
        ['grpc-status', '0'],
      ]),
    ]),
  );

async function openRelay() {
  const calls: { readonly peer: FramePeer; readonly id: number }[] = [];
  const runtime = await frameRuntime((peer, { type, streamId }) => {
    if (type === frameType.headers) calls.push({ peer, id: streamId });
  });
  return { calls, rig: await startRelay(runtime.port) };
}

it('a client is not told of more streams by the agent that stops than by the runtime that stopped before', async () => {
  const { calls, rig } = await openRelay();
  const client = await frameClient(rig.port);
  client.send(request(1));
  await eventually('the call is there', () => calls.length === 1);
  calls[0]?.peer.send(goaway(1));
  await client.until('the GOAWAY of the runtime', isGoaway);
  rig.relay.askClientsToLeave();
  rig.relay.endIdle();
  await eventually('the agent says it too', () => lastStreams(client).length === 3);
  expect(lastStreams(client)).toEqual([1, 1, 1]);
  calls[0]?.peer.send(answer(1));
  await client.until('the answer', ({ type, streamId }) => type === frameType.headers && streamId === 1);
});

it('nor by the runtime that stops than by the agent that did before', async () => {
  const { calls, rig } = await openRelay();
  const client = await frameClient(rig.port);
  client.send(request(1));
  await eventually('the call is there', () => calls.length === 1);
  rig.relay.endIdle();
  await client.until('the GOAWAY of the agent', isGoaway);
  calls[0]?.peer.send(goaway(anyStream), goaway(1), answer(1));
  await client.until('the answer', ({ type, streamId }) => type === frameType.headers && streamId === 1);
  expect(lastStreams(client)).toEqual([1, 1, 1]);
});

it('a call of a strict client ends well when runtime and agent are told to stop at once', async () => {
  const { calls, rig } = await openRelay();
  const session = http2Connect(`http://127.0.0.1:${rig.port}`);
  onTestFinished(() => session.destroy());
  const failures: Error[] = [];
  session.on('error', (error) => failures.push(error));
  let goaways = 0;
  session.on('goaway', () => {
    goaways += 1;
  });
  const { HTTP2_HEADER_METHOD, HTTP2_HEADER_PATH, HTTP2_HEADER_CONTENT_TYPE } = constants;
  const call = session.request({
    [HTTP2_HEADER_METHOD]: 'POST',
    [HTTP2_HEADER_PATH]: '/echo.Echo/Unary',
    [HTTP2_HEADER_CONTENT_TYPE]: 'application/grpc',
  });
  call.on('error', (error) => failures.push(error));
  call.resume().end();
  await eventually('the call is there', () => calls.length === 1);
  const { peer, id } = calls[0] as (typeof calls)[number];
  peer.send(goaway(id));
  await eventually('the runtime stops', () => goaways === 1);
  rig.relay.askClientsToLeave();
  await eventually('the agent stops', () => goaways === 2 || failures.length > 0);
  peer.send(answer(id));
  await eventually('the call is over', () => call.closed);
  expect(failures).toEqual([]);
  expect(call.rstCode).toBe(0);
});
