// A runtime that is nothing but sockets: shows the bytes that the agent sent and answers what the test says.
import { createServer, type Server, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export interface RawConnection {
  readonly socket: Socket;
  /** Bytes received on this connection so far, latin1. */
  received(): string;
  /** True once the agent ended or reset it. */
  ended(): boolean;
}

export interface RawRuntime {
  readonly port: number;
  /** In order of arrival, closed ones included. */
  readonly connections: readonly RawConnection[];
  /** All bytes of all connections. */
  received(): string;
}

/** `onData` is called with each chunk as it comes; answer by writing to `connection.socket`. */
export async function rawRuntime(
  onData: (connection: RawConnection, chunk: string) => void = () => undefined,
  onConnection: (connection: RawConnection) => void = () => undefined,
): Promise<RawRuntime> {
  const connections: RawConnection[] = [];
  const server: Server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    let text = '';
    let over = false;
    const connection = { socket, received: () => text, ended: () => over };
    connections.push(connection);
    socket.setEncoding('latin1');
    socket.on('error', () => socket.destroy());
    socket.on('end', () => {
      over = true;
    });
    socket.on('close', () => {
      over = true;
    });
    socket.on('data', (chunk: string) => {
      text += chunk;
      onData(connection, chunk);
    });
    onConnection(connection);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    for (const { socket } of connections) socket.destroy();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { port: address.port, connections, received: () => connections.map((one) => one.received()).join('') };
}

/** Answers every request whose head and Content-Length body are complete with the same small JSON; keep-alive. */
export function answering(body = '{"ok":true}', extraHead = ''): (connection: RawConnection) => void {
  const answered = new WeakMap<Socket, number>(); // bytes that belong to answered requests
  const answer = `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n${extraHead}Content-Length: ${body.length}\r\n\r\n${body}`;
  return (connection) => {
    for (;;) {
      const from = answered.get(connection.socket) ?? 0;
      const rest = connection.received().slice(from);
      const headEnd = rest.indexOf('\r\n\r\n');
      if (headEnd < 0) return;
      const length = Number(/\r\ncontent-length: *(\d+)/i.exec(rest.slice(0, headEnd))?.[1] ?? 0);
      if (rest.length < headEnd + 4 + length) return;
      answered.set(connection.socket, from + headEnd + 4 + length);
      connection.socket.write(answer);
    }
  };
}
