// Frames of the runtime on their way to the client: which pass, and what they say about streams.
import { errorCodes } from './error-codes.ts';
import type { FrameSink } from './frame-reader.ts';
import { frameFlags, frameTypes } from './frame-types.ts';
import { Http2Fault } from './http2-fault.ts';
import { noStatus } from './relay-failures.ts';
import { grpcFailure, maxClientStreams, noRuntimeLimit, rstStream } from './relay-frames.ts';
import { eachSetting, lowerSetting, settingIds } from './relay-settings.ts';
import { readPlainStatus } from './relay-status.ts';
import type { RelayTalk } from './relay-talk.ts';

/** What the client's encoder may have us remember, whatever the runtime would: 64 KB a connection. */
const maxTableBytes = 65_536;

export class RuntimeFrames implements FrameSink {
  readonly #talk: RelayTalk;

  constructor(talk: RelayTalk) {
    this.#talk = talk;
  }

  data(flags: number, streamId: number, length: number): boolean | 'unended' {
    const { streams, floods } = this.#talk;
    this.#expectSettings();
    if (length > 0) floods.progress();
    const stream = streams.find(streamId);
    if (stream === undefined) return true;
    stream.responseBytes += length;
    if ((flags & frameFlags.END_STREAM) === 0) return true;
    streams.runtimeEnded(stream);
    return stream.status === 200 ? 'unended' : true;
  }

  /** An answer of gRPC ends with a status, or its client is told that there was none. */
  behind(streamId: number): void {
    const { down } = this.#talk;
    down.add(grpcFailure(streamId, noStatus(), true));
    down.flush();
  }

  headers(flags: number, streamId: number, bytes: Buffer, start: number, end: number): boolean {
    const { streams } = this.#talk;
    this.#expectSettings();
    const stream = streams.find(streamId);
    if (stream === undefined) return true;
    if (!stream.answerBegan) {
      stream.status = readPlainStatus(bytes, start, end);
      stream.answerBegan = stream.status === 0 || stream.status >= 200; // else an interim one
    }
    if ((flags & frameFlags.END_STREAM) !== 0) streams.runtimeEnded(stream);
    return true;
  }

  control(type: number, flags: number, streamId: number, bytes: Buffer, start: number, end: number): boolean {
    const talk = this.#talk;
    if (type === frameTypes.SETTINGS) return this.#settings(flags, bytes, start, end);
    this.#expectSettings();
    if (type === frameTypes.RST_STREAM) return this.#reset(streamId, bytes.readUInt32BE(start));
    if (type === frameTypes.GOAWAY) {
      const lastStreamId = bytes.readUInt32BE(start) & 0x7fff_ffff;
      talk.streams.endAbove(lastStreamId);
      bytes.writeUInt32BE(talk.lastToTell(lastStreamId), start);
    }
    return true;
  }

  pass(bytes: Buffer, start: number, end: number): void {
    this.#talk.down.pass(bytes, start, end);
  }

  /** The runtime's own code goes on; a reset without an error ends an answer as its lack of a status does. */
  #reset(streamId: number, errorCode: number): boolean {
    const { streams, down } = this.#talk;
    const stream = streams.find(streamId);
    streams.resetByRuntime(streamId);
    if (errorCode !== errorCodes.NO_ERROR || stream === undefined || stream.runtimeEnded) return true;
    if (stream.answerBegan && stream.status !== 200) return true;
    down.add(grpcFailure(streamId, noStatus(), stream.answerBegan));
    if (!stream.clientEnded) down.add(rstStream(streamId, errorCodes.NO_ERROR)); // it need not send the rest (RFC 9113 8.1)
    return false;
  }

  #settings(flags: number, bytes: Buffer, start: number, end: number): boolean {
    const talk = this.#talk;
    if ((flags & frameFlags.ACK) !== 0) {
      this.#expectSettings();
      if (talk.runtimeAcksToDrop === 0) return true;
      talk.runtimeAcksToDrop -= 1;
      return false;
    }
    const span = { start, end };
    lowerSetting(bytes, { ...span, wanted: settingIds.HEADER_TABLE_SIZE, most: maxTableBytes });
    lowerSetting(bytes, { ...span, wanted: settingIds.MAX_CONCURRENT_STREAMS, most: maxClientStreams });
    let tableBytes: number | null = null;
    let limits = talk.runtimeSpoke; // only the first ones can leave the limit at that of our greeting
    eachSetting(bytes, start, end, (id, value) => {
      if (id === settingIds.HEADER_TABLE_SIZE) tableBytes = value;
      else if (id === settingIds.MAX_CONCURRENT_STREAMS) limits = true;
      else if (id === settingIds.MAX_FRAME_SIZE) talk.runtimeMaxFrameBytes = Math.max(talk.runtimeMaxFrameBytes, value);
    });
    talk.runtimeSpoke = true;
    talk.clientAcks.push({ passes: true, tableBytes });
    if (!limits) {
      talk.down.add(noRuntimeLimit);
      talk.clientAcks.push({ passes: false, tableBytes: null });
    }
    return true;
  }

  #expectSettings(): void {
    if (!this.#talk.runtimeSpoke) throw new Http2Fault('PROTOCOL_ERROR', 'no SETTINGS first');
  }
}
