// Why the process ends, where Kubernetes looks: `kubectl describe pod` shows it, and it outlives the container's log.
import { closeSync, constants, fstatSync, ftruncateSync, openSync, writeSync } from 'node:fs';

/** Kubernetes' default of terminationMessagePath; a pod that has another one says so by TERMINATION_LOG_PATH. */
const defaultPath = '/dev/termination-log';
/** Kubernetes keeps no more of it. */
const maxBytes = 4096;
const moreBytes = 32; // room for the last line, which counts what was left out

/**
 * One line each, without secrets. Only a file that is there is written to: elsewhere than in a pod there is none. Failures are silent:
 * the same is on stderr or in the log.
 */
export function leaveTerminationMessage(
  reasons: readonly string[],
  path = process.env.TERMINATION_LOG_PATH || defaultPath,
): void {
  try {
    const file = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK); // a pipe that nobody reads holds nobody up
    try {
      if (!fstatSync(file).isFile()) return;
      ftruncateSync(file);
      writeSync(file, renderTerminationMessage(reasons));
    } finally {
      closeSync(file);
    }
  } catch {
    // nobody is left to be told
  }
}

/** At most 4096 bytes, whole characters and, but for one that is too long itself, whole lines; what was left out is counted. */
export function renderTerminationMessage(reasons: readonly string[]): string {
  let message = '';
  for (const [at, reason] of reasons.entries()) {
    const line = `${plainLine(reason)}\n`;
    const isLast = at === reasons.length - 1;
    const room = maxBytes - Buffer.byteLength(message) - (isLast ? 0 : moreBytes);
    if (Buffer.byteLength(line) <= room) message += line;
    else if (message === '') message = `${cutTo(line, room - 4)}…\n`;
    else return `${message}and ${reasons.length - at} more\n`;
  }
  return message;
}

function plainLine(text: string): string {
  return text.replaceAll(/\p{Cc}+/gu, ' ').trim();
}

function cutTo(text: string, bytes: number): string {
  const cut = Buffer.from(text).subarray(0, bytes).toString();
  return cut.replace(/\uFFFD$/, ''); // half a character
}
