// A client that sends bytes as they are and shows the bytes that come back: what no HTTP library would send.
import { connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export interface RawClient {
  readonly socket: Socket;
  /** Everything received so far, latin1. */
  received(): string;
  /** True once the peer ended or reset the connection. */
  ended(): boolean;
  /** Null, or the code of the error that ended it, such as ECONNRESET. */
  failure(): string | null;
  send(bytes: string | Uint8Array): void;
  /** Waits until `done(received)` holds. @throws after `deadlineMs` with what was received */
  until(done: (received: string) => boolean, deadlineMs?: number): Promise<string>;
  /** Waits until the peer closed. */
  closed(deadlineMs?: number): Promise<string>;
}

const defaultDeadlineMs = 30_000;

export async function rawClient(port: number, host = '127.0.0.1'): Promise<RawClient> {
  const socket = connect({ port, host, allowHalfOpen: true, noDelay: true });
  onTestFinished(() => {
    socket.destroy();
  });
  let text = '';
  let over = false;
  let code: string | null = null;
  const waiting = new Set<() => void>();
  const wake = (): void => {
    for (const check of waiting) check();
  };
  socket.setEncoding('latin1');
  socket.on('data', (chunk: string) => {
    text += chunk;
    wake();
  });
  socket.on('error', (error: NodeJS.ErrnoException) => {
    code = error.code ?? error.message;
  });
  for (const event of ['end', 'close'] as const) {
    socket.on(event, () => {
      over = true;
      wake();
    });
  }
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  const until = (done: (received: string) => boolean, deadlineMs = defaultDeadlineMs): Promise<string> =>
    new Promise((resolve, reject) => {
      const settle = (error: Error | null): void => {
        clearTimeout(timer);
        waiting.delete(check);
        if (error === null) resolve(text);
        else reject(error);
      };
      const check = (): void => {
        if (done(text)) settle(null);
      };
      const timer = setTimeout(
        () =>
          settle(
            new Error(`not within ${deadlineMs} ms; ended: ${over}; received: ${JSON.stringify(text.slice(0, 500))}`),
          ),
        deadlineMs,
      );
      waiting.add(check);
      check();
    });
  return {
    socket,
    received: () => text,
    ended: () => over,
    failure: () => code,
    send: (bytes) => {
      socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
    },
    until,
    closed: (deadlineMs = defaultDeadlineMs) => until(() => over, deadlineMs),
  };
}
