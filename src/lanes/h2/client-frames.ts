// Frames of the client on their way to the runtime: which pass, and what they say about streams.
import { errorCodes } from './error-codes.ts';
import type { FrameSink } from './frame-reader.ts';
import { frameFlags, frameTypes } from './frame-types.ts';
import { Http2Fault } from './http2-fault.ts';
import { rstStream, windowUpdate } from './relay-frames.ts';
import { eachSetting, settingIds } from './relay-settings.ts';
import type { RelayTalk } from './relay-talk.ts';

export class ClientFrames implements FrameSink {
  readonly #talk: RelayTalk;
  #newestId = 0; // of streams that the client opened, also of those that went no further
  #outOfStep = false; // a block did not go up: the runtime could not decode any that follow

  constructor(talk: RelayTalk) {
    this.#talk = talk;
  }

  data(flags: number, streamId: number, length: number): boolean {
    const { streams, floods, down, refusedAbove } = this.#talk;
    const ends = (flags & frameFlags.END_STREAM) !== 0;
    if (length > 0 || ends) floods.progress();
    else floods.idleFrame();
    if (streamId > refusedAbove) {
      if (length > 0) down.add(windowUpdate(length)); // the runtime, which never sees it, will not give it back
      return false;
    }
    const stream = streams.find(streamId);
    if (stream === undefined) return true;
    stream.requestBytes += length;
    if (ends) streams.clientEnded(stream);
    return true;
  }

  headers(flags: number, streamId: number, bytes: Buffer, start: number, end: number): boolean {
    const { requests, floods, refusedAbove } = this.#talk;
    if (streamId > refusedAbove || this.#outOfStep) {
      floods.idleFrame(); // it goes nowhere, so whoever never stops is stopped
      this.#outOfStep = true;
      if (streamId <= refusedAbove) this.#cancel(streamId);
      return false;
    }
    const fits = requests.read(bytes, start, end);
    if (streamId <= this.#newestId) {
      if ((flags & frameFlags.END_STREAM) !== 0) this.#trailers(streamId);
      return true;
    }
    if (streamId % 2 === 0) throw new Http2Fault('PROTOCOL_ERROR', `a client's stream with the number ${streamId}`);
    this.#newestId = streamId;
    if (fits) this.#begin(streamId, (flags & frameFlags.END_STREAM) !== 0);
    else this.#turnAway(streamId);
    return fits;
  }

  control(type: number, flags: number, streamId: number, bytes: Buffer, start: number, end: number): boolean {
    const { streams, floods, refusedAbove } = this.#talk;
    if (type === frameTypes.RST_STREAM) {
      floods.resetByClient();
      if (streamId > refusedAbove) return false;
      streams.resetByClient(streamId);
      return true;
    }
    floods.idleFrame();
    if (type === frameTypes.SETTINGS) return this.#settings(flags, bytes, start, end);
    return streamId <= refusedAbove;
  }

  pass(bytes: Buffer, start: number, end: number): void {
    this.#talk.up.pass(bytes, start, end);
  }

  #begin(streamId: number, ends: boolean): void {
    const { streams, requests, floods } = this.#talk;
    this.#talk.lastStreamId = streamId;
    floods.progress();
    floods.streamsOpen(streams.size + 1);
    const stream = streams.begin(streamId, requests.path);
    if (ends) streams.clientEnded(stream);
  }

  #trailers(streamId: number): void {
    const stream = this.#talk.streams.find(streamId);
    if (stream !== undefined) this.#talk.streams.clientEnded(stream);
  }

  /** Not for this lane: the client may come again on a new connection, which then begins with such a request. */
  #turnAway(streamId: number): void {
    const talk = this.#talk;
    this.#outOfStep = true;
    talk.leave();
    talk.down.add(rstStream(streamId, errorCodes.REFUSED_STREAM));
  }

  /** Trailers that cannot be passed on any more as they are. */
  #cancel(streamId: number): void {
    const { streams, up, down } = this.#talk;
    if (streams.find(streamId) === undefined) return;
    streams.resetByRuntime(streamId);
    up.add(rstStream(streamId, errorCodes.CANCEL));
    down.add(rstStream(streamId, errorCodes.CANCEL));
  }

  #settings(flags: number, bytes: Buffer, start: number, end: number): boolean {
    const talk = this.#talk;
    if ((flags & frameFlags.ACK) === 0) {
      eachSetting(bytes, start, end, (id, value) => {
        if (id === settingIds.MAX_FRAME_SIZE) talk.clientMaxFrameBytes = Math.max(talk.clientMaxFrameBytes, value);
      });
      return true;
    }
    const due = talk.clientAcks.shift();
    if (due === undefined) return true; // nobody asked for it: the runtime is the judge
    if (due.tableBytes !== null) talk.requests.setTableLimit(due.tableBytes);
    return due.passes;
  }
}
