// A small body, collected before the request is handed on: one dispatch, one write.
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

/**
 * A body of unknown length: its bytes when all of it came with its head, in one read of the socket. Else null after one turn
 * of the event loop: what was read is back in `incoming`, which is paused. Never calls back when the client breaks off first.
 */
export function readSuddenBody(incoming: IncomingMessage, done: (body: Uint8Array | null) => void): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const giveUp = (): void => {
    clearImmediate(turn);
    incoming.pause(); // before the listeners go: nothing is read until the next reader resumes
    incoming.off('data', onData);
    incoming.off('end', onEnd);
    if (incoming.destroyed) return;
    if (bytes > 0) incoming.unshift(Buffer.concat(chunks, bytes));
    done(null);
  };
  const onData = (chunk: Buffer): void => {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > maxSmallBodyBytes) giveUp();
  };
  const onEnd = (): void => {
    clearImmediate(turn);
    done(bytes === 0 ? emptyBody : Buffer.concat(chunks, bytes));
  };
  const turn = setImmediate(giveUp);
  incoming.on('data', onData);
  incoming.on('end', onEnd);
}
