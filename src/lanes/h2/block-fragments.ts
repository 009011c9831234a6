// A header block out of its frames: HEADERS without padding and priority, and what CONTINUATION adds (RFC 9113 6.2, 6.10).
import { frameHeadBytes, payloadBytesAt } from './frame-head.ts';
import { frameFlags } from './frame-types.ts';
import { Http2Fault } from './http2-fault.ts';

export interface BlockSpan {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
}

/**
 * Of whole frames, one HEADERS and any number of CONTINUATION, from `start` to `end`. A view of them when HEADERS is alone, else a
 * copy.
 *
 * @throws Http2Fault PROTOCOL_ERROR, FRAME_SIZE_ERROR when padding or priority do not fit into the frame
 */
export function joinHeaderBlock(bytes: Buffer, start: number, end: number): BlockSpan {
  const first = firstFragment(bytes, start);
  const rest = start + frameHeadBytes + payloadBytesAt(bytes, start);
  if (rest === end) return first;
  const joined = Buffer.allocUnsafe(end - start);
  let length = bytes.copy(joined, 0, first.start, first.end);
  for (let at = rest; at < end; ) {
    const stop = at + frameHeadBytes + payloadBytesAt(bytes, at);
    length += bytes.copy(joined, length, at + frameHeadBytes, stop);
    at = stop;
  }
  return { bytes: joined, start: 0, end: length };
}

function firstFragment(bytes: Buffer, at: number): BlockSpan {
  const flags = bytes[at + 4] as number;
  const end = at + frameHeadBytes + payloadBytesAt(bytes, at);
  let start = at + frameHeadBytes;
  let padding = 0;
  if ((flags & frameFlags.PADDED) !== 0) {
    if (start === end) throw new Http2Fault('FRAME_SIZE_ERROR', 'HEADERS without room for its padding length');
    padding = bytes[start] as number;
    start++;
  }
  if ((flags & frameFlags.PRIORITY) !== 0) start += 5;
  if (start > end) throw new Http2Fault('FRAME_SIZE_ERROR', 'HEADERS without room for its priority');
  if (padding > end - start) throw new Http2Fault('PROTOCOL_ERROR', 'HEADERS with more padding than frame');
  return { bytes, start, end: end - padding };
}
