// What the lanes of one agent share: buffers, and the way their connections are read.
import type { SocketWay } from './socket/accept-socket.ts';
import type { ReadBuffers } from './socket/read-buffers.ts';
import type { Scratch } from './socket/scratch.ts';

export interface LaneTools {
  readonly buffers: ReadBuffers;
  readonly scratch: Scratch;
  readonly way: SocketWay;
}
