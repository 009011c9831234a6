// A connection of ours to the runtime, read into buffers of ours (`onread` of net.connect, which is documented).
import { connect } from 'node:net';
import { LaneConnection } from './lane-connection.ts';
import type { ConnectReader, LaneSocket } from './lane-socket.ts';
import { ReadLanding } from './read-landing.ts';

export interface ConnectTarget {
  readonly host: string;
  readonly port: number;
}

/** Connects; `reader.connected()` or `reader.closed(error)` follows. What is written before is sent then. */
export function connectSocket(target: ConnectTarget, reader: ConnectReader): LaneSocket {
  return new ConnectedSocket(target, reader);
}

class ConnectedSocket extends LaneConnection {
  readonly #onread: ReadLanding;

  constructor({ host, port }: ConnectTarget, reader: ConnectReader) {
    const onread = new ReadLanding(reader);
    const socket = connect({ host, port, allowHalfOpen: true, noDelay: true, keepAlive: true, onread });
    super(socket, reader);
    this.#onread = onread;
    socket.once('connect', () => reader.connected?.());
  }

  override destroy(): void {
    this.#onread.silence();
    super.destroy();
  }

  override reset(): void {
    this.#onread.silence();
    super.reset();
  }
}
