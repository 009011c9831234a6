// One keep-alive connection of the plain lane to the runtime: it carries one exchange at a time, and watches itself while idle.
import type { UpstreamConfig } from '../../config/slices.ts';
import { OutriggerError } from '../../errors.ts';
import { ConnectFailure } from '../../upstream/http1-failure.ts';
import type { ConnectionEvents, PooledConnection } from '../../upstream/http1-pool.ts';
import type { LaneTools } from '../lane-tools.ts';
import { connectSocket } from '../socket/connect-socket.ts';
import type { ConnectReader, LaneSocket } from '../socket/lane-socket.ts';
import { AnswerReader } from './answer-reader.ts';
import type { IdleClock, Idler } from './idle-clock.ts';
import type { TurnEnd, TurnWaiter } from './turn-end.ts';

/** What a connection carries. */
export interface Carried {
  /** It may be sent a second time, on another connection, when this one was stale. */
  readonly repeatable: boolean;
  /** The request may be written now; `reused`: the connection carried another one before. */
  send(reused: boolean): void;
  /** As SocketReader.read; only behind `send`. */
  read(bytes: Buffer, length: number): boolean;
  /** Chunks of the answer are on their way to somebody: no read until they are free. */
  readonly held: boolean;
  /** FIN; only behind `send`. False: the answer is not whole. */
  ended(): boolean;
  drained(): void;
  /** The connection ended, or could not be made (ConnectFailure). It carries nothing any more. */
  broken(error: Error): void;
}

export interface ConnectionParts {
  readonly config: UpstreamConfig;
  readonly tools: LaneTools;
  readonly turns: TurnEnd;
  readonly idle: IdleClock;
}

/** Of the 1,024 that one poll has room for (turn-end.ts); 512 are the clients' (client/client-lane.ts), the rest anybody's. */
const fewConnections = 256;

/**
 * Connecting, open, gone. An open one is idle (it carries nothing), waits (what it carries is not written before the turn of the event
 * loop ends), or is busy (`#sent`); a guarded one is busy but must not read an answer before that end.
 */
export class RuntimeConnection implements PooledConnection, ConnectReader, TurnWaiter, Idler {
  readonly answer = new AnswerReader();
  readonly socket: LaneSocket;
  idleUntilMs = Number.POSITIVE_INFINITY;
  readonly #parts: ConnectionParts;
  readonly #events: ConnectionEvents<RuntimeConnection>;
  readonly #deadline: NodeJS.Timeout; // of connecting
  #state: 'connecting' | 'open' | 'gone' = 'connecting';
  #carried: Carried | null = null;
  #sent = false; // what is carried writes, or wrote
  #reused = false;
  #guarded = false; // the request was written in this turn: what is read in it lay in the kernel before
  #filled = false; // the last read filled its buffer: another may follow at once
  #privateBuffer: Buffer | null = null;

  constructor(parts: ConnectionParts, events: ConnectionEvents<RuntimeConnection>) {
    this.#parts = parts;
    this.#events = events;
    const { connectTimeoutMs } = parts.config;
    this.socket = connectSocket(parts.config, this);
    this.#deadline = setTimeout(() => {
      const late = `no connection to the runtime within ${connectTimeoutMs} ms`;
      this.#lose(new OutriggerError('UPSTREAM_TIMEOUT', late));
    }, connectTimeoutMs);
    parts.idle.add(this);
  }

  /** Sends it as soon as the connection stands. What an idle one still has to say is never taken for the answer (turn-end.ts). */
  carry(exchange: Carried): void {
    this.idleUntilMs = Number.POSITIVE_INFINITY;
    this.#carried = exchange;
    this.#sent = false;
    if (this.#state !== 'open') return;
    const { turns, tools, idle } = this.#parts;
    turns.wait(this);
    this.#guarded = tools.reading.now && exchange.repeatable && !this.#filled && idle.size <= fewConnections;
    if (this.#guarded) this.#send();
  }

  /** What it carried is over, and it may carry another. */
  rest(idleMs: number): void {
    this.#carried = null;
    this.#sent = false;
    this.#reused = true;
    this.idleUntilMs = performance.now() + idleMs;
    this.#parts.idle.note(this.idleUntilMs);
  }

  /** The private buffer that holds the read given last, if it is one; who takes it gives it back to the pool of buffers. */
  takeBuffer(): Buffer | null {
    const taken = this.#privateBuffer;
    this.#privateBuffer = null;
    return taken;
  }

  connected(): void {
    if (this.#state === 'gone') return;
    clearTimeout(this.#deadline);
    this.#state = 'open';
    this.#events.connected();
    this.#send();
  }

  turnEnded(): void {
    this.#guarded = false;
    if (this.#state === 'open' && !this.#sent) this.#send();
  }

  buffer(): Buffer {
    const { buffers } = this.#parts.tools;
    if (this.#carried !== null && this.#privateBuffer !== null && this.#carried.held) return this.#privateBuffer;
    if (this.#carried !== null && this.#sent && this.answer.large) {
      this.#privateBuffer ??= buffers.lend();
      return this.#privateBuffer ?? buffers.shared;
    }
    this.#giveBackBuffer();
    return buffers.shared;
  }

  read(bytes: Buffer, length: number): boolean {
    this.#filled = length === bytes.length;
    if (this.#carried !== null && this.#sent && !this.#guarded) return this.#carried.read(bytes, length);
    this.#lose(new Error('bytes that nobody asked for'));
    return false;
  }

  ended(): void {
    if (this.#carried !== null && this.#sent && !this.#guarded && this.#carried.ended()) return;
    this.#lose(new Error('other side closed'));
  }

  drained(): void {
    this.#carried?.drained();
  }

  closed(error: Error | null): void {
    this.#lose(error ?? new Error('closed'));
  }

  retire(): void {
    this.#lose(new Error('idle'));
  }

  /** Ends the connection at once, also while it is being made; what it carries is told. */
  destroy(): void {
    this.#lose(new Error('given up'));
  }

  #send(): void {
    if (this.#carried === null || this.socket.socket.destroyed) return; // by RST: closed() follows, and nothing was sent
    this.#sent = true;
    this.#carried.send(this.#reused);
  }

  #lose(error: Error): void {
    if (this.#state === 'gone') return;
    const failure = this.#state === 'connecting' ? new ConnectFailure(error) : error;
    this.#state = 'gone';
    clearTimeout(this.#deadline);
    this.idleUntilMs = Number.POSITIVE_INFINITY;
    this.#parts.idle.remove(this);
    this.socket.destroy();
    const carried = this.#carried;
    this.#carried = null;
    carried?.broken(failure); // before the buffer: it may hold what is on its way to somebody
    this.#giveBackBuffer();
    this.#events.closed(this);
  }

  #giveBackBuffer(): void {
    const buffer = this.takeBuffer();
    if (buffer !== null) this.#parts.tools.buffers.giveBack(buffer);
  }
}
