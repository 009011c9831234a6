// Where are the parts of a frame's head (RFC 9113 4.1)? Its type is the fourth byte, its flags are the fifth.

/** Length, type, flags and stream id in front of each frame. */
export const frameHeadBytes = 9;

/** SETTINGS_MAX_FRAME_SIZE before anybody says more, and the least that it can be (RFC 9113 6.5.2). */
export const firstMaxFrameBytes = 16_384;

/** Bytes of the payload, without the head. */
export function payloadBytesAt(bytes: Buffer, at: number): number {
  return ((bytes[at] as number) << 16) | ((bytes[at + 1] as number) << 8) | (bytes[at + 2] as number);
}

export function streamIdAt(bytes: Buffer, at: number): number {
  const high = ((bytes[at + 5] as number) & 0x7f) << 24; // the first bit is reserved, and ignored
  return high | ((bytes[at + 6] as number) << 16) | ((bytes[at + 7] as number) << 8) | (bytes[at + 8] as number);
}
