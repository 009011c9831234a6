// The calls of one connection as frames come: how far each is, and whether every byte of it is its own.
import { endStream, type Frame, frameType, readFrames } from '../support/http2-frames.ts';
import type { CallBytes } from './grpc-cases.ts';

export interface SeenCall {
  readonly streamId: number;
  readonly blocks: Buffer[];
  bodyBytes: number;
  /** By END_STREAM. */
  ended: boolean;
  reset: boolean;
}

export interface CallsParts {
  /** In front of the first frame. */
  readonly skipBytes: number;
  /** What this call should be, by its first block; undefined: the frame is nobody's. */
  callOf(streamId: number, head: Buffer): CallBytes | undefined;
  /** After each frame. */
  onFrame(frame: Frame, call: SeenCall | undefined): void;
}

export class SeenCalls {
  readonly calls = new Map<number, SeenCall>();
  wrong: string | null = null;
  readonly #parts: CallsParts;
  #skipBytes: number;
  #pending: Buffer = Buffer.alloc(0);

  constructor(parts: CallsParts) {
    this.#parts = parts;
    this.#skipBytes = parts.skipBytes;
  }

  push(bytes: Buffer): void {
    const skipped = Math.min(this.#skipBytes, bytes.length);
    this.#skipBytes -= skipped;
    const { frames, rest } = readFrames(Buffer.concat([this.#pending, bytes.subarray(skipped)]));
    this.#pending = Buffer.from(rest);
    for (const each of frames) this.#take(each);
  }

  #take(frame: Frame): void {
    const call = frame.streamId === 0 ? undefined : this.#call(frame.streamId);
    if (call !== undefined) this.#takeCall(call, frame);
    else if (frame.type === frameType.headers || frame.type === frameType.data) this.wrong ??= 'a frame of no stream';
    this.#parts.onFrame(frame, call);
  }

  #takeCall(call: SeenCall, { type, flags, payload }: Frame): void {
    if (call.ended && type !== frameType.rstStream && type !== frameType.windowUpdate)
      this.wrong ??= `a frame behind the end of ${call.streamId}`;
    if (type === frameType.rstStream) call.reset = true;
    else if (type === frameType.headers) call.blocks.push(payload);
    else if (type === frameType.data) this.#takeData(call, payload);
    else if (type !== frameType.windowUpdate) this.wrong ??= `a frame of type ${type}`;
    if ((type === frameType.headers || type === frameType.data) && (flags & endStream) !== 0) call.ended = true;
  }

  #takeData(call: SeenCall, payload: Buffer): void {
    const due = this.#parts.callOf(call.streamId, call.blocks[0] ?? Buffer.alloc(0));
    if (!due?.identity.matches(call.bodyBytes, payload)) this.wrong ??= `foreign bytes in stream ${call.streamId}`;
    call.bodyBytes += payload.length;
  }

  #call(streamId: number): SeenCall {
    let call = this.calls.get(streamId);
    if (call === undefined) {
      call = { streamId, blocks: [], bodyBytes: 0, ended: false, reset: false };
      this.calls.set(streamId, call);
    }
    return call;
  }
}

/** Every byte that is due, and nothing else. */
export function isWhole(seen: SeenCall | undefined, due: CallBytes): boolean {
  if (!seen?.ended || seen.bodyBytes !== due.bodyBytes) return false;
  const blocks = due.tail.length === 0 ? [due.head] : [due.head, due.tail];
  return seen.blocks.length === blocks.length && seen.blocks.every((block, at) => block.equals(blocks[at] as Buffer));
}

/** A failure that a gRPC client can read, or a reset. */
export function isFailed(seen: SeenCall | undefined): boolean {
  if (seen === undefined) return false;
  const last = seen.blocks.at(-1)?.toString('latin1') ?? '';
  return seen.reset || (seen.ended && /grpc-status\x02?(.)/.test(last) && /grpc-status.{1,2}(14|4|13)/s.test(last));
}
