// Frames that the relay adds on its own (RFC 9113 6): greetings, answers, and words of farewell.
import type { OutriggerError } from '../../errors.ts';
import { grpcErrorFields, grpcErrorTrailers } from '../../http/grpc-error.ts';
import { frameHeadBytes } from './frame-head.ts';
import { frameFlags, frameTypes } from './frame-types.ts';
import { settingIds } from './relay-settings.ts';

/** The highest stream id: "no new streams, but the ones on their way are welcome" (RFC 9113 6.8). */
export const anyStream = 0x7fff_ffff;
/** Streams that a client may have open on one connection: as node's lane allows. */
export const maxClientStreams = 250;
/** So many before the runtime has named its own limit: no fewer, says RFC 9113 6.5.2, and hardly one refuses them. */
const firstClientStreams = 100;
export const settingsAck = frame(frameTypes.SETTINGS, frameFlags.ACK, 0, []);

function frame(type: number, flags: number, streamId: number, payload: ArrayLike<number>): Buffer {
  const bytes = Buffer.alloc(frameHeadBytes + payload.length);
  bytes.writeUIntBE(payload.length, 0, 3);
  bytes[3] = type;
  bytes[4] = flags;
  bytes.writeUInt32BE(streamId, 5);
  bytes.set(payload, frameHeadBytes);
  return bytes;
}

/** Our SETTINGS; the runtime's go on from there. */
export const greeting = streamLimit(firstClientStreams);
/** Behind SETTINGS of the runtime that name no limit. */
export const noRuntimeLimit = streamLimit(maxClientStreams);

function streamLimit(streams: number): Buffer {
  return frame(frameTypes.SETTINGS, 0, 0, [0, settingIds.MAX_CONCURRENT_STREAMS, ...uint32(streams)]);
}

export function pingAck(payload: Uint8Array): Buffer {
  return frame(frameTypes.PING, frameFlags.ACK, 0, payload);
}

export function rstStream(streamId: number, errorCode: number): Buffer {
  return frame(frameTypes.RST_STREAM, 0, streamId, uint32(errorCode));
}

export function goaway(lastStreamId: number, errorCode: number): Buffer {
  return frame(frameTypes.GOAWAY, 0, 0, [...uint32(lastStreamId), ...uint32(errorCode)]);
}

/** Of the connection. */
export function windowUpdate(bytes: number): Buffer {
  return frame(frameTypes.WINDOW_UPDATE, 0, 0, uint32(bytes));
}

/** The end of a stream that has failed: trailers when its answer began, else an answer of nothing but them. */
export function grpcFailure(streamId: number, error: OutriggerError, answerBegan: boolean): Buffer {
  const fields = answerBegan ? grpcErrorTrailers(error) : grpcErrorFields(error);
  const block = Object.entries(fields).map(([name, value]) => literal(name, String(value)));
  const flags = frameFlags.END_HEADERS | frameFlags.END_STREAM;
  return frame(frameTypes.HEADERS, flags, streamId, Buffer.concat(block));
}

/** A literal without indexing in plain text: no state of the runtime's encoder is touched (RFC 7541 6.2.2). */
function literal(name: string, value: string): Buffer {
  const [nameBytes, valueBytes] = [Buffer.from(name, 'latin1'), Buffer.from(value, 'latin1')];
  const lengths = [integer7(nameBytes.length), integer7(valueBytes.length)] as const;
  return Buffer.concat([Buffer.from([0]), lengths[0], nameBytes, lengths[1], valueBytes]);
}

/** An integer with a prefix of 7 bits (RFC 7541 5.1). */
function integer7(value: number): Buffer {
  if (value < 127) return Buffer.from([value]);
  const bytes = [127];
  let left = value - 127;
  for (; left >= 128; left >>>= 7) bytes.push((left & 127) | 128);
  return Buffer.from([...bytes, left]);
}

function uint32(value: number): number[] {
  return [value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff];
}
