// What the listener must hear of a connection that it gave away, to know when it is over and what it speaks.
import type { Socket } from 'node:net';

export interface ConnectionHome {
  /** Called once, when the first bytes tell the protocol. */
  told(protocol: 'http1' | 'http2'): void;
  /**
   * The connection goes on as another Socket object; the one before may close from now on without ending it. To be called in the
   * same turn in which the other one is made. 'close' of the socket named last is the connection's end.
   */
  movedTo(socket: Socket): void;
}
