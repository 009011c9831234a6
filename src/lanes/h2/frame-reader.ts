// Where do the frames of an HTTP/2 connection begin and end, in reads cut anywhere, and what may be passed on by now?
import { joinHeaderBlock } from './block-fragments.ts';
import { frameHeadBytes, payloadBytesAt, streamIdAt } from './frame-head.ts';
import { checkControlFrame, frameFlags, frameTypes, refuseConnectionStream } from './frame-types.ts';
import { Http2Fault } from './http2-fault.ts';

/**
 * Who follows one direction of a connection. What is shown returns whether it is passed on; false swallows it. All calls come from
 * `FrameReader.read`, in the order of the wire, a frame always before its bytes are passed.
 */
export interface FrameSink {
  /**
   * The head of a DATA frame with `length` bytes of payload, padding included, which pass as they come. 'unended': it passes without
   * its END_STREAM, and `behind` follows its last byte.
   */
  data(flags: number, streamId: number, length: number): boolean | 'unended';
  /** Who says 'unended' puts another end here: behind all that was passed, in front of all that follows. */
  behind?(streamId: number): void;
  /** A whole header block, without padding and priority, in `bytes` from `start` to `end`; flags are those of its HEADERS frame. */
  headers(flags: number, streamId: number, bytes: Buffer, start: number, end: number): boolean;
  /** Any other frame, whole; its payload is in `bytes` from `start` to `end`. */
  control(type: number, flags: number, streamId: number, bytes: Buffer, start: number, end: number): boolean;
  /**
   * Bytes that go on: whole frames, and parts of DATA frames. Mostly once a read. They are views of what was read, or of a buffer
   * that nobody touches again.
   */
  pass(bytes: Buffer, start: number, end: number): void;
}

export interface FrameLimits {
  /** SETTINGS_MAX_FRAME_SIZE that the receiver of this direction has announced; may be changed with `setMaxFrameBytes`. */
  readonly maxFrameBytes: number;
  /** Of a header block, its frames' heads included: what stops endless CONTINUATION. */
  readonly maxHeaderBlockBytes: number;
}

/** What a frame other than DATA, HEADERS and CONTINUATION may have: they are held until they are whole. */
const maxControlBytes = 16_384;
const incomplete = -1;
/** A first buffer for a frame that is not whole; most control frames fit. */
const firstCarryBytes = 64;

export class FrameReader {
  readonly #sink: FrameSink;
  readonly #maxHeaderBlockBytes: number;
  #maxFrameBytes: number;
  #dataLeft = 0; // payload of a DATA frame that is still to come
  #passes = true; // what the sink said of the frame shown last
  #unended = 0; // the stream whose end was taken off the DATA frame that passes; 0: none
  #carry: Buffer | null = null; // the beginning of a frame, or of a header block, that is not whole
  #carried = 0;
  #checked = 0; // of an incomplete header block: bytes of the frames that are whole
  #stopped = false;

  constructor(sink: FrameSink, limits: FrameLimits) {
    this.#sink = sink;
    this.#maxFrameBytes = limits.maxFrameBytes;
    this.#maxHeaderBlockBytes = limits.maxHeaderBlockBytes;
  }

  setMaxFrameBytes(bytes: number): void {
    this.#maxFrameBytes = bytes;
  }

  /** What was passed ends within a DATA frame: no other frame may be put behind it. Ask between reads. */
  get midFrame(): boolean {
    return this.#dataLeft > 0 && this.#passes;
  }

  /** Bytes of a DATA frame that are still to come, whether it is passed or not. */
  get leftOfFrame(): number {
    return this.#dataLeft;
  }

  /** The sink's call from within: nothing more is shown or passed, this read's bytes before it included. */
  stop(): void {
    this.#stopped = true;
  }

  /**
   * The next bytes of the connection; behind the client's preface, if it is the client's side.
   *
   * @throws Http2Fault the connection cannot go on; frames of this read that came before may be shown but not passed
   */
  read(bytes: Buffer, start: number, end: number): void {
    let at = this.#carried > 0 ? this.#readCarried(bytes, start, end) : start;
    let from = at; // the first byte that was not passed
    while (at < end && !this.#stopped) {
      const next = this.#dataLeft > 0 ? this.#payload(at, end) : this.#frame(bytes, at, end);
      if (next === incomplete) {
        this.#keep(bytes, at, end);
        break;
      }
      if (!this.#passes) {
        this.#pass(bytes, from, at);
        from = next;
      }
      at = next;
      if (this.#unended !== 0 && this.#dataLeft === 0) {
        this.#pass(bytes, from, at);
        from = at;
        this.#tellEnd();
      }
    }
    this.#pass(bytes, from, at);
  }

  #pass(bytes: Buffer, start: number, end: number): void {
    if (start < end && !this.#stopped) this.#sink.pass(bytes, start, end);
  }

  #tellEnd(): void {
    const streamId = this.#unended;
    this.#unended = 0;
    if (!this.#stopped) this.#sink.behind?.(streamId);
  }

  #payload(at: number, end: number): number {
    const stop = Math.min(end, at + this.#dataLeft);
    this.#dataLeft -= stop - at;
    return stop;
  }

  /** Shows the frame, or the header block, that begins at `at`, if it is there; returns where it ends: DATA behind its head. */
  #frame(bytes: Buffer, at: number, end: number): number {
    if (end - at < frameHeadBytes) return incomplete;
    const length = this.#lengthAt(bytes, at);
    const type = bytes[at + 3] as number;
    if (type === frameTypes.HEADERS) return this.#headerBlock(bytes, at, end);
    const flags = bytes[at + 4] as number;
    const streamId = streamIdAt(bytes, at);
    if (type === frameTypes.DATA) {
      refuseConnectionStream(streamId);
      this.#dataLeft = length;
      const passes = this.#sink.data(flags, streamId, length);
      this.#passes = passes !== false;
      if (passes === 'unended') {
        bytes[at + 4] = flags & ~frameFlags.END_STREAM;
        this.#unended = streamId;
      }
      return at + frameHeadBytes;
    }
    checkControlFrame(type, flags, streamId, length);
    if (length > maxControlBytes) throw new Http2Fault('ENHANCE_YOUR_CALM', `a control frame of ${length} bytes`);
    const stop = at + frameHeadBytes + length;
    if (stop > end) return incomplete;
    this.#passes = this.#sink.control(type, flags, streamId, bytes, at + frameHeadBytes, stop);
    return stop;
  }

  /** HEADERS and its CONTINUATIONs, with nothing between them (RFC 9113 6.10), as one. */
  #headerBlock(bytes: Buffer, at: number, end: number): number {
    const streamId = streamIdAt(bytes, at);
    refuseConnectionStream(streamId);
    let stop = at + this.#checked;
    for (let last = false; !last; ) {
      const head = stop;
      if (end - head >= frameHeadBytes) {
        if (head > at) this.#expectContinuation(bytes, head, streamId);
        stop = head + frameHeadBytes + this.#lengthAt(bytes, head);
        if (stop - at > this.#maxHeaderBlockBytes)
          throw new Http2Fault('ENHANCE_YOUR_CALM', 'a header block too large');
      }
      if (end - head < frameHeadBytes || stop > end) {
        this.#checked = head - at;
        return incomplete;
      }
      last = ((bytes[head + 4] as number) & frameFlags.END_HEADERS) !== 0;
    }
    this.#checked = 0;
    const block = joinHeaderBlock(bytes, at, stop);
    this.#passes = this.#sink.headers(bytes[at + 4] as number, streamId, block.bytes, block.start, block.end);
    return stop;
  }

  #expectContinuation(bytes: Buffer, at: number, streamId: number): void {
    if (bytes[at + 3] === frameTypes.CONTINUATION && streamIdAt(bytes, at) === streamId) return;
    throw new Http2Fault('PROTOCOL_ERROR', `another frame within the header block of stream ${streamId}`);
  }

  #lengthAt(bytes: Buffer, at: number): number {
    const length = payloadBytesAt(bytes, at);
    if (length > this.#maxFrameBytes) throw new Http2Fault('FRAME_SIZE_ERROR', `a frame of ${length} bytes`);
    return length;
  }

  /** Adds to what was kept just what it lacks, shows and passes it once it is whole; returns where its bytes ended. */
  #readCarried(bytes: Buffer, start: number, end: number): number {
    let at = start;
    while (at < end) {
      const stop = Math.min(end, at + this.#lacking());
      this.#keep(bytes, at, stop);
      at = stop;
      const carry = this.#carry as Buffer;
      const length = this.#frame(carry, 0, this.#carried);
      if (length === incomplete) continue;
      this.#carry = null;
      this.#carried = 0;
      if (this.#passes) this.#pass(carry, 0, length);
      if (this.#unended !== 0 && this.#dataLeft === 0) this.#tellEnd();
      break;
    }
    return at;
  }

  /** Bytes to the end of the frame's head, or, that being there, of the frame. */
  #lacking(): number {
    const inHead = this.#checked + frameHeadBytes - this.#carried;
    if (inHead > 0) return inHead;
    return inHead + this.#lengthAt(this.#carry as Buffer, this.#checked);
  }

  #keep(bytes: Buffer, start: number, end: number): void {
    const needed = this.#carried + end - start;
    if (this.#carry === null || this.#carry.length < needed) {
      const larger = Buffer.allocUnsafe(Math.max(firstCarryBytes, 2 * needed));
      this.#carry?.copy(larger, 0, 0, this.#carried);
      this.#carry = larger;
    }
    bytes.copy(this.#carry, this.#carried, start, end);
    this.#carried = needed;
  }
}
