// Large bodies both ways, lent and not, against a runtime that stalls: every byte in its place, and every buffer given back.
import { createHash, type Hash } from 'node:crypto';
import { Readable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { LentBody } from '../../../src/http/lent-body.ts';
import { mostLent } from '../../../src/lanes/socket/read-buffers.ts';
import { eventually } from '../../support/eventually.ts';
import { rawRuntime } from '../../support/raw-runtime.ts';
import { openLane, outcome, post, proxyRequest, wholeBody } from '../../support/runtime-ends.ts';

const pattern = (bytes: number, from: number) => Buffer.alloc(bytes, Buffer.from([from, 7, from + 1, 99, from + 2]));
const sha = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** Lends pieces of `all` in one buffer, which is overwritten as soon as it is said to be free. */
function lending(all: Buffer, pieceBytes: number): LentBody {
  const buffer = Buffer.alloc(pieceBytes);
  let at = 0;
  let running = false;
  const resume = (): void => {
    if (running) return;
    running = true;
    setImmediate(() => {
      running = false;
      buffer.fill(0xee);
      const length = all.copy(buffer, 0, at, at + pieceBytes);
      at += length;
      if (length === 0) body.finish();
      else if (body.give(buffer.subarray(0, length))) resume();
    });
  };
  const body = new LentBody({ resume, abandon: () => undefined });
  return body;
}

/** Borrows every chunk for some turns before it is looked at, as a slow client's socket does. */
async function borrowed(body: LentBody, turns: number): Promise<string> {
  const hash = createHash('sha256');
  const ended = new Promise<void>((resolve, reject) => body.once('end', resolve).once('error', reject));
  const later = async (chunk: Buffer): Promise<void> => {
    for (let i = 0; i < turns; i++) await turn();
    hash.update(chunk);
    body.freed();
  };
  body.lendTo((chunk) => {
    void later(chunk);
    return false;
  });
  await ended;
  return hash.digest('hex');
}

/** Takes an upload in fits and starts, and answers with the hash of it, or with what `answer` makes of its last piece. */
function stallingRuntime(uploadBytes: number, answer?: (last: string) => Buffer) {
  const uploads = new WeakMap<object, { hash: Hash; leftBytes: number }>();
  return rawRuntime(({ socket }, text) => {
    let chunk = Buffer.from(text, 'latin1');
    let upload = uploads.get(socket);
    if (upload === undefined) {
      chunk = chunk.subarray(chunk.indexOf('\r\n\r\n') + 4); // a head comes in one piece
      upload = { hash: createHash('sha256'), leftBytes: uploadBytes };
      uploads.set(socket, upload);
    }
    upload.hash.update(chunk);
    upload.leftBytes -= chunk.length;
    socket.pause();
    setImmediate(() => socket.resume());
    if (upload.leftBytes > 0) return;
    uploads.delete(socket);
    const body = answer?.(chunk.toString('latin1')) ?? Buffer.from(upload.hash.digest('hex'));
    socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`);
    socket.write(body);
  });
}

describe('uploads', () => {
  const all = pattern(14_000_000, 1);

  it.each([
    ['lent', () => lending(all, 1_048_576)],
    ['of a stream', () => Readable.from([all.subarray(0, 5_000_000), all.subarray(5_000_000)])],
    ['as bytes', () => all],
  ])('14 MB %s arrive as they were', async (_name, make) => {
    const runtime = await stallingRuntime(all.length);
    const lane = openLane(runtime.port);
    const answer = lane.handle(proxyRequest({ method: 'POST', body: make(), contentLength: all.length }));
    expect(await outcome(answer)).toMatchObject({ text: sha(all) });
    expect(lane.metrics.upstreamConnections.idle.value).toBe(1);
  });

  it('the head of an upload leaves before its first byte', async () => {
    const runtime = await rawRuntime();
    const lane = openLane(runtime.port);
    const body = new Readable({ read: () => undefined });
    void outcome(lane.handle(proxyRequest({ method: 'POST', body, contentLength: 3 })));
    await eventually('the head', () => runtime.received().endsWith('content-length: 3\r\n\r\n'));
  });

  it.each(['lent', 'of a stream'])('an early answer passes, the rest of an upload (%s) is dropped', async (kind) => {
    const runtime = await rawRuntime(({ socket }) => {
      if (socket.bytesWritten === 0) socket.write('HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno');
    });
    const lane = openLane(runtime.port);
    const body = kind === 'lent' ? lending(pattern(5_000_000, 1), 65_536) : new Readable({ read: () => undefined });
    if (kind !== 'lent') body.push(Buffer.alloc(100));
    const answer = await outcome(lane.handle(proxyRequest({ method: 'POST', body, contentLength: 5_000_000 })));
    expect(answer).toMatchObject({ status: 403, text: 'no' });
    await eventually('the connection is gone', () => runtime.connections[0]?.ended());
    expect([body.destroyed, lane.metrics.upstreamConnections.idle.value]).toEqual([true, 0]);
  });
});

describe('answers', () => {
  /** To each its own: a byte of another one's shows. */
  const answerTo = (request: string) => pattern(6_000_000, Number(request));
  const requests = ['10', '20', '30', '40', '50', '60'];

  it('that several slow clients borrow at once keep their bytes, and no buffer stays lent', async () => {
    const runtime = await stallingRuntime(2, answerTo);
    const lane = openLane(runtime.port);
    const one = async (request: string, turns: number): Promise<void> => {
      const { body } = await lane.handle(post(request));
      const hash = turns < 0 ? sha(await wholeBody(body)) : await borrowed(body as LentBody, turns);
      expect(hash).toBe(sha(answerTo(request)));
    };
    await Promise.all(requests.map((request, i) => one(request, [0, 1, 5, -1, 2, -1][i] as number)));
    await eventually('all rest', () => lane.metrics.upstreamConnections.idle.value === 6);
    expect(lentOf(lane.buffers)).toBe(0);
    await one('70', 1); // on a connection that carried one before
  });

  it('flow through the shared buffer when no other is left', async () => {
    const runtime = await stallingRuntime(2, answerTo);
    const lane = openLane(runtime.port);
    while (lane.buffers.lend() !== null);
    const one = async (request: string): Promise<void> => {
      const { body } = await lane.handle(post(request));
      expect(await borrowed(body as LentBody, 1)).toBe(sha(answerTo(request)));
    };
    await Promise.all(requests.slice(0, 4).map(one));
  });

  it('keep the buffer of a chunk that is still borrowed, though less than a buffer is to come', async () => {
    const runtime = await rawRuntime(({ socket }, text) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 130000\r\n\r\n');
      socket.write(answerTo(text.slice(-2)).subarray(0, 50_000));
    });
    const lane = openLane(runtime.port);
    const lastChunk = async (request: string): Promise<Buffer> => {
      const { body } = await lane.handle(post(request));
      let bytes = 0;
      const chunk = new Promise<Buffer>((resolve) => {
        (body as LentBody).lendTo((piece) => {
          bytes += piece.length;
          if (bytes === 70_000) resolve(piece);
          return bytes < 70_000;
        });
      });
      runtime.connections.at(-1)?.socket.write(answerTo(request).subarray(50_000, 70_000));
      return chunk;
    };
    const first = await lastChunk('10');
    const before = Buffer.from(first);
    await lastChunk('20');
    expect(first.equals(before)).toBe(true);
  });

  it('that nobody reads hold the runtime up, and end its connection when they are given up', async () => {
    const runtime = await stallingRuntime(2, () => pattern(30_000_000, 3));
    const lane = openLane(runtime.port);
    const { body } = await lane.handle(post('{}'));
    const { socket } = runtime.connections[0] as (typeof runtime.connections)[0];
    await eventually('it waits', () => socket.writableLength > 0);
    expect(socket.writableLength).toBeGreaterThan(15_000_000);
    (body as LentBody).destroy();
    await eventually('closed', () => runtime.connections[0]?.ended());
    await eventually('buffers are back', () => lentOf(lane.buffers) === 0);
  });

  it.each(['fin', 'rst', 'wrong chunks'])('broken in mid-body by %s break for their reader', async (how) => {
    const runtime = await rawRuntime(({ socket }) => {
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n');
    });
    const lane = openLane(runtime.port);
    const { body } = await lane.handle(post('{}'));
    const whole = wholeBody(body);
    const { socket } = runtime.connections[0] as (typeof runtime.connections)[0];
    if (how === 'fin') socket.end();
    else if (how === 'rst') socket.resetAndDestroy();
    else socket.write('zz\r\n');
    await expect(whole).rejects.toMatchObject({
      code: how.startsWith('w') ? 'UPSTREAM_PROTOCOL_ERROR' : 'UPSTREAM_UNREACHABLE',
    });
  });
});

/** Buffers that are out, told by how many more could be lent. */
function lentOf(buffers: { lend(): Buffer | null; giveBack(buffer: Buffer): void }): number {
  const more: Buffer[] = [];
  for (let next = buffers.lend(); next !== null; next = buffers.lend()) more.push(next);
  for (const buffer of more) buffers.giveBack(buffer);
  return mostLent - more.length;
}
