// What does a client say before its first request? Read over and over until its header block is there, and nothing is consumed.
import { type BlockSpan, joinHeaderBlock } from './block-fragments.ts';
import { firstMaxFrameBytes, frameHeadBytes, payloadBytesAt, streamIdAt } from './frame-head.ts';
import { checkControlFrame, frameFlags, frameTypes } from './frame-types.ts';
import { Http2Fault } from './http2-fault.ts';
import { pingAck, settingsAck } from './relay-frames.ts';
import { checkSettings } from './relay-settings.ts';

export const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

/** Where the frames before the first HEADERS end, and what comes there. */
export interface Opening {
  readonly end: number;
  /** A whole header block; more bytes are needed; or something that is none of the relay's business. */
  readonly next: BlockSpan | 'incomplete' | 'odd';
}

/** What a greeted client said before its first request, sorted: for the runtime, and what it was answered at once. */
export interface Preliminaries {
  readonly replay: Buffer;
  readonly replies: Buffer;
  readonly settings: number; // each was acknowledged, and the runtime will do it again
  readonly acks: number; // of SETTINGS
  readonly frames: number;
  readonly windowBytes: number; // that the connection's window was opened by
}

/** True: the preface and all of the client's SETTINGS are there, so a server may greet. */
export function saidSettings(bytes: Buffer): boolean {
  if (!startsWithPreface(bytes) || bytes.length < preface.length + frameHeadBytes) return false;
  return endOfFrame(bytes, preface.length) <= bytes.length && isSettings(bytes, preface.length);
}

/** `bytes` from the preface on, as far as they are there. */
export function readOpening(bytes: Buffer, maxBlockBytes: number): Opening {
  if (!startsWithPreface(bytes)) return { end: 0, next: 'odd' };
  if (bytes.length < preface.length + frameHeadBytes) return { end: 0, next: 'incomplete' };
  if (!isSettings(bytes, preface.length)) return { end: preface.length, next: 'odd' };
  return readBeforeHeaders(bytes, preface.length, maxBlockBytes);
}

/** From a place where a frame begins, behind the preface. */
export function readBeforeHeaders(bytes: Buffer, start: number, maxBlockBytes: number): Opening {
  let at = start;
  while (bytes.length - at >= frameHeadBytes) {
    const type = bytes[at + 3] as number;
    if (type === frameTypes.HEADERS) return { end: at, next: readBlock(bytes, at, maxBlockBytes) };
    if (!isPreliminary(bytes, at)) return { end: at, next: 'odd' };
    const stop = endOfFrame(bytes, at);
    if (stop > bytes.length) break;
    if (type === frameTypes.WINDOW_UPDATE && windowIncrement(bytes, at) === 0) return { end: at, next: 'odd' };
    at = stop;
  }
  return { end: at, next: 'incomplete' };
}

/** Whole frames that `readOpening` found, from `start` to `end`. @throws Http2Fault SETTINGS that nobody may acknowledge */
export function sortPreliminaries(bytes: Buffer, start: number, end: number): Preliminaries {
  const replay: Buffer[] = [];
  const replies: Buffer[] = [];
  let settings = 0;
  let acks = 0;
  let frames = 0;
  let windowBytes = 0;
  for (let at = start; at < end; at = endOfFrame(bytes, at)) {
    const isAck = ((bytes[at + 4] as number) & frameFlags.ACK) !== 0;
    const whole = bytes.subarray(at, endOfFrame(bytes, at));
    frames += 1;
    if (bytes[at + 3] === frameTypes.PING) {
      if (!isAck) replies.push(pingAck(whole.subarray(frameHeadBytes)));
    } else if (bytes[at + 3] === frameTypes.SETTINGS && isAck) acks += 1;
    else {
      replay.push(whole);
      if (bytes[at + 3] === frameTypes.WINDOW_UPDATE) windowBytes += windowIncrement(bytes, at);
      if (bytes[at + 3] !== frameTypes.SETTINGS) continue;
      checkSettings(whole, frameHeadBytes, whole.length);
      settings += 1;
      replies.push(settingsAck);
    }
  }
  return { replay: Buffer.concat(replay), replies: Buffer.concat(replies), settings, acks, frames, windowBytes };
}

function windowIncrement(bytes: Buffer, at: number): number {
  return bytes.readUInt32BE(at + frameHeadBytes) & 0x7fff_ffff;
}

function startsWithPreface(bytes: Buffer): boolean {
  const length = Math.min(bytes.length, preface.length);
  return bytes.compare(preface, 0, length, 0, length) === 0;
}

function isSettings(bytes: Buffer, at: number): boolean {
  return isPreliminary(bytes, at) && bytes[at + 3] === frameTypes.SETTINGS && bytes[at + 4] === 0;
}

/** A frame of the connection that may come before a request, by its head. */
function isPreliminary(bytes: Buffer, at: number): boolean {
  const [type, flags] = [bytes[at + 3] as number, bytes[at + 4] as number];
  const streamId = streamIdAt(bytes, at);
  const length = payloadBytesAt(bytes, at);
  if (length > firstMaxFrameBytes) return false;
  try {
    checkControlFrame(type, flags, streamId, length);
  } catch (error) {
    if (error instanceof Http2Fault) return false;
    throw error;
  }
  const { SETTINGS, PING, PRIORITY, WINDOW_UPDATE } = frameTypes;
  if (type === WINDOW_UPDATE) return streamId === 0;
  return type === SETTINGS || type === PING || (type === PRIORITY && length === 5);
}

function readBlock(bytes: Buffer, start: number, maxBlockBytes: number): Opening['next'] {
  let at = start;
  for (let last = false; !last; ) {
    if (bytes.length - at < frameHeadBytes) return 'incomplete';
    if (at > start && bytes[at + 3] !== frameTypes.CONTINUATION) return 'odd';
    if (payloadBytesAt(bytes, at) > firstMaxFrameBytes) return 'odd';
    last = ((bytes[at + 4] as number) & frameFlags.END_HEADERS) !== 0;
    at = endOfFrame(bytes, at);
    if (at - start > maxBlockBytes) return 'odd';
    if (at > bytes.length) return 'incomplete';
  }
  try {
    return joinHeaderBlock(bytes, start, at);
  } catch (error) {
    if (error instanceof Http2Fault) return 'odd';
    throw error;
  }
}

function endOfFrame(bytes: Buffer, at: number): number {
  return at + frameHeadBytes + payloadBytesAt(bytes, at);
}
