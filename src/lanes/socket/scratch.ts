// The buffer that messages are composed in, one for all connections: taken anew only when the kernel did not take a message at once.
import type { LaneSocket } from './lane-socket.ts';

const scratchBytes = 65_536;

export class Scratch {
  #shared = Buffer.allocUnsafeSlow(scratchBytes);
  #taken: Buffer = this.#shared;

  /** At least so many bytes, to be filled and sent before anybody else takes some: within one turn. */
  take(bytes: number): Buffer {
    this.#taken = bytes <= scratchBytes ? this.#shared : Buffer.allocUnsafeSlow(bytes);
    return this.#taken;
  }

  /** Writes the first `length` bytes of what was taken last. False: they have not left yet; nobody else gets that buffer. */
  send(socket: LaneSocket, length: number): boolean {
    const taken = this.#taken;
    if (socket.write(taken.subarray(0, length))) return true;
    if (taken === this.#shared) this.#shared = Buffer.allocUnsafeSlow(scratchBytes);
    return false;
  }
}
