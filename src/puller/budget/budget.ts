// So many bytes, and who has them: of memory or of disk. Who is pushed out for whom is use-account.ts's word.

export interface BudgetHolder {
  readonly name: string;
  readonly bytes: number;
}

export interface Budget {
  readonly maxBytes: number;
  readonly usedBytes: number;
  holds(name: string): boolean;
  /**
   * At once and without pushing anybody out; false: no room, or others wait for it. Bytes of a holder are changed by the same call,
   * and one that was told to go stays: others are chosen. An owner that does not push out what it was told to must say so by this.
   */
  tryReserve(holder: BudgetHolder): boolean;
  /**
   * Resolves when it holds them: others are told to go, those of least use for their bytes first, as few as will do; none that may
   * not. Waits for those that may not yet. First come, first served; who holds bytes and wants more keeps them while it waits. Room
   * is made for all who wait at once, so who reserves should have its turn to load already.
   * @throws OutriggerError MODEL_TOO_LARGE; signal.reason
   */
  reserve(holder: BudgetHolder, signal: AbortSignal): Promise<void>;
  /** It has so many already, room or not; when there is none, others are told to go, or it is. */
  take(holder: BudgetHolder): void;
  /** It was told to go, if it was, and does not: others are chosen. */
  stay(name: string): void;
  /** The bytes are free. Twice is harmless. */
  free(name: string): void;
  /** Some holder may be pushed out now that could not before. */
  reconsider(): void;
}

export interface BudgetParts {
  readonly maxBytes: number;
  /** Of maxBytes, for messages: --model-memory-budget. */
  readonly option: string;
  /** What it is worth to keep this one, per byte it is compared: see use-account.ts. */
  readonly useOf: (name: string) => number;
  /** False: in use, being loaded (from the moment on that `reserve` resolves) or unloaded. */
  readonly mayGo: (name: string) => boolean;
  /** Its owner brings it out of the way, then calls `free`. Called once until then, or until it is reserved for again. */
  readonly pushOut: (name: string) => void;
}
