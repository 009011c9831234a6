// How a request comes: coded, chunked, in pieces, and whether its client stays for the answer.
import { deflateSync, gzipSync } from 'node:zlib';
import type { Sent } from '../sent.ts';
import { below, chance, pick, type Random } from './dice.ts';
import type { Line } from './line.ts';
import type { Received } from './received.ts';

export interface Way {
  readonly chunked: boolean;
  /** Turns of the event loop between its pieces. */
  readonly pieces: number;
  /** `amid`: with the last piece not sent; a number: so many turns of the event loop after all was sent. */
  readonly leaves: 'never' | 'amid' | number;
}

export function randomWay(random: Random): Way {
  const leaves = chance(random, 0.9) ? 'never' : pick(random, ['amid', 0, 4, 16, 32, 64, 128, 256] as const);
  return { chunked: chance(random, 0.2), pieces: chance(random, 0.8) ? 1 : 1 + below(random, 3), leaves };
}

/** With a coding of its body or of the answer that it wants, or with headers that only tell calls apart. */
export function coded(random: Random, sent: Sent): Sent {
  const headers: Record<string, string> = { ...sent.headers };
  if (chance(random, 0.15))
    headers['Accept-Encoding'] = pick(random, ['gzip', 'deflate', 'identity', 'gzip;q=0.5, br']);
  if (chance(random, 0.3)) headers['X-Request-Id'] = String(below(random, 1e9));
  const coding = pick(random, [null, null, null, null, null, null, 'gzip', 'deflate'] as const);
  if (coding === null || headers['Content-Encoding'] !== undefined) return { ...sent, headers };
  headers['Content-Encoding'] = coding;
  const body = (coding === 'gzip' ? gzipSync : deflateSync)(sent.body);
  // Now and then what a line that broke leaves of it.
  return { ...sent, headers, body: chance(random, 0.02) ? body.subarray(0, -3) : body };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Null: nothing came, because the client left or the connection broke. */
export async function sendBy(way: Way, sent: Sent, line: Line): Promise<Received | null> {
  const { body } = sent;
  const outgoing = line(sent, !way.chunked);
  const pieces = way.leaves === 'amid' ? way.pieces + 1 : way.pieces;
  const each = Math.max(1, Math.ceil(body.length / pieces));
  for (let piece = 0; piece < pieces; piece += 1) {
    if (piece > 0) await turn();
    if (way.leaves === 'amid' && piece === pieces - 1) break;
    outgoing.write(body.subarray(piece * each, (piece + 1) * each));
  }
  if (way.leaves === 'amid') outgoing.leave();
  else outgoing.end();
  if (typeof way.leaves === 'number') {
    for (let turns = way.leaves; turns > 0; turns -= 1) await turn();
    outgoing.leave();
  }
  return outgoing.answer;
}
