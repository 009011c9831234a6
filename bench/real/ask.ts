// What does a runtime answer to each request when nobody else asks? That is what every caller must get through the agent.

import { once } from 'node:events';
import { connect } from 'node:net';
import { MessageReader } from '../batching/message-reader.ts';
import type { Call } from '../batching/workloads.ts';

/** A whole HTTP request in pieces. */
export type RequestMaker = (client: number, turn: number) => readonly Buffer[];

const TURNS = 4;
const DEADLINE_MS = 10_000;

/** For each client its calls, with the answers that the runtime gave to each alone. @throws Error when one is not a 200. */
export async function learnCalls(port: number, make: RequestMaker, clients: number): Promise<Call[][]> {
  const ask = await openConnection(port);
  const learned: Call[][] = [];
  try {
    for (let client = 0; client < clients; client++) {
      const calls: Call[] = [];
      for (let turn = 0; turn < TURNS; turn++) {
        const parts = make(client, turn);
        calls.push({ parts, expected: await ask.send(parts) });
      }
      learned.push(calls);
    }
  } finally {
    ask.close();
  }
  return learned;
}

async function openConnection(
  port: number,
): Promise<{ send(parts: readonly Buffer[]): Promise<Buffer>; close(): void }> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  let settle = Promise.withResolvers<Buffer>();
  const reader = new MessageReader((head, body) => {
    if (head.startsWith('HTTP/1.1 200 ')) settle.resolve(Buffer.from(body));
    else settle.reject(new Error(`${head}\n${body}`));
  });
  socket.on('data', (chunk) => reader.read(chunk));
  socket.on('error', (error) => settle.reject(error));
  socket.setTimeout(DEADLINE_MS, () => settle.reject(new Error('the runtime did not answer')));
  return {
    send(parts) {
      settle = Promise.withResolvers();
      socket.write(Buffer.concat(parts));
      return settle.promise;
    },
    close: () => void socket.destroy(),
  };
}
