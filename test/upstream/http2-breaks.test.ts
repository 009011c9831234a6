// Answers that break off in their midst, frame by frame: the client never sees a complete-looking one.
import { constants } from 'node:http2';
import { describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { endHeaders, endStream, type Frame, fieldBlock, frame, frameType, uint32 } from '../support/http2-frames.ts';
import { call, http2Client } from '../support/http2-peers.ts';
import { type FramePeer, frameClient, frameRuntime } from '../support/http2-raw.ts';
import { startTestAgent } from '../support/test-agent.ts';

const grpc = { ':method': 'POST', ':path': '/a.B/C', 'content-type': 'application/grpc', te: 'trailers' };
const get = { ':path': '/v2' };

type Break = (peer: FramePeer, streamId: number) => void;

/** A runtime that begins each answer, and breaks it once the client has seen the beginning. */
async function breaking(fields: readonly (readonly [string, string])[], breakOff: Break) {
  const runtime = await frameRuntime((peer, { type, streamId }) => {
    if (type !== frameType.headers) return;
    const head = frame(frameType.headers, endHeaders, streamId, fieldBlock([[':status', '200'], ...fields]));
    peer.send(head, frame(frameType.data, 0, streamId, Buffer.from('half')));
    breakNow = () => breakOff(peer, streamId);
  });
  let breakNow = (): void => undefined;
  const begun = (): void => breakNow();
  const agent = await startTestAgent(runtime.port);
  return { agent, session: http2Client(agent.port), begun };
}

const reset =
  (code: number): Break =>
  (peer, streamId) =>
    peer.send(frame(frameType.rstStream, 0, streamId, uint32(code)));
const die: Break = (peer) => peer.socket.destroy();
const goAway: Break = (peer) => {
  peer.send(frame(frameType.goaway, 0, 0, Buffer.concat([uint32(0), uint32(constants.NGHTTP2_INTERNAL_ERROR)])));
  peer.socket.end();
};

describe('an answer over HTTP/2 that began', () => {
  it.each([
    ['CANCEL', constants.NGHTTP2_CANCEL],
    ['REFUSED_STREAM', constants.NGHTTP2_REFUSED_STREAM],
    ['ENHANCE_YOUR_CALM', constants.NGHTTP2_ENHANCE_YOUR_CALM],
    ['INTERNAL_ERROR', constants.NGHTTP2_INTERNAL_ERROR],
  ])('is reset by the runtime’s own %s', async (_name, code) => {
    const { session, begun } = await breaking([], reset(code));
    const rest = await call(session, get, { begun });
    expect([rest.body.toString(), rest.rstCode]).toEqual(['half', code]);
    const answer = await call(session, grpc, { body: Buffer.from('x'), begun });
    expect(answer.rstCode).toBe(code);
  });

  it.each([
    ['dies', die],
    ['goes away with an error', goAway],
  ])('is reset for REST, and ends with UNAVAILABLE for gRPC, when the runtime %s', async (_name, breakOff) => {
    const { agent, session, begun } = await breaking([['content-type', 'application/grpc']], breakOff);
    const rest = await call(session, get, { begun });
    expect([rest.failed, rest.rstCode]).toEqual([true, constants.NGHTTP2_INTERNAL_ERROR]);
    const answer = await call(session, grpc, { body: Buffer.from('x'), begun });
    expect([answer.body.toString(), answer.trailers?.['grpc-status']]).toEqual(['half', '14']);
    await eventually('nothing in flight', () => agent.metrics.inFlight.value === 0);
  });

  it('that is shorter than announced is reset, also when the runtime resets without an error', async () => {
    const { session, begun } = await breaking([['content-length', '10']], reset(constants.NGHTTP2_NO_ERROR));
    const rest = await call(session, get, { begun });
    expect([rest.failed, rest.rstCode]).toEqual([true, constants.NGHTTP2_INTERNAL_ERROR]);
  });

  it('that has no status at its end is UNAVAILABLE to gRPC, not complete', async () => {
    const { session, begun } = await breaking(
      [['content-type', 'application/grpc']],
      reset(constants.NGHTTP2_NO_ERROR),
    );
    const answer = await call(session, grpc, { body: Buffer.from('x'), begun });
    expect(answer.trailers?.['grpc-status']).toBe('14');
  });
});

describe('an upload over HTTP/2 that breaks off', () => {
  const { NGHTTP2_NO_ERROR: noError, NGHTTP2_CANCEL: cancel, NGHTTP2_INTERNAL_ERROR: internal } = constants;

  it.each([
    ['CANCEL', reset(cancel), 'text/plain', cancel],
    ['NO_ERROR', reset(noError), 'text/plain', cancel],
    ['INTERNAL_ERROR', reset(internal), 'text/plain', cancel],
    ['its connection', die, 'text/plain', cancel],
    ['CANCEL', reset(cancel), 'application/grpc', cancel],
    ['NO_ERROR', reset(noError), 'application/grpc', noError],
    ['INTERNAL_ERROR', reset(internal), 'application/grpc', internal],
  ])('never looks complete to the runtime: %s, by a relay or not', async (_name, breakOff, contentType, told) => {
    const received: Frame[] = [];
    const runtime = await frameRuntime((_peer, one) => received.push(one));
    const agent = await startTestAgent(runtime.port, ['--lanes', 'auto']);
    const client = await frameClient(agent.port);
    const head = [
      [':method', 'POST'],
      [':scheme', 'http'],
      [':authority', 'a'],
      [':path', '/up'],
      ['content-type', contentType],
    ] as const;
    client.send(
      frame(frameType.headers, endHeaders, 1, fieldBlock(head)),
      frame(frameType.data, 0, 1, Buffer.from('part')),
    );
    await eventually('the part is there', () => received.some(({ type }) => type === frameType.data));
    breakOff(client, 1);
    await eventually('the runtime is told', () => received.some(({ type }) => type === frameType.rstStream));
    const ends = received.filter(
      ({ type, flags }) => (type === frameType.data || type === frameType.headers) && (flags & endStream) !== 0,
    );
    expect(ends).toEqual([]);
    expect(received.find(({ type }) => type === frameType.rstStream)?.payload).toEqual(uint32(told));
    await eventually('nothing in flight', () => agent.metrics.inFlight.value === 0);
  });
});
