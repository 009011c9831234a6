// One HTTP/2 connection to the runtime: open once its SETTINGS came, so that its stream limit is known and it does speak HTTP/2.
import { type ClientHttp2Session, type ClientSessionOptions, connect } from 'node:http2';
import { connect as connectSocket, type Socket } from 'node:net';
import { OutriggerError } from '../errors.ts';
import { hostAndPort } from '../http/authority.ts';
import type { Reachability } from './reachability.ts';

export interface SessionTarget {
  readonly host: string;
  readonly port: number;
  /** From the first SYN to the runtime's SETTINGS. */
  readonly connectTimeoutMs: number;
}

/**
 * Flow control per stream and per session: a large tensor does not wait for window updates, and a stream that nobody
 * reads holds no more than this. (node:http2 opens the session's window again by itself, also for paused streams.)
 */
const streamWindowBytes = 1 << 18;
const sessionWindowBytes = 1 << 24;

const sessionOptions = {
  settings: { enablePush: false, initialWindowSize: streamWindowBytes, maxHeaderListSize: 1 << 18 },
  maxHeaderListPairs: 2048,
  maxSendHeaderBlockLength: 1 << 20,
  maxSessionMemory: 1024, // MB; shared by all clients, whose own sessions are bounded
  strictSingleValueFields: false, // duplicates are the client's affair, and the runtime's
} as ClientSessionOptions;

/** TCP keep-alive: finds a connection that lost its peer without a word; PING would annoy gRPC servers. */
const keepAliveInitialDelay = 15_000; // milliseconds

export class UpstreamSession {
  readonly http2: ClientHttp2Session;
  readonly #socket: Socket;
  /** Streams open now. */
  streams = 0;
  /** It carried an answer: when it breaks now, the runtime may just have closed it while it was idle. */
  proven = false;

  constructor(http2: ClientHttp2Session, socket: Socket) {
    this.http2 = http2;
    this.#socket = socket;
  }

  /** The whole connection is gone, not one stream of it. */
  get broken(): boolean {
    return this.#socket.destroyed || this.http2.destroyed;
  }

  get hasRoom(): boolean {
    if (this.http2.closed || this.broken) return false;
    return this.streams < (this.http2.remoteSettings?.maxConcurrentStreams ?? Number.POSITIVE_INFINITY);
  }
}

/** @throws OutriggerError UPSTREAM_NOT_STARTED, UPSTREAM_UNREACHABLE, UPSTREAM_TIMEOUT, UPSTREAM_PROTOCOL_ERROR */
export function openUpstreamSession(target: SessionTarget, reachability: Reachability): Promise<UpstreamSession> {
  const { host, port, connectTimeoutMs } = target;
  const name = hostAndPort(host, port);
  return new Promise((resolve, reject) => {
    const socket = connectSocket({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay });
    let connected = false;
    const fail = (error: OutriggerError): void => {
      clearTimeout(deadline);
      reject(error);
      socket.destroy();
    };
    const noHttp2 = (what: string, cause?: Error): OutriggerError =>
      new OutriggerError('UPSTREAM_PROTOCOL_ERROR', `the runtime at ${name} does not speak HTTP/2: ${what}`, { cause });
    const deadline = setTimeout(() => {
      const within = `within ${connectTimeoutMs} ms`;
      fail(
        connected
          ? noHttp2(`no SETTINGS ${within}`)
          : new OutriggerError('UPSTREAM_TIMEOUT', `no connection to the runtime at ${name} ${within}`),
      );
    }, connectTimeoutMs);
    socket.once('error', (cause) => {
      if (!connected) fail(reachability.connectFailure(name, cause));
    });
    socket.once('connect', () => {
      connected = true;
      reachability.markReached();
      const http2 = connect(`http://${name}`, { ...sessionOptions, createConnection: () => socket });
      http2.once('connect', () => http2.setLocalWindowSize(sessionWindowBytes));
      // Once it is open, each stream tells its own error.
      http2.on('error', (cause) => fail(noHttp2('its first bytes are no HTTP/2 frames', cause)));
      http2.once('close', () => fail(noHttp2('it closed the connection')));
      http2.once('remoteSettings', () => {
        clearTimeout(deadline);
        resolve(new UpstreamSession(http2, socket));
      });
    });
  });
}
