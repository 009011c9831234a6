// Records of TLS come 16 KiB at a time: gathers what has arrived at once, so that whoever writes it to disk does so less often.
import type { OnReadOpts } from 'node:net';

/** A record's worth, RFC 8446 5.1; with less room left what was gathered is handed over. */
const recordBytes = 16 * 1024;

const memoryBytes = 128 * 1024;

export class GatheredReads {
  readonly #deliver: (bytes: Buffer, length: number) => void;
  readonly #memory = Buffer.allocUnsafeSlow(memoryBytes);
  #from = 0; // what lies between was not handed over yet; the next read goes to `to`, as Node was told after the last one
  #to = 0;
  #flushes = false;

  constructor(deliver: (bytes: Buffer, length: number) => void) {
    this.#deliver = deliver;
  }

  get onread(): OnReadOpts {
    return {
      buffer: () => this.#memory.subarray(this.#to),
      callback: (length) => {
        this.#to += length;
        if (this.#to > memoryBytes - recordBytes) {
          this.flush();
          this.#from = 0;
          this.#to = 0;
        } else {
          this.#flushSoon();
        }
        return true;
      },
    };
  }

  /** Hands over what there is. */
  flush(): void {
    const gathered = this.#memory.subarray(this.#from, this.#to);
    this.#from = this.#to;
    if (gathered.length > 0) this.#deliver(gathered, gathered.length);
  }

  /** When everything that is readable now was read. */
  #flushSoon(): void {
    if (this.#flushes) return;
    this.#flushes = true;
    setImmediate(() => {
      this.#flushes = false;
      this.flush();
    });
  }
}
