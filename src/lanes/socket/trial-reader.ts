// The reader of the self-test: keeps what it is told, and lets the test wait for it.
import { setImmediate as nextRound } from 'node:timers/promises';
import type { SocketReader } from './lane-socket.ts';

const bufferBytes = 64;

export class TrialReader implements SocketReader {
  goOn = true;
  text = '';
  hasEnded = false;
  hasClosed = false;
  /** Every read came in the buffer handed out last. */
  changedBuffers = true;
  #last: Buffer = Buffer.alloc(0);
  #changed: () => void = () => undefined;

  buffer(): Buffer {
    this.#last = Buffer.alloc(bufferBytes);
    return this.#last;
  }

  read(bytes: Buffer, length: number): boolean {
    this.changedBuffers &&= bytes === this.#last;
    this.text += bytes.toString('latin1', 0, length);
    this.#changed();
    return this.goOn;
  }

  ended(): void {
    this.hasEnded = true;
    this.#changed();
  }

  drained(): void {
    // the test writes nothing that stays
  }

  closed(): void {
    this.hasClosed = true;
    this.#changed();
  }

  /** @throws when the connection closes instead */
  async until(holds: () => boolean, what: string): Promise<void> {
    while (!holds()) {
      if (this.hasClosed) throw new Error(`closed instead of ${what}`);
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
  }
}

/** What is on its way within this process has arrived by then. */
export async function nextRounds(count: number): Promise<void> {
  for (let round = 0; round < count; round++) await nextRound();
}
