// A client that sends one request over a connection of its own and tells every byte of the answer.
import { type Agent, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import type { Sent } from './sent.ts';

export interface Received {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** As sent, Content-Encoding included. */
  readonly body: Buffer;
  /** The JSON of an answer that is not compressed. */
  readonly json: string;
  /** What stands behind it. */
  readonly blob: Buffer;
  /** False: the connection ended before the message did. */
  readonly complete: boolean;
}

export interface CallUnderWay {
  readonly answer: Promise<Received>;
  /** Ends the connection; `answer` rejects when nothing had come. */
  leave(): void;
}

/** Over a connection of its own, or one of `agent`. */
export function begin(port: number, { path, headers, body }: Sent, agent: Agent | false = false): CallUnderWay {
  const outgoing = request({
    port,
    host: '127.0.0.1',
    method: 'POST',
    path,
    headers: { Host: 'h', ...headers },
    agent,
  });
  const answer = new Promise<Received>((resolve, reject) => {
    outgoing.on('error', reject);
    outgoing.on('response', (incoming) => void collect(incoming).then(resolve, reject));
  });
  answer.catch(() => undefined); // whoever leaves does not ask for it
  outgoing.end(body);
  return { answer, leave: () => outgoing.destroy() };
}

export function send(port: number, sent: Sent): Promise<Received> {
  return begin(port, sent).answer;
}

async function collect(incoming: IncomingMessage): Promise<Received> {
  const chunks: Buffer[] = [];
  incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
  await new Promise((resolve) => {
    incoming.on('close', resolve);
    incoming.on('error', () => undefined);
  });
  const body = Buffer.concat(chunks);
  const { statusCode: status = 0, headers, complete } = incoming;
  return { status, headers, body, complete, ...parts(body, headers) };
}

/** JSON and what stands behind it, by Inference-Header-Content-Length. */
export function parts(body: Buffer, headers: IncomingHttpHeaders): { json: string; blob: Buffer } {
  const length = Number(headers['inference-header-content-length'] ?? body.length);
  return { json: body.toString('utf8', 0, length), blob: body.subarray(length) };
}
