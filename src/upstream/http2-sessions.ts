// HTTP/2 sessions to one port of the runtime: as few as its stream limit allows, dead ones replaced on the next request.
import { type ClientHttp2Session, connect } from 'node:http2';
import { connect as connectSocket } from 'node:net';
import { OutriggerError } from '../errors.ts';
import type { Metrics } from '../metrics.ts';
import { hostAndPort } from './probe-target.ts';
import type { Reachability } from './reachability.ts';

export interface SessionTarget {
  readonly host: string;
  readonly port: number;
  readonly connectTimeoutMs: number;
}

export interface SessionsParts {
  readonly target: SessionTarget;
  readonly metrics: Metrics;
  readonly reachability: Reachability;
}

/** Until the runtime's SETTINGS say otherwise; RFC 9113 6.5.2 recommends no less than 100. */
const assumedMaxStreams = 100;
/** Flow control per stream and per session: a large tensor does not wait for window updates. */
const streamWindowBytes = 1 << 20;
const sessionWindowBytes = 1 << 24;

interface Entry {
  readonly session: ClientHttp2Session;
  streams: number;
}

export class Http2Sessions {
  readonly #parts: SessionsParts;
  readonly #entries = new Set<Entry>();
  #connecting: Promise<Entry> | null = null; // requests that arrive meanwhile share it

  constructor(parts: SessionsParts) {
    this.#parts = parts;
  }

  /** A live session with room for a stream, and the function that gives the room back. @throws connect failures */
  acquire(): Lease | Promise<Lease> {
    for (const entry of this.#entries) {
      if (isUsable(entry)) return lease(entry);
    }
    this.#connecting ??= this.#connect().finally(() => {
      this.#connecting = null;
    });
    return this.#connecting.then((entry) => (isUsable(entry) ? lease(entry) : this.acquire()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { session } of this.#entries) session.destroy();
  }

  #connect(): Promise<Entry> {
    const { target, metrics, reachability } = this.#parts;
    const { host, port, connectTimeoutMs } = target;
    return new Promise((resolve, reject) => {
      const socket = connectSocket({ host, port, noDelay: true, keepAlive: true });
      const deadline = setTimeout(() => {
        socket.destroy(
          new OutriggerError('UPSTREAM_TIMEOUT', `no connection to the runtime within ${connectTimeoutMs} ms`),
        );
      }, connectTimeoutMs);
      socket.once('error', (cause) => {
        clearTimeout(deadline);
        metrics.upstreamConnects('failed').add();
        reject(cause instanceof OutriggerError ? cause : reachability.connectFailure(`${host}:${port}`, cause));
      });
      socket.once('connect', () => {
        clearTimeout(deadline);
        metrics.upstreamConnects('ok').add();
        reachability.markReached();
        resolve(this.#open(socket));
      });
    });
  }

  #open(socket: ReturnType<typeof connectSocket>): Entry {
    const { host, port } = this.#parts.target;
    const session = connect(`http://${hostAndPort(host, port)}`, {
      createConnection: () => socket,
      settings: { enablePush: false, initialWindowSize: streamWindowBytes },
      maxSessionMemory: 64,
    });
    const entry: Entry = { session, streams: 0 };
    session.once('connect', () => session.setLocalWindowSize(sessionWindowBytes));
    session.on('error', () => undefined); // each stream tells its own error
    session.once('goaway', () => this.#entries.delete(entry)); // no new streams; running ones end by themselves
    session.once('close', () => {
      this.#entries.delete(entry);
      this.#parts.metrics.upstreamSessions.add(-1);
    });
    this.#parts.metrics.upstreamSessions.add(1);
    this.#entries.add(entry);
    return entry;
  }
}

export interface Lease {
  readonly session: ClientHttp2Session;
  release(): void;
}

function isUsable({ session, streams }: Entry): boolean {
  if (session.closed || session.destroyed || session.socket?.destroyed) return false;
  return streams < (session.remoteSettings?.maxConcurrentStreams ?? assumedMaxStreams);
}

function lease(entry: Entry): Lease {
  entry.streams += 1;
  return {
    session: entry.session,
    release: () => {
      entry.streams -= 1;
    },
  };
}
