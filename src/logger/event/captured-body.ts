// What is known of a body when its message is over: a copy of its bytes, or of the first of them.

export interface CapturedBody {
  /** As they passed, codings kept. Nobody changes their bytes. */
  readonly data: readonly Uint8Array[];
  readonly bytes: number;
  /** Of the body that passed, of which `data` may be the beginning. */
  readonly totalBytes: number;
  /** The message broke off: its client left, or the runtime did. */
  readonly broken: boolean;
  /** Parts of it were made unreadable; `removed`: all of it was, since what must not be seen could not be told from the rest. */
  readonly redacted: 'no' | 'parts' | 'removed';
  /** How `data` is to be read, when it is no longer as the message's head says: redacted bytes are decoded, and longer or shorter. */
  readonly recoded?: BodyCoding;
}

export interface BodyCoding {
  readonly contentEncoding: string | null;
  /** Inference-Header-Content-Length. */
  readonly headerLength: string | null;
}
