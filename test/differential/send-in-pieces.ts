// Writes bytes in pieces that arrive one by one: each in a turn of the event loop of its own.
import type { Socket } from 'node:net';

export interface Pieces {
  readonly bytes: string; // latin1
  readonly cuts: readonly number[]; // ascending
}

/** `progress` hears of each piece, `sent` of the last. */
export function sendInPieces(socket: Socket, { bytes, cuts }: Pieces, progress: () => void, sent: () => void): void {
  let from = 0;
  let piece = 0;
  const next = (): void => {
    if (socket.destroyed) return;
    const to = cuts[piece++] ?? bytes.length;
    if (to > from) socket.write(bytes.slice(from, to), 'latin1');
    from = to;
    progress();
    if (from < bytes.length) setImmediate(next);
    else sent();
  };
  next();
}
