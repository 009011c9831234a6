// What a relayed connection does when a side breaks, floods it, or is asked to leave: never a hang, never half an answer for a whole one.
import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import { eventually } from '../../support/eventually.ts';
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
} from '../../support/http2-frames.ts';
import { type FramePeer, framePeerOf, frameRuntime } from '../../support/http2-raw.ts';
import { seededRandom } from '../../support/random.ts';
import { serve } from '../../support/runtimes/probed.ts';
import { seed } from '../../support/seed.ts';
import { startRelay } from './relay-rig.ts';

const head = fieldBlock([
  [':method', 'POST'],
  [':scheme', 'http'],
  [':path', '/echo.Echo/Unary'],
  [':authority', 'a'],
  ['content-type', 'application/grpc'],
]);
const settings = frame(frameType.settings, 0, 0);
const request = (id: number) => frame(frameType.headers, endHeaders | endStream, id, head);
const opening = Buffer.concat([preface, settings, request(1)]);
const isGoaway = ({ type }: Frame) => type === frameType.goaway;

const ok = fieldBlock([['content-type', 'application/grpc']]);
const answer = (id: number, bytes = 100) =>
  Buffer.concat([
    frame(frameType.headers, endHeaders, id, Buffer.concat([Buffer.from([0x88]), ok])),
    frame(frameType.data, 0, id, Buffer.alloc(bytes, id)),
    frame(frameType.headers, endHeaders | endStream, id, fieldBlock([['grpc-status', '0']])),
  ]);

/** `onRequest` is called with each request's stream. */
const runtimeThat = (onRequest: (peer: FramePeer, id: number) => void) =>
  frameRuntime((peer, { type, streamId }) => {
    if (type === frameType.headers) onRequest(peer, streamId);
  });

it('an answer that the runtime broke off at any byte never looks whole, and its client never waits', async () => {
  const whole = Buffer.concat([answer(1), answer(3)]);
  const random = seededRandom(seed);
  const cuts = [0, 9, whole.length - 1, ...Array.from({ length: 60 }, () => Math.floor(random() * whole.length))];
  let cutAt = 0;
  const runtime = await runtimeThat((peer, id) => {
    if (id !== 3) return;
    peer.socket.end(whole.subarray(0, cutAt));
  });
  const rig = await startRelay(runtime.port);
  for (cutAt of cuts) {
    const client = await framePeerOf(rig.port);
    client.send(opening, request(3));
    await eventually(`the connection is closed after ${cutAt}`, client.closed);
    for (const id of [1, 3]) {
      const ends = client.frames.filter(
        ({ streamId, flags, type }) => streamId === id && type === 1 && flags & endStream,
      );
      const saysOk = ends.some(({ payload }) => payload.includes(Buffer.from('grpc-status\x010', 'latin1')));
      expect(saysOk).toBe(cutAt >= (id === 1 ? answer(1).length : whole.length));
      if (ends.length > 0 && !saysOk) expect(ends[0]?.payload.includes('14')).toBe(true);
    }
  }
  expect(rig.metrics.inFlight.value).toBe(0);
  await eventually('nothing is left', () => rig.open() === 0 && rig.metrics.upstreamSessions.value === 0);
});

it('a runtime that speaks no HTTP/2 is told as a bad gateway', async () => {
  const other = await serve(
    createServer((socket) => socket.on('error', () => undefined).end('HTTP/1.1 400 Bad Request\r\n\r\n')),
  );
  const rig = await startRelay(other.port);
  const client = await framePeerOf(rig.port);
  client.send(opening);
  const told = await client.until('the error', ({ type, streamId }) => type === frameType.headers && streamId === 1);
  expect(told.payload.includes('does not speak HTTP/2')).toBe(true);
  expect(rig.metrics.errors('UPSTREAM_PROTOCOL_ERROR').value).toBe(1);
});

it.each<[string, (send: (...frames: Buffer[]) => void) => void]>([
  [
    'streams reset',
    (send) => {
      for (let id = 3; id < 2300; id += 2) send(request(id), frame(frameType.rstStream, 0, id, uint32(8)));
    },
  ],
  [
    'frames without data',
    (send) => send(...Array.from({ length: 1200 }, () => frame(frameType.ping, 0, 0, Buffer.alloc(8)))),
  ],
  ['frames without data', (send) => send(...Array.from({ length: 1200 }, () => settings))],
  ['frames without data', (send) => send(...Array.from({ length: 1200 }, () => frame(frameType.data, 0, 1)))],
  ['streams at once', (send) => send(...Array.from({ length: 1100 }, (_, at) => request(2 * at + 3)))],
  [
    'a header block too large',
    (send) => {
      send(frame(frameType.headers, 0, 3, head));
      for (let sent = 0; sent < 40; sent++) send(frame(frameType.continuation, 0, 3, Buffer.alloc(16_000)));
    },
  ],
])('a flood ends the connection: %s', async (reason, flood) => {
  const runtime = await runtimeThat(() => undefined);
  const rig = await startRelay(runtime.port);
  const client = await framePeerOf(rig.port);
  client.send(opening);
  await eventually('it is relayed', () => rig.relayed() === 1);
  flood(client.send);
  const away = await client.until('GOAWAY', isGoaway);
  expect(away.payload.readUInt32BE(4)).toBe(0xb);
  expect(rig.reasons.some((said) => said.includes(reason))).toBe(true);
  await eventually('it is over', () => rig.open() === 0 && rig.metrics.inFlight.value === 0);
  expect([rig.metrics.upstreamSessions.value, rig.metrics.http2Floods.value]).toEqual([0, 1]);
});

it('a flood before the first request ends the connection, too', async () => {
  const rig = await startRelay(1);
  const client = await framePeerOf(rig.port);
  client.send(preface, settings);
  await client.until('the greeting', ({ type }) => type === frameType.settings);
  client.send(...Array.from({ length: 1200 }, () => frame(frameType.ping, 0, 0, Buffer.alloc(8))));
  await eventually('it is over', () => client.closed() && rig.open() === 0);
  expect(rig.metrics.http2Floods.value).toBe(1);
});

it('GOAWAY is put between two frames, never into one, and what runs ends before the connection does', async () => {
  const peers: FramePeer[] = [];
  const runtime = await runtimeThat((peer) => peers.push(peer));
  const rig = await startRelay(runtime.port);
  const client = await framePeerOf(rig.port);
  client.send(opening);
  await eventually('it is at the runtime', () => peers.length === 1);
  const whole = answer(1, 5000);
  peers[0]?.send(whole.subarray(0, 2000)); // within DATA
  await client.until('the head', ({ type }) => type === frameType.headers);
  rig.relay.askClientsToLeave();
  rig.relay.endIdle();
  peers[0]?.send(whole.subarray(2000, 3000));
  await eventually('only whole frames came', () => !client.frames.some(isGoaway));
  peers[0]?.send(whole.subarray(3000));
  await client.until('the end', ({ type, flags }) => type === frameType.headers && (flags & endStream) !== 0);
  const kinds = client.frames
    .filter(({ streamId, type }) => streamId === 1 || type === frameType.goaway)
    .map(({ type }) => type);
  expect(kinds).toEqual([frameType.headers, frameType.data, frameType.goaway, frameType.goaway, frameType.headers]);
  expect(client.frames.filter(isGoaway).map(({ payload }) => payload.readUInt32BE(0))).toEqual([0x7fffffff, 1]);
  expect(client.frames.find(({ type }) => type === frameType.data)?.payload).toEqual(Buffer.alloc(5000, 1));
  await eventually('it is closed', client.closed);
});

it('connections without a stream end when they are asked to, greeted, relayed or neither', async () => {
  const runtime = await runtimeThat((peer, id) => peer.send(answer(id)));
  const rig = await startRelay(runtime.port);
  const [greeted, relayed, silent] = [
    await framePeerOf(rig.port),
    await framePeerOf(rig.port),
    await framePeerOf(rig.port),
  ];
  greeted.send(preface, settings);
  await greeted.until('the greeting', ({ type }) => type === frameType.settings);
  relayed.send(opening);
  await relayed.until('the answer', ({ flags, type }) => type === frameType.headers && (flags & endStream) !== 0);
  silent.send(preface.subarray(0, 5));
  rig.relay.askClientsToLeave();
  await greeted.until('GOAWAY', isGoaway);
  await relayed.until('GOAWAY', isGoaway);
  rig.relay.endIdle();
  await eventually('both are closed', () => greeted.closed() && relayed.closed());
  expect(relayed.frames.filter(({ type, flags }) => type === frameType.settings && flags === ack).length).toBe(1);
});

it('counts each stream once: its status, its bytes, its path', async () => {
  const runtime = await runtimeThat((peer, id) => peer.send(answer(id, 77)));
  const rig = await startRelay(runtime.port);
  const client = await framePeerOf(rig.port);
  client.send(
    preface,
    settings,
    frame(frameType.headers, endHeaders, 1, head),
    frame(frameType.data, endStream, 1, Buffer.alloc(33)),
  );
  const counted = () => {
    const requests = rig.metrics.instruments.find(({ name }) => name === 'outrigger_requests_total');
    return [...(requests?.samples() ?? [])].map(({ labels, value }) => [Object.values(labels), value]);
  };
  await eventually('it is counted', () => counted().length > 0);
  expect(counted()).toEqual([[['grpc', 'POST', '2xx', ''], 1]]);
  const bytes = rig.metrics.instruments.find(
    ({ name }) => name.includes('body_bytes') || name.includes('payload_bytes'),
  );
  const grpc = [...(bytes?.samples() ?? [])].filter(({ labels }) => labels.protocol === 'grpc');
  expect(grpc.map(({ value }) => value)).toEqual([33, 77]);
});
