// Floods on a connection of gRPC that is relayed (CVE-2023-44487, CVE-2024-27316, CVE-2019-9511 to 9518): it ends, and others notice nothing.
import { expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { echoClient } from '../support/grpc/echo-client.ts';
import { startEchoServer } from '../support/grpc/echo-server.ts';
import { endHeaders, endStream, fieldBlock, frame, frameType, uint32 } from '../support/http2-frames.ts';
import { type FramePeer, frameClient } from '../support/http2-raw.ts';
import { startTestAgent } from '../support/test-agent.ts';

const head = fieldBlock([
  [':method', 'POST'],
  [':scheme', 'http'],
  [':path', '/outrigger.test.Echo/Bidi'],
  [':authority', 'a'],
  ['content-type', 'application/grpc'],
  ['te', 'trailers'],
]);
const priority = 2;
const open = (streamId: number, flags = endHeaders, block = head) => frame(frameType.headers, flags, streamId, block);
const many = (count: number, make: (index: number) => Buffer) =>
  Buffer.concat(Array.from({ length: count }, (_, index) => make(index)));

/** A call that stays open, which makes the agent relay the connection. */
async function relayedAttacker(port: number, began: () => Promise<void>): Promise<FramePeer> {
  const attacker = await frameClient(port);
  attacker.send(open(1));
  await began();
  return attacker;
}

async function agentBefore() {
  const runtime = await startEchoServer();
  const agent = await startTestAgent(runtime.port, ['--lanes', 'auto', '--component-grpc-port', String(runtime.port)]);
  const attacker = await relayedAttacker(agent.port, () => runtime.waitForBegan(1));
  return { runtime, agent, attacker };
}

/** Calls one after another from before the flood until it is over; how many of them, all of them well. */
async function callsDuring(port: number, flood: () => Promise<void>): Promise<number> {
  const client = echoClient(port);
  expect((await client.unary({ text: 'before' })).status.code).toBe(0);
  let over = false;
  const flooding = flood().finally(() => {
    over = true;
  });
  let calls = 0;
  do {
    const { status, messages } = await client.unary({ text: `call ${calls}` });
    expect([status.code, messages[0]?.text]).toEqual([0, `call ${calls}`]);
    calls += 1;
  } while (!over);
  await flooding;
  return calls;
}

/** Sends batch after batch as fast as the agent reads, until it has had enough. */
async function sendUntilEnded(attacker: FramePeer, batch: (round: number) => Buffer): Promise<void> {
  for (let round = 0; round < 200 && !attacker.closed(); round++) {
    if (attacker.socket.destroyed || attacker.socket.write(batch(round))) {
      await new Promise((resolve) => setImmediate(resolve));
    } else await eventually('it is read, or ended', () => !attacker.socket.writableNeedDrain || attacker.closed());
  }
  await eventually('the connection is ended', attacker.closed);
}

/** An entry of 4 KB in the table of fields, and then blocks of nothing but references to it: 8 MB each. */
const bomb = (round: number): Buffer => {
  const references = Buffer.concat([head, Buffer.alloc(2000, 0xbe)]);
  if (round > 0) return many(20, (index) => open(2 * (round * 20 + index) + 1, endHeaders, references));
  const length = Buffer.from([0x7f, 0xbd, 0x1d]); // 3,900 with a prefix of 7 bits
  const entry = Buffer.concat([Buffer.from([0x40, 1]), Buffer.from('b'), length, Buffer.alloc(3900, 'b')]);
  return open(3, endHeaders, Buffer.concat([head, entry]));
};

const floods: readonly (readonly [name: string, batch: (round: number) => Buffer])[] = [
  [
    'rapid reset',
    (round) =>
      many(100, (index) => {
        const streamId = 2 * (round * 100 + index) + 3;
        return Buffer.concat([open(streamId), frame(frameType.rstStream, 0, streamId, uint32(8))]);
      }),
  ],
  ['resets of one closed stream', () => many(500, () => frame(frameType.rstStream, 0, 1, uint32(8)))],
  [
    'CONTINUATION without end',
    (round) =>
      Buffer.concat([
        round === 0 ? open(3, 0) : Buffer.alloc(0),
        many(20, () => frame(frameType.continuation, 0, 3, fieldBlock([['x-more', 'm'.repeat(1000)]]))),
      ]),
  ],
  [
    'empty CONTINUATION without end',
    (round) =>
      Buffer.concat([round === 0 ? open(3, 0) : Buffer.alloc(0), many(500, () => frame(frameType.continuation, 0, 3))]),
  ],
  ['SETTINGS', () => many(500, () => frame(frameType.settings, 0, 0))],
  ['PING', () => many(500, () => frame(frameType.ping, 0, 0, Buffer.alloc(8)))],
  ['PRIORITY', () => many(500, () => frame(priority, 0, 1, Buffer.from([0, 0, 0, 0, 1])))],
  ['empty DATA', () => many(500, () => frame(frameType.data, 0, 1))],
  ['WINDOW_UPDATE by one', () => many(500, () => frame(frameType.windowUpdate, 0, 0, uint32(1)))],
  ['WINDOW_UPDATE by nothing', () => many(500, () => frame(frameType.windowUpdate, 0, 0, uint32(0)))],
  ['frames of a type that nobody knows', () => many(500, () => frame(0x4d, 0, 0))],
  ['PUSH_PROMISE', () => frame(frameType.pushPromise, endHeaders, 1, uint32(2))],
  ['a frame of 16 MB', () => Buffer.from([0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 1])],
  ['streams at once', (round) => many(100, (index) => open(2 * (round * 100 + index) + 3))],
  ['a bomb of header fields', bomb],
];

it.each(floods)('%s: the connection ends, another client works on, and nothing stays behind', async (_name, batch) => {
  const { runtime, agent, attacker } = await agentBefore();
  const calls = await callsDuring(agent.port, () => sendUntilEnded(attacker, batch));
  await eventually('one connection to the runtime is left', () => agent.metrics.upstreamSessions.value === 1);
  await eventually('nothing in flight', () => agent.metrics.inFlight.value === 0);
  expect(runtime.began() - calls).toBeLessThanOrEqual(1500);
});

it('frames byte by byte, and connections that say half a word: slow, but everybody is served', async () => {
  const { agent, attacker } = await agentBefore();
  const silent = await Promise.all(Array.from({ length: 50 }, () => frameClient(agent.port)));
  for (const peer of silent) peer.send(open(1, 0).subarray(0, 20));
  const whole = Buffer.concat([open(3), frame(frameType.data, endStream, 3, Buffer.from([0, 0, 0, 0, 0]))]);
  await callsDuring(agent.port, async () => {
    for (const byte of whole) {
      attacker.send(Buffer.from([byte]));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await attacker.until('its answer', ({ type, streamId }) => type === frameType.headers && streamId === 3);
  });
  for (const { socket } of [...silent, attacker]) socket.resetAndDestroy();
  await eventually('nothing in flight', () => agent.metrics.inFlight.value === 0);
  await eventually('one connection is left', () => agent.metrics.upstreamSessions.value === 1);
});
