// One direction's way out: what its frames are passed on by, and where frames of our own are put between them.
import type { LaneSocket } from '../socket/lane-socket.ts';
import type { Scratch } from '../socket/scratch.ts';

export class RelayOutlet {
  readonly #socket: LaneSocket;
  readonly #scratch: Scratch;
  readonly #own: Buffer[] = []; // frames of ours that wait for the end of a frame

  constructor(socket: LaneSocket, scratch: Scratch) {
    this.#socket = socket;
    this.#scratch = scratch;
  }

  /** The bytes are copied: the shared buffer that they lie in is read into again, whatever the kernel takes. */
  pass(bytes: Buffer, start: number, end: number): void {
    const length = end - start;
    bytes.copy(this.#scratch.take(length), 0, start, end);
    this.#scratch.send(this.#socket, length);
  }

  /** `own` is not changed any more. */
  add(own: Buffer): void {
    this.#own.push(own);
  }

  get waits(): boolean {
    return this.#own.length > 0;
  }

  /** Only where a frame has ended. */
  flush(): void {
    for (const own of this.#own.splice(0)) this.#socket.write(own);
  }
}
