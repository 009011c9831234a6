// One answer of a store to a request for a part: is it what was asked for, and where do its bytes go.
import type { AnswerHead, AnswerReceiver, FetchFailure } from '../http/http-client.ts';
import { readRetryAfterMs } from '../http/retry-rules.ts';
import type { ByteRange, RemoteStore, StoredObject } from '../object-store.ts';
import type { Setback } from './attempt-verdict.ts';
import type { Part } from './part.ts';

/** Of the body of an answer that is none: the store's error code stands in it. */
const maxErrorTextBytes = 4_096;

export interface RangeReceiverParts {
  readonly part: Part;
  /** As it was asked for; null: the whole object. */
  readonly range: ByteRange | null;
  readonly store: RemoteStore;
  /** Of a file whose size nobody told: one that never ends must not fill the disk. */
  readonly maxUntoldBytes: number;
  /** Bytes that came and went to disk. */
  readonly count: (bytes: number) => void;
  /** Exactly once; null: the part has all its bytes, or nobody wants them any more. */
  readonly done: (setback: Setback | null) => void;
  /** Ends the exchange: the rest is not wanted. */
  readonly stop: () => void;
}

export class RangeReceiver implements AnswerReceiver {
  readonly #parts: RangeReceiverParts;
  #setback: Setback | null = null;
  #errorText: Buffer | null = null;
  #ended = false;

  constructor(parts: RangeReceiverParts) {
    this.#parts = parts;
  }

  head(head: AnswerHead): boolean {
    const { range } = this.#parts;
    if (head.status === 206 && range !== null) this.#setback = this.#judgeRange(head, range);
    else if (head.status === 200 && range === null) this.#setback = this.#judgeWhole(head);
    else if (head.status === 200) this.#setback = { kind: 'no-ranges' };
    else return this.#refused(head);
    return this.#setback === null;
  }

  #refused({ status, headers, bodyBytes }: AnswerHead): boolean {
    const retryAfterMs = readRetryAfterMs(headers.get('retry-after'), Date.now());
    this.#setback = { kind: 'status', status, retryAfterMs, text: '' };
    this.#errorText = Buffer.alloc(0);
    return bodyBytes === null || bodyBytes <= 16 * maxErrorTextBytes;
  }

  #judgeRange({ headers, contentRange, bodyBytes }: AnswerHead, asked: ByteRange): Setback | null {
    const { object } = this.#parts.part.file;
    if (contentRange === null) return broken('a 206 without a readable Content-Range');
    const { first, last, total } = contentRange;
    if (total !== null && total !== object.bytes) return { kind: 'differs', text: `it has ${total} bytes now` };
    if (first !== asked.first || last > asked.last) return broken(`bytes ${first}-${last} instead of those asked for`);
    if (bodyBytes !== null && bodyBytes !== last - first + 1) return broken('Content-Length and Content-Range differ');
    return this.#judgeVersion(object, this.#parts.store.readDetails(object, headers));
  }

  #judgeWhole({ headers, bodyBytes }: AnswerHead): Setback | null {
    const { part, store } = this.#parts;
    const { object } = part.file;
    const said = store.readDetails(object, headers);
    const differs = this.#judgeVersion(object, said);
    if (differs !== null) return differs;
    if (object.bytes !== null && bodyBytes !== null && bodyBytes !== object.bytes) {
      return { kind: 'differs', text: `it has ${bodyBytes} bytes now` };
    }
    part.file.describe({ ...said, bytes: object.bytes });
    return null;
  }

  #judgeVersion(object: StoredObject, said: StoredObject): Setback | null {
    if (object.version === null || said.version === object.version) return null;
    return { kind: 'differs', text: 'it has another version now' };
  }

  bytes(chunk: Uint8Array): void {
    const { part, range, maxUntoldBytes, count } = this.#parts;
    if (this.#errorText !== null) {
      this.#errorText = Buffer.concat([this.#errorText, chunk]);
      if (this.#errorText.length >= maxErrorTextBytes) this.#stop(this.#judgeEnd()); // some never end
      return;
    }
    if (part.stale) {
      this.#stop(null);
      return;
    }
    const from = part.next;
    if (part.file.object.bytes === null && from + chunk.length > maxUntoldBytes) {
      this.#stop({ kind: 'too-large', maxBytes: maxUntoldBytes });
      return;
    }
    part.take(chunk);
    count(part.next - from);
    if (range === null && from + chunk.length > part.next) {
      this.#stop({ kind: 'differs', text: `it has more than ${part.next} bytes now` });
    } else if (range !== null && part.done && part.last < range.last) {
      this.#stop(null); // another connection has taken over what would still come here
    }
  }

  #stop(setback: Setback | null): void {
    this.#parts.stop();
    this.#end(setback);
  }

  ended(failure: FetchFailure | null): void {
    this.#end(failure === null ? this.#judgeEnd() : { kind: 'failure', failure });
  }

  #judgeEnd(): Setback | null {
    if (this.#setback?.kind === 'status' && this.#errorText !== null) {
      return { ...this.#setback, text: errorCodeOf(this.#errorText.toString()) };
    }
    if (this.#setback !== null) return this.#setback;
    const { part } = this.#parts;
    if (part.file.whole && part.last === Number.MAX_SAFE_INTEGER) part.endHere();
    return part.done || part.stale ? null : broken('an answer that ended early');
  }

  #end(setback: Setback | null): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#parts.done(setback);
  }
}

function broken(message: string): Setback {
  return { kind: 'failure', failure: { kind: 'protocol', message: `the store sent ${message}`, cause: null } };
}

/** The code of an XML error (S3, GCS, Azure) or of a JSON one; only that: the rest may quote what was signed. */
function errorCodeOf(text: string): string {
  const found =
    /<Code>([\w.-]{1,80})<\/Code>/.exec(text) ?? /"(?:code|error|reason)"\s*:\s*"([\w.-]{1,80})"/.exec(text);
  return found?.[1] ?? '';
}
