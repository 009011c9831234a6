// A slow end holds the fast one back: what the agent keeps of a large body is bounded (fault 12; issue: 64 MiB for 1 GiB).
import type { Socket } from 'node:net';
import { expect, it } from 'vitest';
import { rawClient } from '../support/raw-client.ts';
import { rawRuntime } from '../support/raw-runtime.ts';
import { infer } from '../support/scripted-runtime.ts';
import { startTestAgent } from '../support/test-agent.ts';

const totalBytes = 64 * 1024 * 1024;
const slice = Buffer.alloc(64 * 1024, 'x');
/** Buffers of three sockets' kernels and of the streams between them: far below the body, far above what they need. */
const mostHeldBytes = 24 * 1024 * 1024;

/** Writes `totalBytes` as fast as the peer takes them; tells how many were taken. */
function pour(socket: Socket, frame: (bytes: Buffer) => Buffer | string = (bytes) => bytes): { written(): number } {
  let written = 0;
  const more = (): void => {
    while (written < totalBytes) {
      written += slice.length;
      if (!socket.write(frame(slice))) {
        socket.once('drain', more);
        return;
      }
    }
  };
  more();
  return { written: () => written };
}

/** Waits until the count stands still. */
async function settled(count: () => number): Promise<number> {
  let before = -1;
  await expect
    .poll(
      () => {
        const same = count() === before && before > 0;
        before = count();
        return same;
      },
      { interval: 200 },
    )
    .toBe(true);
  return before;
}

const asChunk = (bytes: Buffer) => `${bytes.length.toString(16)}\r\n${bytes.toString('latin1')}\r\n`;
const framings = [
  ['known length', `Content-Length: ${totalBytes}`, (bytes: Buffer) => bytes],
  ['chunked', 'Transfer-Encoding: chunked', asChunk],
] as const;

for (const [name, field, frame] of framings) {
  it(`a client that reads slowly stops the runtime (${name}), and gets every byte once it reads`, async () => {
    let source = { written: () => 0 };
    const runtime = await rawRuntime(({ socket }) => {
      if (socket.bytesWritten > 0) return;
      socket.write(`HTTP/1.1 200 OK\r\n${field}\r\n\r\n`);
      source = pour(socket, frame);
    });
    const agent = await startTestAgent(runtime.port);
    const client = await rawClient(agent.port);
    let received = 0;
    client.socket.removeAllListeners('data');
    client.socket.pause();
    client.send(infer());
    expect(await settled(() => source.written())).toBeLessThan(mostHeldBytes);
    client.socket.on('data', (chunk: string) => {
      for (const byte of chunk) if (byte === 'x') received += 1;
    });
    client.socket.resume();
    await expect.poll(() => received).toBeGreaterThanOrEqual(totalBytes);
    expect(received).toBe(totalBytes);
  });

  it(`a runtime that reads slowly stops the client (${name}), and gets every byte once it reads`, async () => {
    let received = 0;
    const runtime = await rawRuntime(undefined, ({ socket }) => {
      socket.removeAllListeners('data');
      socket.pause();
    });
    const agent = await startTestAgent(runtime.port);
    const client = await rawClient(agent.port);
    client.send(`POST /v2 HTTP/1.1\r\nHost: h\r\n${field}\r\n\r\n`);
    const source = pour(client.socket, frame);
    expect(await settled(() => source.written())).toBeLessThan(mostHeldBytes);
    const { socket } = runtime.connections[0] as (typeof runtime.connections)[0];
    socket.on('data', (chunk: string) => {
      for (const byte of chunk) if (byte === 'x') received += 1;
    });
    socket.resume();
    await expect.poll(() => received).toBeGreaterThanOrEqual(totalBytes);
    expect(received).toBe(totalBytes);
  });
}
