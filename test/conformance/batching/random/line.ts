// Where requests are sent to: kept connections of HTTP/1.1, or a session of HTTP/2 with many streams.
import { Agent, request } from 'node:http';
import type { OutgoingHttpHeaders } from 'node:http2';
import { onTestFinished } from 'vitest';
import { http2Client } from '../../../support/http2-peers.ts';
import type { Sent } from '../sent.ts';
import { collect, type Received } from './received.ts';

/** A request whose body is still to be sent. */
interface Outgoing {
  write(piece: Uint8Array): void;
  end(): void;
  leave(): void;
  /** Null: nothing came, because the client left or the connection broke. */
  readonly answer: Promise<Received | null>;
}

/** `framed`: its length is announced. Ends with the test. */
export type Line = (sent: Sent, framed: boolean) => Outgoing;

export const openLine = (protocol: 'http1' | 'http2', port: number): Line =>
  protocol === 'http1' ? http1Line(port) : http2Line(port);

function http1Line(port: number): Line {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  onTestFinished(() => agent.destroy());
  return ({ path, headers, body }, framed) => {
    const framing = framed ? { 'Content-Length': String(body.length) } : { 'Transfer-Encoding': 'chunked' };
    const outgoing = request({
      port,
      host: '127.0.0.1',
      method: 'POST',
      path,
      headers: { ...headers, ...framing },
      agent,
    });
    const answer = new Promise<Received | null>((resolve) => {
      outgoing.on('error', () => resolve(null));
      outgoing.on('response', (incoming) => void collect(incoming).then(resolve));
    });
    return {
      write: (piece) => outgoing.write(piece),
      end: () => outgoing.end(),
      leave: () => {
        outgoing.socket?.resetAndDestroy(); // who merely ends its sending is given time to read an answer
        outgoing.destroy();
      },
      answer,
    };
  };
}

function http2Line(port: number): Line {
  const session = http2Client(port);
  return ({ path, headers, body }, framed) => {
    const fields: OutgoingHttpHeaders = { ':method': 'POST', ':path': path };
    for (const [name, value] of Object.entries(headers)) fields[name.toLowerCase()] = value;
    if (framed) fields['content-length'] = String(body.length);
    const stream = session.request(fields, { endStream: false });
    const answer = new Promise<Received | null>((resolve) => {
      const chunks: Buffer[] = [];
      let received: Omit<Received, 'body' | 'complete'> | null = null;
      stream.on('error', () => undefined);
      stream.on('response', ({ ':status': status = 0, ...rest }) => {
        received = { status, headers: rest };
      });
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('close', () => {
        const complete = stream.rstCode === 0 && stream.readableEnded;
        resolve(received === null ? null : { ...received, complete, body: Buffer.concat(chunks) });
      });
    });
    return {
      write: (piece) => stream.write(piece),
      end: () => stream.end(),
      leave: () => stream.close(8),
      answer,
    };
  };
}
