// The status of an answer, as far as its header block says it without a table (RFC 7541 6.1, 6.2 and appendix A).

/** Numbers 8 to 14 of the static table are statuses. */
const indexedStatuses = [200, 204, 206, 304, 400, 404, 500] as const;
const firstIndexed = 0x88;
const nameIndex = 8;

/** 0: spelled in another way, by Huffman or by the dynamic table. `:status` comes first, behind sizes of the table. */
export function readPlainStatus(bytes: Buffer, start: number, end: number): number {
  let at = start;
  while (at < end && ((bytes[at] as number) & 0xe0) === 0x20) at = endOfTableSize(bytes, at, end);
  const first = bytes[at] as number;
  if (at >= end) return 0;
  if (first >= firstIndexed) return indexedStatuses[first - firstIndexed] ?? 0;
  const named = first === nameIndex || first === (0x10 | nameIndex) || first === (0x40 | nameIndex);
  if (!named || bytes[at + 1] !== 3 || at + 5 > end) return 0;
  const status = Number(bytes.toString('latin1', at + 2, at + 5));
  return Number.isInteger(status) ? status : 0;
}

function endOfTableSize(bytes: Buffer, at: number, end: number): number {
  let next = at + 1;
  if (((bytes[at] as number) & 0x1f) !== 0x1f) return next;
  while (next < end && (bytes[next] as number) >= 0x80) next++;
  return next + 1;
}
