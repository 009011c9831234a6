// One TCP connection as a lane has it: bytes are read into buffers of ours, and a write tells whether its bytes are free again.
import type { Socket } from 'node:net';

/** Who reads a connection. Its methods are called in turns of the event loop, never while it writes. */
export interface SocketReader {
  /**
   * Where the next read lands; asked at the start and after every read, and only then: the buffer handed out before it is free from
   * then on, and not earlier, since the handle keeps the last one that it was given.
   */
  buffer(): Buffer;
  /** `length` bytes at the start of `bytes`, which are valid until this returns. False: read no more until `resume()`. */
  read(bytes: Buffer, length: number): boolean;
  /** The peer ended its side (FIN). Ours stays open. May come while paused, and then nothing is unread. */
  ended(): void;
  /** What was being written has left: its bytes are free again. */
  drained(): void;
  /** Called once. Null: it ended without an error. */
  closed(error: Error | null): void;
}

/** Who reads a connection of ours. A connect that fails ends in `closed(error)`. */
export interface ConnectReader extends SocketReader {
  connected?(): void;
}

export interface LaneSocket {
  /** For addresses, keep-alive and listeners; neither read it nor write to it. */
  readonly socket: Socket;
  /**
   * True: the kernel took all of it, and `bytes` may be changed. False: `bytes` must stay as they are until `drained()`; further
   * writes queue up behind them and are under the same rule.
   */
  write(bytes: Uint8Array): boolean;
  /** Some write has not left yet. */
  readonly pending: boolean;
  pause(): void;
  resume(): void;
  /** Ends our side behind what was written. */
  end(): void;
  destroy(): void;
  /** Ends by RST: never to be taken for a regular end. */
  reset(): void;
}

/** A client's connection, which can go back to node:http or node:http2. */
export interface ClientSocket extends LaneSocket {
  /**
   * The same connection as a public socket, with `unread` (copied) in front of what it will read; it stands still until somebody reads
   * it, and node:http and node:http2 both take it as it is. The reader hears nothing any more; what it had lent to the connection is
   * free. Only while nothing is pending, and before our side was ended.
   */
  handBack(unread: Uint8Array): Socket;
}
