// What the lanes of one agent share: buffers, the way their connections are read, and when.
import type { ReadMoment } from './read-moment.ts';
import type { SocketWay } from './socket/accept-socket.ts';
import type { ReadBuffers } from './socket/read-buffers.ts';
import type { Scratch } from './socket/scratch.ts';

export interface LaneTools {
  readonly buffers: ReadBuffers;
  readonly scratch: Scratch;
  readonly way: SocketWay;
  readonly reading: ReadMoment;
}
