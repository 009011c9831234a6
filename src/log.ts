// The process log as every part sees it; pino is behind it. Never in it: bodies, header values, secrets.

export interface Log {
  /** What one request met. */
  debug(fields: object, message: string): void;
  /** Start, stop, a model loaded. */
  info(fields: object, message: string): void;
  /** Odd, but nothing is lost. */
  warn(fields: object, message: string): void;
  /** Something is lost, or a person must act. */
  error(fields: object, message: string): void;
}
