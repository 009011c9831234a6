// What the gate asks of the puller, on the request path: no look may wait or cost more than a lookup.

export interface GatedModels {
  /** Undefined: no model of ours; the runtime has the answer. */
  look(name: string): GatedModel | undefined;
  /** Every model serves and none is counted: nobody has to read the name out of a gRPC message. */
  readonly open: boolean;
}

export interface GatedModel {
  readonly name: string;
  /** The runtime has it: requests go through. */
  readonly serving: boolean;
  /** Not loaded for lack of room: `wake` brings it back. */
  readonly idle: boolean;
  /** One more use, and one more request in flight: it is not pushed out until `leave`. Only while it serves. */
  enter(): void;
  /** Once for each `enter`, when the last byte of the answer is on its way or the request has failed. */
  leave(): void;
  /**
   * Resolves when it serves; whoever asks meanwhile shares the load.
   * @throws OutriggerError MODEL_NOT_READY (waited too long, or the load failed), OVERLOADED (too many wait), CLIENT_GONE by `gone`
   */
  wake(gone: AbortSignal): Promise<void>;
  /** Why it does not serve, e.g. `model m is downloading: 12 of 340 MB`. */
  reason(): string;
  /** Seconds, at least 1: when asking again may help. */
  retryAfterSeconds(): number;
}
