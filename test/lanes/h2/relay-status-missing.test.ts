// Answers that end without a status: a gRPC client is told UNAVAILABLE, and never sees one that looks complete.
import { expect, it } from 'vitest';
import { endHeaders, endStream, fieldBlock, frame, frameType, preface, uint32 } from '../../support/http2-frames.ts';
import { type FramePeer, framePeerOf, frameRuntime } from '../../support/http2-raw.ts';
import { startRelay } from './relay-rig.ts';

const head = fieldBlock([
  [':method', 'POST'],
  [':scheme', 'http'],
  [':path', '/echo.Echo/Unary'],
  [':authority', 'a'],
  ['content-type', 'application/grpc'],
]);
const settings = frame(frameType.settings, 0, 0);
const type = fieldBlock([['content-type', 'application/grpc']]);
const begins = (id: number, status = 0x88) =>
  frame(frameType.headers, endHeaders, id, Buffer.concat([Buffer.from([status]), type]));
const bytes = (id: number, flags: number, length: number) => frame(frameType.data, flags, id, Buffer.alloc(length, id));
const ends = (id: number) => frame(frameType.headers, endHeaders | endStream, id, fieldBlock([['grpc-status', '0']]));
const reset = (id: number, code: number) => frame(frameType.rstStream, 0, id, uint32(code));

/** `answer` is sent for stream 1, in these pieces; stream 3 is behind it, and ends as it should. */
async function through(
  answer: Buffer,
  { cuts = [], clientEnds = true }: { cuts?: number[]; clientEnds?: boolean } = {},
) {
  const all = Buffer.concat([answer, begins(3), bytes(3, 0, 20), ends(3)]);
  const runtime = await frameRuntime((peer, { type: kind, streamId }) => {
    if (kind === frameType.headers && streamId === 3) void sendInPieces(peer, all, cuts);
  });
  const rig = await startRelay(runtime.port);
  const client = await framePeerOf(rig.port);
  const flags = clientEnds ? endHeaders | endStream : endHeaders;
  client.send(preface, settings, frame(frameType.headers, flags, 1, head));
  client.send(frame(frameType.headers, endHeaders | endStream, 3, head));
  await client.until('the end of stream 3', (one) => one.streamId === 3 && (one.flags & endStream) !== 0);
  const told = client.frames.filter(({ streamId }) => streamId === 1);
  return {
    rig,
    bytes: Buffer.concat(told.filter((one) => one.type === frameType.data).map(({ payload }) => payload)),
    kinds: told.map((one) => `${one.type}${(one.flags & endStream) !== 0 && one.type < 2 ? ' ends' : ''}`),
    last: told.at(-1)?.payload.toString('latin1') ?? '',
  };
}

async function sendInPieces(peer: FramePeer, all: Buffer, cuts: readonly number[]): Promise<void> {
  let start = 0;
  for (const end of [...cuts, all.length]) {
    peer.send(all.subarray(start, end));
    start = end;
    await new Promise(setImmediate);
    await new Promise(setImmediate);
  }
}

const noStatus = Buffer.concat([begins(1), bytes(1, 0, 5), bytes(1, endStream, 12)]);

it.each(Array.from({ length: 22 }, (_, back) => [noStatus.length - back]))(
  'an answer that ends with its data gets a status behind it, cut at byte %i',
  async (cut) => {
    const { kinds, last, bytes: body } = await through(noStatus, { cuts: [cut] });
    expect(kinds).toEqual(['1', '0', '0', '1 ends']);
    expect(last).toContain('\x0bgrpc-status\x0214');
    expect(body).toEqual(Buffer.alloc(17, 1));
  },
);

it('data that passes in parts keeps its bytes, and the status is behind the last of them', async () => {
  const answer = Buffer.concat([begins(1), bytes(1, endStream, 16_000)]);
  const cuts = Array.from({ length: 15 }, (_, at) => 1000 * (at + 1));
  const { kinds, bytes: body, rig } = await through(answer, { cuts });
  expect([kinds, body]).toEqual([['1', '0', '1 ends'], Buffer.alloc(16_000, 1)]);
  expect(rig.metrics.inFlight.value).toBe(0);
});

it('an empty end is replaced, too', async () => {
  const { kinds } = await through(Buffer.concat([begins(1), bytes(1, 0, 9), bytes(1, endStream, 0)]));
  expect(kinds).toEqual(['1', '0', '0', '1 ends']);
});

it('what says another status than 200 ends as the runtime ended it', async () => {
  const { kinds } = await through(Buffer.concat([begins(1, 0x8d), bytes(1, endStream, 9)])); // 404
  expect(kinds).toEqual(['1', '0 ends']);
});

it('a reset without an error is told as a status, before an answer began and behind its beginning', async () => {
  const silent = await through(reset(1, 0));
  expect(silent.kinds).toEqual(['1 ends']);
  expect(silent.last).toContain(':status\x03200');
  const begun = await through(Buffer.concat([begins(1), bytes(1, 0, 9), reset(1, 0)]), { clientEnds: false });
  expect(begun.kinds).toEqual(['1', '0', '1 ends', '3']);
});

it('a client that still sends hears the reset behind the status, not in front of it', async () => {
  const { kinds } = await through(Buffer.concat([noStatus, reset(1, 0)]), { clientEnds: false });
  expect(kinds).toEqual(['1', '0', '0', '1 ends', '3']);
});

it('another reset passes with its own code', async () => {
  const { kinds, last } = await through(Buffer.concat([begins(1), bytes(1, 0, 9), reset(1, 8)]));
  expect([kinds, last]).toEqual([['1', '0', '3'], '\0\0\0\x08']);
});
