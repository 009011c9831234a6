// The first bytes of a body, when a log shall not have more of each.
import type { CapturedBody } from '../event/captured-body.ts';

/** `maxBytes` null: as it is. `totalBytes` stays, and tells that there was more. */
export function truncate(body: CapturedBody, maxBytes: number | null): CapturedBody {
  if (maxBytes === null || body.bytes <= maxBytes) return body;
  const data: Uint8Array[] = [];
  let room = maxBytes;
  for (const piece of body.data) {
    if (room === 0) break;
    // A copy: a view of the cut piece would hold all of it in memory, uncounted, for as long as the event waits.
    data.push(piece.length <= room ? piece : new Uint8Array(piece.subarray(0, room)));
    room -= Math.min(piece.length, room);
  }
  return { ...body, data, bytes: maxBytes };
}
