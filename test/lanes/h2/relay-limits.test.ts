// What clients are told of streams and tables, and what they may send once the runtime said more.
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
import { framePeerOf, frameRuntime } from '../../support/http2-raw.ts';
import { startRelay } from './relay-rig.ts';

const head = fieldBlock([
  [':method', 'POST'],
  [':scheme', 'http'],
  [':path', '/echo.Echo/Unary'],
  [':authority', 'a'],
  ['content-type', 'application/grpc'],
]);
const setting = (id: number, value: number) => Buffer.concat([Buffer.from([0, id]), uint32(value)]);
const settings = (...values: Buffer[]) => frame(frameType.settings, 0, 0, Buffer.concat(values));
const request = (id: number, block = head) => frame(frameType.headers, endHeaders | endStream, id, block);
/** Of all SETTINGS to the client, in their order. */
const told = (frames: readonly Frame[], id: number) =>
  frames.flatMap(({ type, flags, payload }) => {
    if (type !== frameType.settings || flags === ack) return [];
    return payload.length >= 6 && payload.readUInt16BE(0) === id ? [payload.readUInt32BE(2)] : [];
  });

async function relayed(more: Buffer) {
  const seen: Frame[] = [];
  const runtime = await frameRuntime((peer, received) => {
    if (received.type === frameType.settings && received.flags !== ack) peer.send(more);
    seen.push(received);
  });
  const rig = await startRelay(runtime.port);
  const client = await framePeerOf(rig.port);
  client.send(preface, settings(), request(1));
  await eventually('it is relayed', () => seen.some(({ type }) => type === frameType.headers));
  return { seen, rig, client };
}

it('100 streams at first, and 250 behind a runtime that names no limit, or a larger one', async () => {
  const { client } = await relayed(settings(setting(3, 1_000_000)));
  await eventually('all is said', () => told(client.frames, 3).length === 3);
  expect(told(client.frames, 3)).toEqual([100, 250, 250]);
});

it("the runtime's own limit when it is lower", async () => {
  const { client } = await relayed(settings(setting(3, 7)));
  await eventually('all is said', () => told(client.frames, 3).includes(7));
});

it('a table of headers that grows once the client has acknowledged it, and never beyond 64 KB', async () => {
  const { client, seen, rig } = await relayed(settings(setting(1, 1 << 20)));
  await eventually('it is said', () => told(client.frames, 1).length === 1);
  expect(told(client.frames, 1)).toEqual([65_536]);
  const acks = Array.from({ length: 4 }, () => frame(frameType.settings, ack, 0));
  const grown = Buffer.concat([Buffer.from([0x3f, 0xe1, 0xff, 0x03]), head]); // a table of 65,536 bytes
  client.send(...acks, request(3, grown));
  await eventually('it passes', () => seen.some(({ streamId }) => streamId === 3));
  const tooLarge = Buffer.concat([Buffer.from([0x3f, 0xe2, 0xff, 0x03]), head]);
  client.send(request(5, tooLarge));
  const away = await client.until('GOAWAY', ({ type }) => type === frameType.goaway);
  expect([away.payload.readUInt32BE(4), rig.metrics.upstreamSessions.value]).toEqual([9, 0]);
});

it('larger frames once the runtime takes them', async () => {
  const { client, seen } = await relayed(settings(setting(5, 100_000)));
  await eventually('it is said', () => told(client.frames, 5).length === 1);
  client.send(
    frame(frameType.headers, endHeaders, 3, head),
    frame(frameType.data, endStream, 3, Buffer.alloc(50_000, 3)),
  );
  await eventually('it passes', () =>
    seen.some(({ type, payload }) => type === frameType.data && payload.length === 50_000),
  );
});
