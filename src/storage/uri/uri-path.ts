// The path part of a model URI: what all schemes ask of it.
import { OutriggerError } from '../../errors.ts';
import { redactUri } from './redact-uri.ts';

export function uriProblem(text: string, why: string): OutriggerError {
  return new OutriggerError('MODEL_URI_INVALID', `model URI ${redactUri(text)}: ${why}`);
}

/**
 * Without "/" at either end. Names "." and ".." are refused wherever they stand: clients of HTTP resolve them before they ask,
 * so "bucket/../other" would be read from another bucket.
 * @throws OutriggerError MODEL_URI_INVALID
 */
export function readUriPath(text: string, path: string): string {
  refuseDots(text, path);
  return path.replace(/^\/+/, '').replace(/\/+$/, '');
}

/** @throws OutriggerError MODEL_URI_INVALID */
export function refuseDots(text: string, path: string): void {
  const dots = path.split(/[/\\]/).find((name) => name === '.' || name === '..');
  if (dots !== undefined) throw uriProblem(text, `"${dots}" is no name of a folder or file; write the path without it`);
}

/** Percent-encoding resolved, once. @throws OutriggerError MODEL_URI_INVALID */
export function decodeUriPath(text: string, path: string): string {
  const decoded = decodedOrNull(path);
  if (decoded === null) throw uriProblem(text, 'a "%" in its path begins no percent-encoding; write %25 for it');
  if (/\p{Cc}/u.test(decoded)) throw uriProblem(text, 'its path holds an encoded control character');
  return decoded;
}

function decodedOrNull(path: string): string | null {
  try {
    return decodeURIComponent(path);
  } catch {
    return null;
  }
}
