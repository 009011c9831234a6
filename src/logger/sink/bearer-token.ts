// Which token does a sink want to see? Read from a file, and again when Kubernetes rotated it.
import { readFileSync } from 'node:fs';
import type { Log } from '../../log.ts';
import { fileStamp } from './file-stamp.ts';

/** Kubernetes renews a token long before the old one ends: some seconds late is early enough. */
const checkEveryMs = 3000;

/** RFC 6750 2.1; at least nothing that would end a header line. */
const wellFormed = /^[\x21-\x7e]+$/;

export class BearerToken {
  readonly #file: string;
  readonly #log: Log;
  #stamp = '';
  #checkedMs = Number.NEGATIVE_INFINITY;
  #header = '';

  constructor({ file, log }: { readonly file: string; readonly log: Log }) {
    this.#file = file;
    this.#log = log;
  }

  /** The header line with its CRLF; the last good token when the file is unusable, '' when it never was good. */
  header(nowMs: number): string {
    if (nowMs - this.#checkedMs >= checkEveryMs) {
      this.#checkedMs = nowMs;
      const stamp = fileStamp(this.#file);
      if (stamp !== this.#stamp) {
        this.#stamp = stamp;
        this.#read();
      }
    }
    return this.#header;
  }

  #read(): void {
    try {
      const token = readFileSync(this.#file, 'latin1').trim();
      if (!wellFormed.test(token)) throw new Error(token === '' ? 'it is empty' : 'it holds more than one token');
      this.#header = `Authorization: Bearer ${token}\r\n`;
    } catch (error) {
      const used = this.#header === '' ? 'none is sent' : 'the last one is used';
      this.#log.error(
        { file: this.#file, reason: (error as Error).message },
        `bearer token for the sink not read: ${used}`,
      );
    }
  }
}
