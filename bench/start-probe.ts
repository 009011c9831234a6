// How long after the spawn a server accepts a connection, and answers a request: a tight loop that was running before.

import { connect, type Socket } from 'node:net';
import { INFER_PATH } from './payloads.ts';
import { lastOutput, type Server, startFailure } from './process.ts';

const DEADLINE_MS = 5_000;
const REQUEST = `POST ${INFER_PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 2\r\n\r\n{}`;

export interface StartTimes {
  readonly server: Server;
  readonly acceptMs: number; // from just before the spawn to an established connection
  readonly answerMs: number; // to the status line of the answer to a request on that connection
}

/**
 * A refused attempt takes about 0.1 ms, which is the resolution. The spawn of taskset and node (some ms) is in the figure.
 * @throws Error when it exits, is too slow, or answers anything but 200.
 */
export async function timeStart(spawn: () => Server): Promise<StartTimes> {
  const spawnedAtMs = performance.now();
  const server = spawn();
  let socket = await attempt(server.port);
  while (socket === null) {
    if (server.exited || performance.now() - spawnedAtMs > DEADLINE_MS) throw startFailure(server);
    socket = await attempt(server.port);
  }
  const acceptMs = performance.now() - spawnedAtMs;
  const statusLine = await ask(socket).catch((error: unknown) => {
    throw new Error(`${String(error)}\nits last output: ${lastOutput(server)}`, { cause: error });
  });
  const answerMs = performance.now() - spawnedAtMs;
  if (!statusLine.startsWith('HTTP/1.1 200')) throw new Error(`first answer: ${statusLine.split('\r\n')[0]}`);
  return { server, acceptMs, answerMs };
}

function attempt(port: number): Promise<Socket | null> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    socket.once('connect', () => resolve(socket.removeAllListeners('error')));
    socket.once('error', () => resolve(null));
  });
}

function ask(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    socket.setTimeout(DEADLINE_MS, () => socket.destroy(new Error('no answer to the first request')));
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('the first connection was closed without an answer')));
    socket.once('data', (chunk) => {
      resolve(chunk.toString('latin1'));
      socket.destroy();
    });
    socket.write(REQUEST);
  });
}
