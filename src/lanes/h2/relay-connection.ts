// One client's connection and the runtime's that belongs to it: frames pass between them until one of the two ends.
import type { UpstreamConfig } from '../../config/slices.ts';
import type { OutriggerError } from '../../errors.ts';
import { hostAndPort } from '../../http/authority.ts';
import type { Log } from '../../log.ts';
import type { Metrics } from '../../metrics.ts';
import type { Drain } from '../../server/drain.ts';
import type { Reachability } from '../../upstream/reachability.ts';
import type { LaneTools } from '../lane-tools.ts';
import { connectSocket } from '../socket/connect-socket.ts';
import type { ConnectReader, LaneSocket } from '../socket/lane-socket.ts';
import { ClientFrames } from './client-frames.ts';
import { errorCodes } from './error-codes.ts';
import { firstMaxFrameBytes } from './frame-head.ts';
import { FrameReader, type FrameSink } from './frame-reader.ts';
import { Http2Fault } from './http2-fault.ts';
import { connectionBroke, noConnection, noHttp2, tellFault } from './relay-failures.ts';
import { anyStream, greeting, grpcFailure, rstStream } from './relay-frames.ts';
import { preface } from './relay-opening.ts';
import { maxHeadBytes, type RelayLimits } from './relay-request.ts';
import { openTalk, type RelayTalk } from './relay-talk.ts';
import { RuntimeFrames } from './runtime-frames.ts';

export interface RelayConnectionParts extends LaneTools {
  readonly config: RelayLimits;
  readonly upstream: UpstreamConfig;
  readonly drain: Drain;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly reachability: Reachability;
}

/** What was said before the relay began; null: only the client spoke. */
export interface Greeted {
  /** SETTINGS of the client that were acknowledged. */
  readonly acknowledged: number;
  /** The client has not acknowledged ours yet. */
  readonly owesAck: boolean;
}

const maxAnswerBlockBytes = 1_048_576;
/** A client that was told the last word has so long to close, or to read it first; what it still sends is dropped. */
const lingerMs = { toClose: 1000, toRead: 30_000 };

export class RelayConnection {
  readonly #parts: RelayConnectionParts;
  readonly #client: LaneSocket;
  readonly #runtime: LaneSocket;
  readonly #talk: RelayTalk;
  readonly #fromClient: FrameReader;
  readonly #fromRuntime: FrameReader;
  readonly #name: string;
  #timer: NodeJS.Timeout | undefined; // until the runtime's SETTINGS; later until the client has closed
  #connected = false;
  #over = false; // nothing is relayed any more

  constructor(parts: RelayConnectionParts, client: LaneSocket, greeted: Greeted | null) {
    const { grpcHost: host, grpcPort: port } = parts.upstream;
    this.#parts = parts;
    this.#client = client;
    this.#name = hostAndPort(host, port);
    this.#runtime = connectSocket({ host, port }, this.#runtimeReader());
    this.#talk = openTalk(parts, this.#runtime, client);
    this.#fromClient = openReader(new ClientFrames(this.#talk), maxHeadBytes(parts.config));
    this.#fromRuntime = openReader(new RuntimeFrames(this.#talk), maxAnswerBlockBytes);
    this.#timer = setTimeout(() => this.#tooLate(), parts.upstream.connectTimeoutMs);
    if (greeted === null || greeted.owesAck) this.#talk.clientAcks.push({ passes: false, tableBytes: null });
    if (greeted === null) client.write(greeting);
    else this.#talk.runtimeAcksToDrop = greeted.acknowledged;
  }

  /** All that the client said, from its preface on, without what only the greeting was about. */
  begin(bytes: Buffer): void {
    this.#runtime.write(preface);
    this.readClient(bytes, preface.length, bytes.length);
  }

  /** False: read no more until `resume` of the socket. */
  readClient(bytes: Buffer, start: number, end: number): boolean {
    if (this.#over) return true;
    try {
      this.#fromClient.read(bytes, start, end);
    } catch (error) {
      this.#endByClient(error);
      return true;
    }
    this.#settle();
    return !this.#runtime.pending;
  }

  clientDrained(): void {
    if (this.#over) this.#linger();
    else this.#runtime.resume();
  }

  clientLeft(): void {
    this.#finish();
    this.#talk.streams.clientLeft();
    clearTimeout(this.#timer);
    this.#client.destroy();
  }

  askToLeave(): void {
    if (this.#over) return;
    this.#talk.sayGoaway(anyStream, errorCodes.NO_ERROR);
    this.#settle();
  }

  endWhenIdle(): void {
    if (this.#over) return;
    this.#talk.leave();
    this.#settle();
  }

  #readRuntime(bytes: Buffer, length: number): boolean {
    try {
      const reader = this.#fromRuntime;
      // Whatever waits for the end of a frame goes behind the one that began in an earlier read.
      const first = this.#talk.down.waits ? Math.min(reader.leftOfFrame, length) : 0;
      if (first > 0) {
        reader.read(bytes, 0, first);
        this.#settle();
      }
      if (!this.#over) reader.read(bytes, first, length);
    } catch (error) {
      this.#breakByRuntime(error);
      return true;
    }
    if (this.#talk.runtimeSpoke && !this.#over) clearTimeout(this.#timer);
    this.#settle();
    return !this.#client.pending;
  }

  /** After every read: frames of ours go out where a frame has ended, and a connection that is done ends. */
  #settle(): void {
    const talk = this.#talk;
    talk.streams.readEnded();
    if (this.#over) return;
    this.#fromRuntime.setMaxFrameBytes(talk.clientMaxFrameBytes);
    this.#fromClient.setMaxFrameBytes(talk.runtimeMaxFrameBytes);
    if (talk.up.waits && !this.#fromClient.midFrame) talk.up.flush();
    if (this.#fromRuntime.midFrame) return;
    if (talk.down.waits) talk.down.flush();
    if (talk.leaving && talk.streams.size === 0) this.#sayGoodbye();
  }

  /** The runtime cannot go on: each call that waits is told so, as far as the client can still be told anything. */
  #fail(error: OutriggerError): void {
    if (this.#over) return;
    if (this.#fromRuntime.midFrame) {
      this.#cut(error);
      return;
    }
    const { streams, down, lastStreamId } = this.#talk;
    for (const stream of streams) {
      this.#parts.metrics.errors(error.code).add();
      if (!stream.runtimeEnded) down.add(grpcFailure(stream.id, error, stream.answerBegan));
      if (!stream.clientEnded) down.add(rstStream(stream.id, errorCodes.NO_ERROR));
    }
    streams.endAll(error.httpStatus);
    this.#talk.sayGoaway(lastStreamId, errorCodes.NO_ERROR);
    down.flush();
    this.#sayGoodbye();
  }

  /** Half a frame is with the client: nothing may stand behind it. */
  #cut(error: OutriggerError): void {
    this.#finish();
    for (const _stream of this.#talk.streams) this.#parts.metrics.errors(error.code).add();
    this.#talk.streams.endAll(error.httpStatus);
    clearTimeout(this.#timer);
    this.#client.reset();
  }

  #endByClient(error: unknown): void {
    if (!(error instanceof Http2Fault)) throw error;
    tellFault(error, this.#parts);
    const { streams, down, lastStreamId } = this.#talk;
    streams.clientLeft();
    if (!this.#fromRuntime.midFrame) {
      this.#talk.sayGoaway(lastStreamId, error.http2Code);
      down.flush();
    }
    this.#sayGoodbye();
  }

  #breakByRuntime(cause: unknown): void {
    if (!(cause instanceof Http2Fault)) throw cause;
    const error = noHttp2(this.#name, cause.message, cause);
    if (this.#talk.runtimeSpoke)
      this.#cut(error); // frames of the same read may be lost
    else this.#fail(error);
  }

  /** All is said: the client closes, or is closed a moment later. */
  #sayGoodbye(): void {
    this.#finish();
    this.#client.end();
    this.#client.resume();
    this.#linger();
  }

  #linger(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#client.destroy(), this.#client.pending ? lingerMs.toRead : lingerMs.toClose);
  }

  #finish(): void {
    this.#over = true;
    this.#runtime.destroy();
  }

  #tooLate(): void {
    const within = `within ${this.#parts.upstream.connectTimeoutMs} ms`;
    if (!this.#connected) this.#parts.metrics.upstreamConnects('failed').add();
    this.#fail(this.#connected ? noHttp2(this.#name, `no SETTINGS ${within}`) : noConnection(this.#name, within));
  }

  #runtimeReader(): ConnectReader {
    const { metrics, reachability, buffers } = this.#parts;
    return {
      buffer: () => buffers.shared,
      read: (bytes, length) => this.#over || this.#readRuntime(bytes, length),
      connected: () => {
        this.#connected = true;
        reachability.markReached();
        metrics.upstreamConnects('ok').add();
        metrics.upstreamSessions.add(1);
      },
      ended: () => this.#fail(connectionBroke(null)),
      drained: () => {
        if (!this.#over) this.#client.resume();
      },
      closed: (error) => {
        if (this.#connected) {
          metrics.upstreamSessions.add(-1);
          this.#fail(connectionBroke(error));
        } else if (!this.#over) {
          metrics.upstreamConnects('failed').add();
          this.#fail(reachability.connectFailure(this.#name, error ?? new Error('closed')));
        }
      },
    };
  }
}

function openReader(sink: FrameSink, maxHeaderBlockBytes: number): FrameReader {
  return new FrameReader(sink, { maxFrameBytes: firstMaxFrameBytes, maxHeaderBlockBytes });
}
