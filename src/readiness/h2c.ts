// One HTTP/2 exchange by prior knowledge on a connection of its own: what the grpc probe and HTTP/2 detection speak.
import { connect, constants, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http2';
import { hostAndPort } from '../http/authority.ts';

/** A probe's answer is tiny; whatever is longer is not read. */
const MAX_ANSWER_BYTES = 64 * 1024;

export interface H2cRequest {
  readonly host: string;
  readonly port: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body?: Uint8Array;
  readonly signal: AbortSignal;
}

export interface H2cAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly trailers: IncomingHttpHeaders;
  /** At most 64 KiB, the rest is cut. */
  readonly body: Buffer;
}

/** Settles when its connection is closed. Rejects when no answer came: refused, no HTTP/2, aborted. */
export function exchangeH2c({ host, port, headers, body, signal }: H2cRequest): Promise<H2cAnswer> {
  return new Promise((resolve, reject) => {
    const session = connect(`http://${hostAndPort(host, port)}`);
    let failure: Error | null = null;
    let answer: IncomingHttpHeaders | null = null;
    let trailers: IncomingHttpHeaders = {};
    let receivedBytes = 0;
    const chunks: Buffer[] = [];

    const abort = () => session.destroy();
    const failStream = (error: Error) => {
      failure ??= error;
      session.destroy();
    };
    signal.addEventListener('abort', abort, { once: true });
    session.once('error', (error) => {
      failure = error; // says more than the stream's, whichever comes first
    });
    session.once('close', () => {
      signal.removeEventListener('abort', abort);
      if (answer === null) reject(failure ?? new Error('connection closed before an answer'));
      else resolve({ status: Number(answer[':status']), headers: answer, trailers, body: Buffer.concat(chunks) });
    });

    try {
      const stream = session.request(headers, { endStream: body === undefined });
      stream.once('error', failStream);
      stream.once('response', (fields) => {
        answer = fields;
      });
      stream.once('trailers', (fields) => {
        trailers = fields;
      });
      stream.on('data', (chunk: Buffer) => {
        receivedBytes += chunk.length;
        if (receivedBytes > MAX_ANSWER_BYTES) stream.close(constants.NGHTTP2_CANCEL);
        else chunks.push(chunk);
      });
      stream.once('close', () => session.close());
      if (body !== undefined) stream.end(body);
    } catch (error) {
      failStream(error instanceof Error ? error : new Error(String(error))); // a header that HTTP/2 does not allow
    }
  });
}
