// A small body of announced length, collected before the request is handed on: one dispatch, one write.
import type { IncomingMessage } from 'node:http';
import { OutriggerError } from '../errors.ts';

/** Up to here a body is held as bytes: one read of a socket, and what a retry on a stale connection may keep. */
export const maxSmallBodyBytes = 65_536;

export const emptyBody = new Uint8Array(0);

/** Calls back once, with all `contentLength` bytes or with CLIENT_GONE when the client broke off. */
export function readSmallBody(
  incoming: IncomingMessage,
  contentLength: number,
  done: (failure: OutriggerError | null, body: Uint8Array) => void,
): void {
  let first: Buffer | null = null;
  let rest: Buffer[] | null = null;
  incoming.on('data', (chunk: Buffer) => {
    if (first === null) first = chunk;
    else if (rest === null) rest = [first, chunk];
    else rest.push(chunk);
  });
  incoming.on('end', () => done(null, rest === null ? (first ?? emptyBody) : Buffer.concat(rest, contentLength)));
  incoming.on('error', (cause) => {
    done(new OutriggerError('CLIENT_GONE', 'the client left before its request was complete', { cause }), emptyBody);
  });
}
