// An accepted connection that reads into buffers of ours: its socket is made again around the same handle, and once more to give it back.
import { Socket } from 'node:net';
import { LaneConnection, tolerateErrors } from './lane-connection.ts';
import type { ClientSocket, SocketReader } from './lane-socket.ts';
import { ReadLanding } from './read-landing.ts';

/** Not documented by node; the only place of the program that touches it. tryTheSwap() tells whether it still works. */
interface WithHandle {
  _handle: Handle | null;
}

interface Handle {
  /** What node believes; it stays true behind the end of the other side, where the kernel is not read any more. */
  reading: boolean;
  readStop(): void;
}

/**
 * Where given-back connections land while nobody reads them natively, each read copied out at once. A handle that ever read into a
 * buffer of ours knows no other way (node's useUserBuffer cannot be undone).
 */
const landing = Buffer.allocUnsafeSlow(65_536);

/** The handle of `socket`, which forgets it and closes without it. Null: it is closed already. */
function takeHandle(socket: Socket): Handle | null {
  const holder = socket as unknown as WithHandle;
  const handle = holder._handle;
  if (socket.destroyed || handle === null) return null;
  holder._handle = null;
  socket.destroy();
  return handle;
}

/** What the accepting server has set already; saying so saves the calls that would set it again. */
const asAccepted = { allowHalfOpen: true, noDelay: true, keepAlive: true };

/** `socket` is not usable any more and emits 'close'. Null, without effect: it is closed. */
export function swapSocket(socket: Socket, reader: SocketReader): ClientSocket | null {
  const handle = takeHandle(socket);
  if (handle === null) return null;
  const onread = new ReadLanding(reader);
  return new SwappedSocket(new Socket({ ...asAccepted, handle, onread } as object), { reader, onread });
}

class SwappedSocket extends LaneConnection implements ClientSocket {
  readonly #onread: ReadLanding;

  constructor(socket: Socket, { reader, onread }: { reader: SocketReader; onread: ReadLanding }) {
    super(socket, reader);
    this.#onread = onread;
  }

  override destroy(): void {
    this.#onread.silence();
    super.destroy();
  }

  override reset(): void {
    this.#onread.silence();
    super.reset();
  }

  handBack(unread: Uint8Array): Socket {
    this.release();
    this.#onread.silence();
    const handle = takeHandle(this.socket);
    if (handle === null) return this.socket;
    handle.readStop(); // its next owner begins anew, and meets an end that was read already once more
    handle.reading = false;
    return openPublic(handle, unread);
  }
}

function openPublic(handle: object, unread: Uint8Array): Socket {
  const onread = {
    buffer: landing,
    callback: (length: number, bytes: Uint8Array): boolean => socket.push(Buffer.from(bytes.subarray(0, length))),
  };
  const socket = new Socket({ ...asAccepted, handle, onread } as object);
  if (unread.length > 0) socket.unshift(Buffer.from(unread));
  return tolerateErrors(socket);
}
