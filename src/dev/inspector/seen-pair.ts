// The events of one exchange, as a sink received them.

export interface ReceivedEvent {
  readonly attributes: Readonly<Record<string, string>>;
  /** The first of its data as sent, of `dataBytes`. */
  readonly data: Buffer;
  readonly dataBytes: number;
}

/** Null: not received (yet), or it made room. One event of both halves stands as the request's (--log-combined). */
export interface SeenPair {
  readonly request: ReceivedEvent | null;
  readonly response: ReceivedEvent | null;
}
