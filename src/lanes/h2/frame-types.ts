// HTTP/2's frames by number, and which of them cannot be right whatever they carry (RFC 9113 4.1 and 6).
import { Http2Fault } from './http2-fault.ts';

export const frameTypes = {
  DATA: 0x0,
  HEADERS: 0x1,
  PRIORITY: 0x2,
  RST_STREAM: 0x3,
  SETTINGS: 0x4,
  PUSH_PROMISE: 0x5,
  PING: 0x6,
  GOAWAY: 0x7,
  WINDOW_UPDATE: 0x8,
  CONTINUATION: 0x9,
} as const;

export const frameFlags = {
  /** Of SETTINGS and PING. */
  ACK: 0x1,
  /** Of DATA and HEADERS. */
  END_STREAM: 0x1,
  /** Of HEADERS and CONTINUATION. */
  END_HEADERS: 0x4,
  /** Of DATA and HEADERS. */
  PADDED: 0x8,
  /** Of HEADERS. */
  PRIORITY: 0x20,
} as const;

/**
 * A frame that is neither DATA nor part of a header block, by its head alone. Types that nobody defined pass (RFC 9113 5.5), and so
 * does PRIORITY of any size: that is an error of one stream, which its receiver answers.
 *
 * @throws Http2Fault PROTOCOL_ERROR for the wrong kind of stream, FRAME_SIZE_ERROR
 */
export function checkControlFrame(type: number, flags: number, streamId: number, length: number): void {
  switch (type) {
    case frameTypes.RST_STREAM:
      refuseConnectionStream(streamId);
      expectLength(length === 4);
      return;
    case frameTypes.PRIORITY:
      refuseConnectionStream(streamId);
      return;
    case frameTypes.SETTINGS:
      expectConnectionStream(streamId);
      expectLength((flags & frameFlags.ACK) === 0 ? length % 6 === 0 : length === 0);
      return;
    case frameTypes.PING:
      expectConnectionStream(streamId);
      expectLength(length === 8);
      return;
    case frameTypes.GOAWAY:
      expectConnectionStream(streamId);
      expectLength(length >= 8);
      return;
    case frameTypes.WINDOW_UPDATE:
      expectLength(length === 4);
      return;
    case frameTypes.PUSH_PROMISE: // clients may not push, and nothing that we stand in front of does
      throw new Http2Fault('PROTOCOL_ERROR', 'PUSH_PROMISE is not for this connection');
    case frameTypes.CONTINUATION:
      throw new Http2Fault('PROTOCOL_ERROR', 'CONTINUATION without a header block to continue');
  }
}

/** @throws Http2Fault PROTOCOL_ERROR */
export function refuseConnectionStream(streamId: number): void {
  if (streamId === 0) throw new Http2Fault('PROTOCOL_ERROR', 'a frame that needs a stream came on stream 0');
}

function expectConnectionStream(streamId: number): void {
  if (streamId !== 0) throw new Http2Fault('PROTOCOL_ERROR', `a frame of the connection came on stream ${streamId}`);
}

function expectLength(right: boolean): void {
  if (!right) throw new Http2Fault('FRAME_SIZE_ERROR', 'a frame whose type does not have that length');
}
