// Takes acknowledgements of SETTINGS out of a stream of frames: those for SETTINGS that the reader never sent.
import { frameHeadBytes, payloadBytesAt } from './frame-head.ts';
import { frameFlags, frameTypes } from './frame-types.ts';

const nothing: Buffer = Buffer.alloc(0);

export class AckDropper {
  #toDrop: number;
  #skipBytes: number; // in front of the first frame, or of the one that is passing
  #head: Buffer = nothing; // of a frame, not whole

  /** `skipBytes`: a preface, which is no frame. */
  constructor(toDrop: number, skipBytes = 0) {
    this.#toDrop = toDrop;
    this.#skipBytes = skipBytes;
  }

  /** What goes on of `bytes`; a view of them when there is nothing to drop. */
  pass(bytes: Buffer): Buffer {
    if (this.#toDrop === 0 && this.#skipBytes === 0) return bytes;
    const all = this.#head.length === 0 ? bytes : Buffer.concat([this.#head, bytes]);
    const parts: Buffer[] = [];
    let at = 0;
    while (at < all.length && (this.#toDrop > 0 || this.#skipBytes > 0)) {
      const stop = Math.min(all.length, at + this.#skipBytes);
      if (stop > at) parts.push(all.subarray(at, stop));
      this.#skipBytes -= stop - at;
      at = stop;
      if (this.#toDrop === 0 || all.length - at < frameHeadBytes) break;
      if (isSettingsAck(all, at)) {
        this.#toDrop -= 1;
        at += frameHeadBytes;
      } else this.#skipBytes = frameHeadBytes + payloadBytesAt(all, at);
    }
    const waits = this.#toDrop > 0 && this.#skipBytes === 0;
    this.#head = waits ? Buffer.from(all.subarray(at)) : nothing;
    if (!waits) parts.push(all.subarray(at));
    return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
  }
}

function isSettingsAck(bytes: Buffer, at: number): boolean {
  return bytes[at + 3] === frameTypes.SETTINGS && ((bytes[at + 4] as number) & frameFlags.ACK) !== 0;
}
