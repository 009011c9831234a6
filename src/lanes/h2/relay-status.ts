// The status of an answer, as far as its header block says it without a table (RFC 7541 6.1, 6.2 and appendix A).

/** Numbers 8 to 14 of the static table are statuses. */
const indexedStatuses = [200, 204, 206, 304, 400, 404, 500] as const;
const firstIndexed = 0x88;
const nameIndex = 8;
/** The name with its length, by an encoder that uses no table. */
const plainName = Buffer.from('\x07:status', 'latin1');

/** 0: spelled in another way, by Huffman or by the dynamic table. `:status` comes first, behind sizes of the table. */
export function readPlainStatus(bytes: Buffer, start: number, end: number): number {
  let at = start;
  while (at < end && ((bytes[at] as number) & 0xe0) === 0x20) at = endOfTableSize(bytes, at, end);
  const first = bytes[at] as number;
  if (at >= end) return 0;
  if (first >= firstIndexed) return indexedStatuses[first - firstIndexed] ?? 0;
  const index = first < 0x20 ? first & 0x0f : first - 0x40; // literals: not kept, never indexed, kept
  const value =
    index === nameIndex ? at + 1 : index === 0 && isPlainName(bytes, at + 1) ? at + 1 + plainName.length : end;
  if (value + 4 > end || bytes[value] !== 3) return 0;
  const status = Number(bytes.toString('latin1', value + 1, value + 4));
  return Number.isInteger(status) ? status : 0;
}

function isPlainName(bytes: Buffer, at: number): boolean {
  return bytes.subarray(at, at + plainName.length).equals(plainName);
}

function endOfTableSize(bytes: Buffer, at: number, end: number): number {
  let next = at + 1;
  if (((bytes[at] as number) & 0x1f) !== 0x1f) return next;
  while (next < end && (bytes[next] as number) >= 0x80) next++;
  return next + 1;
}
