// SETTINGS that no endpoint may send: a client that waits for its greeting hears so at once, as from node:http2.
import { expect, it } from 'vitest';
import { ack, type Frame, frame, frameType, preface, uint32 } from '../../support/http2-frames.ts';
import { framePeerOf } from '../../support/http2-raw.ts';
import { startRelay } from './relay-rig.ts';

const settings = (id: number, value: number) =>
  frame(frameType.settings, 0, 0, Buffer.concat([Buffer.from([0, id]), uint32(value)]));
const isSettings = ({ type, flags }: Frame) => type === frameType.settings && flags === 0;
const isAck = ({ type, flags }: Frame) => type === frameType.settings && flags === ack;
const isGoaway = ({ type }: Frame) => type === frameType.goaway;

async function greeted(first: Buffer) {
  const rig = await startRelay(1); // nobody calls the runtime
  const client = await framePeerOf(rig.port);
  client.send(preface, first);
  await client.until('the greeting', isSettings);
  return client;
}

it.each([
  ['ENABLE_PUSH of 2', 2, 2, 1],
  ['INITIAL_WINDOW_SIZE of 2^31', 4, 2 ** 31, 3],
  ['MAX_FRAME_SIZE of 16,383', 5, 16_383, 1],
  ['MAX_FRAME_SIZE of 2^24', 5, 2 ** 24, 1],
])('%s ends the connection, before a request or the greeting', async (_name, id, value, code) => {
  const late = await greeted(frame(frameType.settings, 0, 0));
  late.send(frame(frameType.settings, ack, 0), settings(id, value));
  const early = await greeted(settings(id, value));
  for (const client of [late, early]) {
    const { payload } = await client.until('GOAWAY', isGoaway);
    expect(payload.readUInt32BE(4)).toBe(code);
  }
  expect(early.frames.some(isAck)).toBe(false);
});

it.each([
  ['ENABLE_PUSH of 0', 2, 0],
  ['the largest window', 4, 2 ** 31 - 1],
  ['the smallest frames', 5, 16_384],
  ['the largest frames', 5, 2 ** 24 - 1],
  ['a setting that nobody knows', 0x4d, 2 ** 32 - 1],
])('%s is acknowledged', async (_name, id, value) => {
  const client = await greeted(settings(id, value));
  await client.until('its acknowledgement', isAck);
  expect(client.frames.some(isGoaway)).toBe(false);
});
