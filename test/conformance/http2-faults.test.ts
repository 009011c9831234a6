// What a hostile or broken HTTP/2 client may send (CVE-2023-44487, CVE-2024-27983, RFC 9113 10.5): the agent survives and serves others.
import { constants } from 'node:http2';
import { describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { endHeaders, endStream, fieldBlock, frame, frameType, preface, uint32 } from '../support/http2-frames.ts';
import { call, http2Client, http2Runtime, type OnStream } from '../support/http2-peers.ts';
import { type FramePeer, frameClient } from '../support/http2-raw.ts';
import { rawClient } from '../support/raw-client.ts';
import { startTestAgent } from '../support/test-agent.ts';

const head = [
  [':method', 'POST'],
  [':scheme', 'http'],
  [':authority', 'a'],
  [':path', '/v2'],
] as const;
const ok: OnStream = (stream) => {
  stream.respond({ ':status': 200 });
  stream.end('ok');
};

async function agentBefore(onStream: OnStream = ok, flags: readonly string[] = []) {
  const runtime = await http2Runtime(onStream);
  const agent = await startTestAgent(runtime.port, flags);
  const attacker = await frameClient(agent.port);
  /** Another client is served, and nothing of the attack stays behind. */
  const survives = async (): Promise<void> => {
    expect((await call(http2Client(agent.port), { ':path': '/' })).status).toBe(200);
    await eventually('nothing in flight', () => agent.metrics.inFlight.value === 0);
  };
  return { agent, attacker, runtime, survives };
}

function open(streamId: number, fields: readonly (readonly [string, string])[] = head, flags = endHeaders): Buffer {
  return frame(frameType.headers, flags, streamId, fieldBlock(fields));
}

describe('floods', () => {
  it('rapid reset: the connection is ended, at most a bounded number of requests reaches the runtime', async () => {
    const { attacker, runtime, survives } = await agentBefore();
    const cancel = uint32(constants.NGHTTP2_CANCEL);
    for (let batch = 0; batch < 50 && !attacker.closed(); batch++) {
      const frames = Array.from({ length: 200 }, (_, index) => {
        const streamId = 2 * (batch * 200 + index) + 1;
        return Buffer.concat([open(streamId), frame(frameType.rstStream, 0, streamId, cancel)]);
      });
      attacker.send(...frames);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await eventually('the connection is ended', () => attacker.closed());
    expect(runtime.streams()).toBeLessThan(1500);
    await survives();
  });

  it.each([
    ['PING', () => frame(frameType.ping, 0, 0, Buffer.alloc(8))],
    ['SETTINGS', () => frame(frameType.settings, 0, 0)],
  ])('%s frames whose answers are not read', async (_name, make) => {
    const { attacker, survives } = await agentBefore();
    attacker.socket.pause();
    const flood = Buffer.concat(Array.from({ length: 5000 }, make));
    for (let round = 0; round < 40 && !attacker.socket.destroyed; round++) {
      attacker.send(flood);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await survives();
  });

  it('CONTINUATION frames without end', async () => {
    const { attacker, survives } = await agentBefore();
    const more = fieldBlock([['x-more', 'm'.repeat(1000)]]);
    attacker.send(open(1, head, 0));
    for (let count = 0; count < 5000 && !attacker.closed(); count++) {
      attacker.send(frame(frameType.continuation, 0, 1, more));
      if (count % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await eventually('the connection is ended', () => attacker.closed());
    await survives();
  });

  it('empty DATA frames', async () => {
    const { attacker, survives } = await agentBefore((stream) =>
      stream.resume().on('end', () => ok(stream, {}, 0, [])),
    );
    attacker.send(open(1));
    for (let round = 0; round < 20; round++) {
      attacker.send(...Array.from({ length: 1000 }, () => frame(frameType.data, 0, 1)));
      await new Promise((resolve) => setImmediate(resolve));
    }
    attacker.send(frame(frameType.rstStream, 0, 1, uint32(8)));
    await survives();
  });

  it('more streams than allowed: those beyond are refused, the others served', async () => {
    const held: Parameters<OnStream>[0][] = [];
    const { attacker, survives, agent } = await agentBefore((stream, headers, flags, raw) => {
      if (headers[':method'] === 'POST') held.push(stream);
      else ok(stream, headers, flags, raw);
    });
    attacker.send(...Array.from({ length: 300 }, (_, index) => open(2 * index + 1, head, endHeaders | endStream)));
    await eventually('250 in flight', () => agent.metrics.inFlight.value === 250 && held.length === 250);
    const refused = attacker.frames.filter(({ type }) => type === frameType.rstStream);
    expect(refused.every(({ payload }) => payload.readUInt32BE(0) === constants.NGHTTP2_REFUSED_STREAM)).toBe(true);
    for (const stream of held) ok(stream, {}, 0, []);
    await survives();
  });
});

describe('broken frames', () => {
  it.each([
    ['DATA on stream 0', () => [frame(frameType.data, 0, 0, Buffer.from('x'))]],
    ['HEADERS on an even stream', () => [open(2)]],
    ['a frame of 16 MB', () => [Buffer.from([0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 1])]],
    [
      'broken HPACK',
      () => [frame(frameType.headers, endHeaders, 1, Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]))],
    ],
    ['a window update of 0', () => [frame(frameType.windowUpdate, 0, 0, uint32(0))]],
    ['a window that overflows', () => [frame(frameType.windowUpdate, 0, 0, uint32(0x7fffffff))]],
    ['CONTINUATION for nothing', () => [frame(frameType.continuation, endHeaders, 1)]],
    ['PUSH_PROMISE from a client', () => [frame(frameType.pushPromise, endHeaders, 1, uint32(2))]],
    ['SETTINGS of an odd length', () => [frame(frameType.settings, 0, 0, Buffer.alloc(5))]],
  ])('end the connection: %s', async (_name, frames: () => Buffer[]) => {
    const { attacker, survives } = await agentBefore();
    attacker.send(...frames());
    await eventually('the connection is ended', () => attacker.closed());
    await survives();
  });

  it('a preface that is none ends the connection', async () => {
    const { agent, survives } = await agentBefore();
    const client = await rawClient(agent.port);
    client.send(Buffer.concat([preface.subarray(0, 16), Buffer.from('nonsense\r\n\r\n')]));
    await client.closed();
    await survives();
  });

  const malformed: readonly (readonly [string, readonly (readonly [string, string])[]])[] = [
    [
      'no :path',
      [
        [':method', 'GET'],
        [':scheme', 'http'],
        [':authority', 'a'],
      ],
    ],
    ['two :path', [...head, [':path', '/other']]],
    [
      'a pseudo field behind others',
      [
        [':method', 'GET'],
        [':scheme', 'http'],
        ['x', '1'],
        [':path', '/'],
      ],
    ],
    ['upper case names', [...head, ['X-Upper', '1']]],
    ['Connection', [...head, ['connection', 'close']]],
    ['Transfer-Encoding', [...head, ['transfer-encoding', 'chunked']]],
    ['TE other than trailers', [...head, ['te', 'gzip']]],
    ['two Content-Length', [...head, ['content-length', '1'], ['content-length', '2']]],
    ['a framing look-alike', [...head, ['transfer_encoding', 'chunked']]],
  ];
  it.each(malformed)('never pass a request with %s', async (_name, fields) => {
    const { attacker, runtime, survives } = await agentBefore();
    attacker.send(open(1, fields, endHeaders | endStream));
    await attacker.until('a no', isNo);
    expect(runtime.streams()).toBe(0);
    await survives();
  });

  it('never pass a field with CR, LF or NUL in its value', async () => {
    let received: string[] = [];
    const { attacker, survives } = await agentBefore((stream, headers, flags, raw) => {
      if (headers[':method'] === 'POST') received = raw;
      ok(stream, headers, flags, raw);
    });
    const fields = [...head, ['x-crlf', 'a\r\nb: c'], ['x-nul', 'a\0b'], ['x-good', '1']] as const;
    attacker.send(open(1, fields, endHeaders | endStream));
    await attacker.until('an answer', ({ type }) => type === frameType.headers); // nghttp2 drops such fields
    expect(received.filter((text) => text.startsWith('x-'))).toEqual(['x-good', 'x-forwarded-for']);
    await survives();
  });

  it.each([
    ['longer', 'too long'],
    ['shorter', 'x'],
  ])('never pass a body %s than its Content-Length as whole', async (_name, body) => {
    let whole = 0;
    const { attacker, survives } = await agentBefore((stream, headers, flags, raw) => {
      if (headers[':method'] !== 'POST') ok(stream, headers, flags, raw);
      else stream.resume().on('end', () => (whole += stream.closed ? 0 : 1));
    });
    attacker.send(open(1, [...head, ['content-length', '5']]), frame(frameType.data, endStream, 1, Buffer.from(body)));
    await eventually('a no', () => attacker.closed() || attacker.frames.some(isNo));
    await survives();
    expect(whole).toBe(0);
  });
});

describe('clients that leave', () => {
  it('at every moment of a call, many at once: the runtime is told and nothing stays behind', async () => {
    const { agent, runtime, survives } = await agentBefore((stream, headers) => {
      if (headers[':path'] === '/silent') return;
      stream.respond({ ':status': 200 });
      if (headers[':path'] === '/') stream.end('ok');
      else stream.write('x'.repeat(10_000));
    });
    const clients: FramePeer[] = [];
    for (const path of ['/silent', '/streaming']) {
      for (let count = 0; count < 20; count++) {
        const client = await frameClient(agent.port);
        clients.push(client);
        const fields = [...head.slice(0, 3), [':path', path] as const];
        client.send(
          ...Array.from({ length: 5 }, (_, index) =>
            open(2 * index + 1, fields, index % 2 ? endHeaders : endHeaders | endStream),
          ),
        );
      }
    }
    await eventually('all are with the runtime', () => runtime.streams() === 200);
    for (const [index, client] of clients.entries()) {
      if (index % 2 === 0) client.socket.destroy();
      else client.socket.resetAndDestroy();
    }
    await survives();
  });
});

/** A reset, a connection error, or a status that is no success. */
function isNo({ type, payload }: { readonly type: number; readonly payload: Buffer }): boolean {
  if (type === frameType.rstStream || type === frameType.goaway) return true;
  return type === frameType.headers && payload[0] !== 0x88;
}
