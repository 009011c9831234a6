// What the two directions of a relayed connection know of each other.
import type { LaneSocket } from '../socket/lane-socket.ts';
import type { Scratch } from '../socket/scratch.ts';
import { errorCodes } from './error-codes.ts';
import { firstMaxFrameBytes } from './frame-head.ts';
import { RelayFloods } from './relay-floods.ts';
import { anyStream, goaway } from './relay-frames.ts';
import { RelayOutlet } from './relay-outlet.ts';
import { type RelayLimits, RelayRequests } from './relay-request.ts';
import { RelayStreams, type StreamsParts } from './relay-streams.ts';

export interface TalkParts extends StreamsParts {
  readonly config: RelayLimits;
  readonly scratch: Scratch;
}

export function openTalk(parts: TalkParts, runtime: LaneSocket, client: LaneSocket): RelayTalk {
  return new RelayTalk({
    streams: new RelayStreams(parts),
    requests: new RelayRequests(parts.config),
    floods: new RelayFloods(),
    up: new RelayOutlet(runtime, parts.scratch),
    down: new RelayOutlet(client, parts.scratch),
  });
}

/** An acknowledgement that the client owes: of the runtime's SETTINGS, or of ours, which the runtime must not hear of. */
export interface AckDue {
  readonly passes: boolean;
  /** SETTINGS_HEADER_TABLE_SIZE that it acknowledges; null: nothing was said. */
  readonly tableBytes: number | null;
}

export class RelayTalk {
  readonly streams: RelayStreams;
  readonly requests: RelayRequests;
  readonly floods: RelayFloods;
  readonly up: RelayOutlet;
  readonly down: RelayOutlet;
  /** In the order in which SETTINGS went to the client. */
  readonly clientAcks: AckDue[] = [];
  /** Of the runtime, for SETTINGS that the client was told to be acknowledged already. */
  runtimeAcksToDrop = 0;
  /** The newest stream that went to the runtime. */
  lastStreamId = 0;
  /** Streams above were told by a GOAWAY of ours that nobody serves them here. */
  refusedAbove = Number.POSITIVE_INFINITY;
  /** The largest SETTINGS_MAX_FRAME_SIZE of each: a smaller one holds from a moment on that only its receiver knows. */
  clientMaxFrameBytes = firstMaxFrameBytes;
  runtimeMaxFrameBytes = firstMaxFrameBytes;
  runtimeSpoke = false; // its SETTINGS are there
  #toldLast = anyStream; // by the last GOAWAY to the client

  constructor(parts: Pick<RelayTalk, 'streams' | 'requests' | 'floods' | 'up' | 'down'>) {
    this.streams = parts.streams;
    this.requests = parts.requests;
    this.floods = parts.floods;
    this.up = parts.up;
    this.down = parts.down;
  }

  /** Streams behind the newest one are told that nobody serves them here. */
  leave(): void {
    this.refusedAbove = Math.min(this.refusedAbove, this.lastStreamId);
    this.sayGoaway(this.refusedAbove, errorCodes.NO_ERROR);
  }

  sayGoaway(lastStreamId: number, errorCode: number): void {
    this.down.add(goaway(this.lastToTell(lastStreamId), errorCode));
  }

  /**
   * What a GOAWAY to the client says instead, ours or the runtime's: a later one never names a higher stream, or the client breaks
   * all of its calls off (RFC 9113 6.8). In a pod both are told to stop at once.
   */
  lastToTell(lastStreamId: number): number {
    this.#toldLast = Math.min(this.#toldLast, lastStreamId);
    return this.#toldLast;
  }

  get leaving(): boolean {
    return this.refusedAbove !== Number.POSITIVE_INFINITY;
  }
}
