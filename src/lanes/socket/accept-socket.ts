// A client's connection for a lane: by the swap where it works, else by what node documents.
import type { Socket } from 'node:net';
import type { ClientSocket, SocketReader } from './lane-socket.ts';
import { PublicSocket } from './public-socket.ts';
import { swapSocket } from './swap.ts';

/** How accepted connections are read: into buffers of ours, or by 'data' events (tryTheSwap() decides once, at start). */
export type SocketWay = 'swap' | 'public';

/**
 * `socket`: just accepted, paused and unread (`pauseOnConnect`), with `allowHalfOpen`, `noDelay` and `keepAlive`. By 'swap' it emits
 * 'close' and another one takes its place: ClientSocket.socket.
 */
export function acceptSocket(socket: Socket, reader: SocketReader, how: SocketWay): ClientSocket {
  return (how === 'swap' ? swapSocket(socket, reader) : null) ?? new PublicSocket(socket, reader);
}
