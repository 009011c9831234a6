// SETTINGS that pass by: read, and lowered in place to what this side can keep (RFC 9113 6.5.1).

const settingBytes = 6;

export function eachSetting(bytes: Buffer, start: number, end: number, see: (id: number, value: number) => void): void {
  for (let at = start; at + settingBytes <= end; at += settingBytes) {
    see(bytes.readUInt16BE(at), bytes.readUInt32BE(at + 2));
  }
}

/** Values of `wanted` that are larger than `most` are made equal to it. */
export function lowerSetting(
  bytes: Buffer,
  { start, end, wanted, most }: { start: number; end: number; wanted: number; most: number },
): void {
  for (let at = start; at + settingBytes <= end; at += settingBytes) {
    if (bytes.readUInt16BE(at) === wanted && bytes.readUInt32BE(at + 2) > most) bytes.writeUInt32BE(most, at + 2);
  }
}
