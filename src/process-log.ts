// The process log: one JSON line an event on stdout by pino, or one readable line; a stdout that is full or closed never stops the agent.
import type { Writable } from 'node:stream';
import { type Logger, pino, stdTimeFunctions } from 'pino';
import type { LogConfig } from './config/slices.ts';
import type { Log } from './log.ts';
import { type LogDrops, LogSink } from './log-sink.ts';

export interface LogOptions {
  /** Default process.stdout. It is never closed. */
  readonly destination?: Writable & { readonly isTTY?: boolean };
  /** Counts lost lines; default: nobody does. */
  readonly drops?: LogDrops;
}

/** Dispose waits until what was written has left the process, at most a second; later lines are still written. */
export interface ProcessLog extends Log, AsyncDisposable {}

const MAX_CAUSES = 8;
const WITHHELD = () => '[not logged]';

interface LoggedError {
  readonly type: string;
  readonly code?: string;
  readonly message: string;
  readonly stack?: string;
  readonly cause?: LoggedError;
}

/** Fields of a line: level (a word), time (ISO 8601, UTC), msg, err, then what the caller adds; no pid and no host name: the collector knows the pod. */
export async function openLog(config: LogConfig, options: LogOptions = {}): Promise<ProcessLog> {
  const { destination = process.stdout, drops } = options;
  const format = config.pretty ? await openPrettyFormat(destination.isTTY === true) : null;
  const sink = new LogSink({
    destination,
    format,
    drops: drops ?? null,
    onRoom: (droppedLines) => logger.warn({ droppedLines }, 'log lines were dropped: stdout was full'),
  });
  const logger: Logger = pino(
    {
      level: config.level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      // Nobody logs bodies or headers; should somebody try, their content stays out.
      serializers: { err: (error: unknown) => readError(error), headers: WITHHELD, body: WITHHELD },
    },
    sink,
  );
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
    [Symbol.asyncDispose]: () => sink.flush(),
  };
}

/** pino-pretty costs 15 ms to load: only who wants it pays. */
async function openPrettyFormat(colorize: boolean): Promise<(line: string) => string> {
  const { prettyFactory } = await import('pino-pretty');
  const format = prettyFactory({ colorize, translateTime: 'SYS:HH:MM:ss.l', errorLikeObjectKeys: ['err'] });
  return (line) => String(format(line));
}

/**
 * Name, code, message, stack and the chain of causes. Nothing else of an error is logged: clients of stores and runtimes hang whole
 * requests with their headers on their errors.
 */
function readError(error: unknown, depth = 0): LoggedError {
  if (!(error instanceof Error))
    return { type: typeof error, message: typeof error === 'string' ? error : 'not an Error' };
  const { code } = error as NodeJS.ErrnoException;
  return {
    type: error.name,
    ...(typeof code === 'string' && { code }),
    message: error.message,
    ...(error.stack !== undefined && { stack: error.stack }),
    ...(error.cause !== undefined && depth < MAX_CAUSES && { cause: readError(error.cause, depth + 1) }),
  };
}
