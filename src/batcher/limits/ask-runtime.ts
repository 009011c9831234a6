// How the batcher asks the runtime something itself: a GET through the same stages and connections as the clients' calls.
import { OutriggerError } from '../../errors.ts';
import { Cancellation } from '../../http/cancellation.ts';
import { Client } from '../../http/client.ts';
import type { Body, Handler, ProxyRequest } from '../../http/exchange.ts';
import { FlatHeaderBlock } from '../../http/header-block.ts';
import { emptyBody } from '../../http/small-body.ts';

export interface RuntimeAnswer {
  readonly status: number;
  readonly body: Uint8Array;
}

/** Rejects when there was no complete answer. */
export type Ask = (path: string, protocol: Protocol) => Promise<RuntimeAnswer>;

/** Which one the runtime speaks is known by the requests for it. */
export type Protocol = ProxyRequest['protocol'];

const defaultDeadlineMs = 5_000;
/** A model config with hundreds of tensors has 100 kB. */
const maxAnswerBytes = 1024 * 1024;

/** `next` must let go of a request whose cancellation was told, as every stage does. */
export function askThrough(next: Handler, deadlineMs = defaultDeadlineMs): Ask {
  return async (path, protocol) => {
    const cancellation = new Cancellation();
    const client = new Client(false);
    const deadline = setTimeout(() => cancellation.cancel(), deadlineMs);
    try {
      const { status, body } = await next(requestFor(path, { protocol, cancellation, client }));
      return { status, body: body instanceof Uint8Array ? body : await collect(body, path) };
    } finally {
      clearTimeout(deadline);
      client.close();
    }
  };
}

function requestFor(path: string, own: Pick<ProxyRequest, 'protocol' | 'cancellation' | 'client'>): ProxyRequest {
  return {
    ...own,
    method: 'GET',
    path,
    authority: 'localhost', // servers that check it allow this one
    headers: new FlatHeaderBlock(['accept', 'application/json', 'accept-encoding', 'identity']),
    body: emptyBody,
    contentLength: 0,
    trailers: null,
    expectContinue: false,
    sendInformational: () => undefined,
  };
}

/** Leaving the loop destroys the stream, and with it the call. */
async function collect(body: Exclude<Body, Uint8Array>, path: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > maxAnswerBytes) {
      throw new OutriggerError(
        'UPSTREAM_PROTOCOL_ERROR',
        `the answer to ${path} has more than ${maxAnswerBytes} bytes`,
      );
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, bytes);
}
