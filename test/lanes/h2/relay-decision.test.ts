// Who gets a connection, the relay or node:http2, whenever its client speaks, and that neither side sees a frame too many.
import { describe, expect, it } from 'vitest';
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
import { call, http2Client, http2Runtime, type OnStream } from '../../support/http2-peers.ts';
import { type FramePeer, framePeerOf, frameRuntime } from '../../support/http2-raw.ts';
import { startRelay } from './relay-rig.ts';

const head = (contentType: string, more: readonly (readonly [string, string])[] = []) =>
  fieldBlock([
    [':method', 'POST'],
    [':scheme', 'http'],
    [':path', '/echo.Echo/Unary'],
    [':authority', 'a'],
    ['content-type', contentType],
    ['te', 'trailers'],
    ...more,
  ]);
const request = (id: number, contentType = 'application/grpc') =>
  frame(frameType.headers, endHeaders | endStream, id, head(contentType));
const settings = (payload = Buffer.alloc(0)) => frame(frameType.settings, 0, 0, payload);
const settingsAck = frame(frameType.settings, ack, 0);
const answered = (id: number) => (one: Frame) =>
  one.streamId === id &&
  (one.type === frameType.headers || one.type === frameType.data) &&
  (one.flags & endStream) !== 0;
const isAck = ({ type, flags }: Frame) => type === frameType.settings && flags === ack;
const isSettings = ({ type, flags }: Frame) => type === frameType.settings && flags !== ack;
const count = (peer: FramePeer, wanted: (frame: Frame) => boolean) => peer.frames.filter(wanted).length;

/** Answers every request on its stream, and remembers what it saw. */
async function runtimeByHand() {
  const seen: FramePeer[] = [];
  const { port } = await frameRuntime((peer, received) => {
    if (!seen.includes(peer)) seen.push(peer);
    if ((received.type !== frameType.headers && received.type !== frameType.data) || !(received.flags & endStream))
      return;
    const block = Buffer.concat([Buffer.from([0x88]), fieldBlock([['grpc-status', '0']])]);
    peer.send(frame(frameType.headers, endHeaders | endStream, received.streamId, block));
  });
  return { port, seen };
}

const echo: OnStream = (stream, headers) => {
  stream.respond({ ':status': 200, 'content-type': headers['content-type'] ?? 'text/plain' });
  stream.pipe(stream);
};

describe('a gRPC client', () => {
  it.each(['swap', 'public'] as const)('that speaks at once is relayed as it is (%s)', async (way) => {
    const runtime = await runtimeByHand();
    const rig = await startRelay(runtime.port, { way });
    const client = await framePeerOf(rig.port);
    client.send(preface, settings(), frame(frameType.ping, 0, 0, Buffer.alloc(8, 7)), request(1));
    await client.until('the answer', answered(1));
    await client.until('the ping of the runtime', ({ type, flags }) => type === frameType.ping || flags === ack);
    expect([rig.relayed(), rig.byNode()]).toEqual([1, 0]);
    expect(count(client, isAck)).toBe(1);
    expect(runtime.seen[0]?.frames.map(({ type }) => type).slice(0, 3)).toEqual([
      frameType.settings,
      frameType.ping,
      frameType.headers,
    ]);
  });

  it.each([
    ['our SETTINGS', false],
    ['our SETTINGS and their acknowledgement', true],
  ])('that waits for %s is greeted, and the runtime hears it all', async (_name, waitsForAck) => {
    const runtime = await runtimeByHand();
    const rig = await startRelay(runtime.port);
    const client = await framePeerOf(rig.port);
    const window = Buffer.concat([Buffer.from([0, 4]), uint32(1 << 20)]);
    client.send(preface, settings(window), frame(frameType.windowUpdate, 0, 0, uint32(1000)));
    await client.until('the greeting', isSettings);
    if (waitsForAck) await client.until('the acknowledgement', isAck);
    client.send(settingsAck, frame(frameType.ping, 0, 0, Buffer.alloc(8, 9)));
    await client.until('the ping', ({ type, flags, payload }) => type === 6 && flags === ack && payload[0] === 9);
    client.send(request(1));
    await client.until('the answer', answered(1));
    client.send(settingsAck, settingsAck, request(3)); // of the runtime's SETTINGS, and of the limit that they leave out
    await client.until('the second answer', answered(3));
    const [connection] = runtime.seen;
    expect(connection?.frames.map(({ type, flags }) => [type, flags])).toEqual([
      [frameType.settings, 0],
      [frameType.windowUpdate, 0],
      [frameType.headers, endHeaders | endStream],
      [frameType.settings, ack],
      [frameType.headers, endHeaders | endStream],
    ]);
    expect(connection?.frames[0]?.payload).toEqual(window);
    expect([count(client, isSettings), count(client, isAck)]).toEqual([3, 1]);
    expect([rig.relayed(), rig.byNode()]).toEqual([1, 0]);
  });

  it('is told of the acknowledgement late, and still only once', async () => {
    const runtime = await runtimeByHand();
    const rig = await startRelay(runtime.port);
    const client = await framePeerOf(rig.port);
    client.send(preface, settings());
    await client.until('the greeting', isSettings);
    client.send(request(1)); // its acknowledgement of our SETTINGS is still on its way
    await client.until('the answer', answered(1));
    client.send(settingsAck, settingsAck, request(3));
    await client.until('the second answer', answered(3));
    expect(runtime.seen[0]?.frames.filter(isAck).length).toBe(1);
    expect(count(client, isAck)).toBe(1);
  });

  it('is relayed however its first bytes are cut', async () => {
    const runtime = await runtimeByHand();
    const rig = await startRelay(runtime.port);
    const bytes = Buffer.concat([preface, settings(Buffer.from([0, 3, 0, 0, 0, 9])), request(1)]);
    const clients = Array.from({ length: bytes.length - 4 }, async (_, at) => {
      const client = await framePeerOf(rig.port);
      client.send(bytes.subarray(0, at + 4));
      await new Promise((resolve) => setImmediate(resolve));
      client.send(bytes.subarray(at + 4));
      await client.until(`the answer behind a cut at ${at + 4}`, answered(1));
      client.socket.destroy();
    });
    await Promise.all(clients);
    expect(rig.relayed() + rig.byNode()).toBe(clients.length);
    expect(rig.relayed()).toBeGreaterThan(clients.length / 2);
  });
});

describe('another client', () => {
  it('of node:http2 gets REST through node:http2, waiting or not', async () => {
    const runtime = await http2Runtime(echo);
    const rig = await startRelay(runtime.port);
    const atOnce = http2Client(rig.port);
    const fields = { ':method': 'POST', ':path': '/v2/models/m/infer', 'content-type': 'application/json' };
    expect((await call(atOnce, fields, { body: Buffer.from('{}') })).body.toString()).toBe('{}');
    const waiting = http2Client(rig.port);
    await new Promise((resolve) => waiting.once('remoteSettings', resolve));
    const body = Buffer.alloc(300_000, 5);
    expect((await call(waiting, fields, { body })).body.equals(body)).toBe(true);
    expect((await call(waiting, { ':path': '/', 'user-agent': 'kube-probe/1.30' })).status).toBe(200);
    expect([rig.relayed(), rig.byNode()]).toEqual([0, 2]);
  });

  it('that waited sees each acknowledgement once, and its address is known', async () => {
    const forwarded: (string | undefined)[] = [];
    const runtime = await http2Runtime((stream, headers, flags, raw) => {
      forwarded.push(headers['x-forwarded-for'] as string | undefined);
      echo(stream, headers, flags, raw);
    });
    const rig = await startRelay(runtime.port);
    const client = await framePeerOf(rig.port);
    client.send(preface, settings());
    await client.until('the greeting', isSettings);
    client.send(request(1, 'application/json'), settingsAck);
    await client.until('the answer', answered(1));
    client.send(settingsAck, request(3, 'application/json'));
    await client.until('the second answer', answered(3));
    expect([count(client, isSettings), count(client, isAck)]).toEqual([2, 1]);
    expect(count(client, ({ type }) => type === frameType.goaway)).toBe(0);
    expect(forwarded).toEqual(['127.0.0.1', '127.0.0.1']);
    expect(rig.byNode()).toBe(1);
  });

  it.each([
    ['a bad preface', [Buffer.from('PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n'), settings()]],
    ['no SETTINGS first', [preface, frame(frameType.ping, 0, 0, Buffer.alloc(8))]],
    ['DATA first', [preface, settings(), frame(frameType.data, 0, 1, Buffer.alloc(3))]],
    ['a silent preface', [preface.subarray(0, 10)]],
    ['a block that is none', [preface, settings(), frame(frameType.headers, endHeaders, 1, Buffer.from([0xff]))]],
  ])('with %s is judged by node:http2', async (_name, bytes) => {
    const rig = await startRelay(1);
    const client = await framePeerOf(rig.port);
    client.send(...(bytes as Buffer[]));
    await eventually('node has it', () => rig.byNode() === 1);
    expect(rig.relayed()).toBe(0);
  });
});

it('a request for the other lane on a relayed connection is turned away, and what runs ends well', async () => {
  const runtime = await runtimeByHand();
  const rig = await startRelay(runtime.port);
  const client = await framePeerOf(rig.port);
  client.send(preface, settings(), frame(frameType.headers, endHeaders, 1, head('application/grpc')));
  await eventually('it is relayed', () => rig.relayed() === 1);
  client.send(request(3, 'application/json'), frame(frameType.data, 0, 3, Buffer.alloc(20)), request(5));
  const away = await client.until('GOAWAY', ({ type }) => type === frameType.goaway);
  expect([away.payload.readUInt32BE(0), away.payload.readUInt32BE(4)]).toEqual([1, 0]);
  const reset = await client.until('the refusal', ({ type }) => type === frameType.rstStream);
  expect([reset.streamId, reset.payload.readUInt32BE(0)]).toEqual([3, 7]);
  const update = await client.until('its window back', ({ type }) => type === frameType.windowUpdate);
  expect(update.payload.readUInt32BE(0)).toBe(20);
  client.send(frame(frameType.data, endStream, 1, Buffer.alloc(5)));
  await client.until('the answer', answered(1));
  await eventually('the connection is closed', () => client.closed());
  expect(runtime.seen[0]?.frames.every(({ streamId }) => streamId <= 1)).toBe(true);
});

it('trailers behind a block that did not go up cancel their stream at both ends', async () => {
  const runtime = await runtimeByHand();
  const rig = await startRelay(runtime.port);
  const client = await framePeerOf(rig.port);
  client.send(preface, settings(), frame(frameType.headers, endHeaders, 1, head('application/grpc')));
  client.send(request(3, 'text/plain'));
  await client.until('the refusal', ({ type }) => type === frameType.rstStream);
  client.send(frame(frameType.headers, endHeaders | endStream, 1, fieldBlock([['x-last', '1']])));
  await client.until('the reset', ({ type, streamId }) => type === frameType.rstStream && streamId === 1);
  await eventually('the connection is closed', () => client.closed() && rig.metrics.inFlight.value === 0);
});
