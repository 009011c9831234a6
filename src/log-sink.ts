// Where log lines go: a stream with a bounded backlog, so that neither a stalled nor a vanished reader of stdout stops the agent.
import type { Writable } from 'node:stream';

export interface LogDrops {
  readonly full: { add(): void };
  readonly closed: { add(): void };
}

export interface LogSinkOptions {
  readonly destination: Writable;
  /** From a JSON line to what people read; null = as it is. */
  readonly format: ((line: string) => string) | null;
  readonly drops: LogDrops | null;
  /** Called once when there is room again after lines were dropped. */
  readonly onRoom: (droppedLines: number) => void;
}

const MAX_BACKLOG_BYTES = 1024 * 1024; // about 5,000 lines; beyond, the newest is dropped and counted
const FLUSH_TIMEOUT_MS = 1_000;

/**
 * Why process.stdout and not pino.destination: on a pipe it writes at once while there is room (nothing is lost at exit) and waits
 * in the event loop when there is none. pino's synchronous destination stops the event loop then; its asynchronous one blocks a
 * thread, and the process at exit, for as long as the reader stalls.
 */
export class LogSink {
  readonly #options: LogSinkOptions;
  #droppedLines = 0; // not yet told in the log

  constructor(options: LogSinkOptions) {
    this.#options = options;
    // Never removed: an error that nobody listens to would end the process, also one that arrives after the last line.
    // Each lost line is counted by the callback of its own write.
    options.destination.on('error', () => undefined);
    options.destination.on('drain', () => this.#tellDropped());
  }

  /** pino's side: one line with its newline. */
  write(line: string): void {
    const { destination, format, drops } = this.#options;
    if (destination.destroyed || destination.writableEnded) {
      drops?.closed.add();
      return;
    }
    if (destination.writableLength > MAX_BACKLOG_BYTES) {
      this.#droppedLines += 1;
      drops?.full.add();
      return;
    }
    destination.write(format === null ? line : format(line), this.#onWritten);
  }

  /** Resolves when what was written has left the process; gives up after a second. Never rejects. */
  flush(): Promise<void> {
    const { destination } = this.#options;
    if (destination.destroyed || destination.writableEnded || destination.writableLength === 0)
      return Promise.resolve();
    return new Promise((resolve) => {
      const deadline = setTimeout(resolve, FLUSH_TIMEOUT_MS);
      destination.write('', () => {
        clearTimeout(deadline);
        resolve();
      });
    });
  }

  #tellDropped(): void {
    if (this.#droppedLines === 0) return;
    const droppedLines = this.#droppedLines;
    this.#droppedLines = 0;
    this.#options.onRoom(droppedLines);
  }

  readonly #onWritten = (error?: Error | null): void => {
    if (error) this.#options.drops?.closed.add(); // EPIPE and the like: this line is lost
  };
}
