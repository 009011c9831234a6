// HTTP/2 with prior knowledge from clients, gRPC above all: each stream is one exchange on the seam.
import {
  type Http2Stream,
  type IncomingHttpHeaders,
  performServerHandshake,
  type ServerHttp2Session,
  type ServerHttp2Stream,
  type ServerOptions,
} from 'node:http2';
import type { Socket } from 'node:net';
import type { ListenerConfig } from '../config/slices.ts';
import { Client } from '../http/client.ts';
import { withoutPseudoFields } from '../http/http2-fields.ts';
import { readRequestHead } from '../http/request-head.ts';
import { Http2Answer } from './http2-answer.ts';
import { type Http2Incoming, Http2ServerExchange } from './http2-exchange.ts';
import type { ProbeAnswer } from './probes.ts';
import type { ProtocolServer, ServerParts } from './protocol-server.ts';

/** Streams that a client may have open on one connection: as Go's server allows, which this port had before. */
const maxStreams = 250;
/** What a stream that nobody reads may hold: with maxStreams 64 MB on one connection at the very most. */
const streamWindowBytes = 1 << 18;
const sessionWindowBytes = 1 << 24;
/**
 * "No new streams, but the ones on their way are welcome": GOAWAY with the highest stream id (RFC 9113 6.8), as a frame of
 * ours: after `session.goaway` nghttp2 drops new streams without a word, and their clients would wait for ever.
 */
const shutdownNotice = Buffer.from([0, 0, 8, 7, 0, 0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0]);

export function openHttp2Server(parts: ServerParts): ProtocolServer {
  return new Http2Server(parts);
}

class Http2Server implements ProtocolServer {
  readonly #parts: ServerParts;
  readonly #options: ServerOptions;
  readonly #sessions = new Map<ServerHttp2Session, Socket>();
  #closing = false;

  constructor(parts: ServerParts) {
    this.#parts = parts;
    this.#options = sessionOptions(parts.config);
  }

  accept(socket: Socket): void {
    socket.allowHalfOpen = false;
    const session = performServerHandshake(socket, this.#options);
    this.#sessions.set(session, socket);
    session.setLocalWindowSize(sessionWindowBytes);
    const greeting = setTimeout(() => session.destroy(), this.#parts.config.headersTimeoutMs);
    session.once('remoteSettings', () => clearTimeout(greeting));
    const client = new Client(true);
    const clientAddress = socket.remoteAddress ?? 'unknown';
    session.on('stream', ((stream: ServerHttp2Stream, fields: IncomingHttpHeaders, flags: number, raw: string[]) =>
      this.#onStream({ stream, fields, flags, client, clientAddress }, raw)) as (stream: Http2Stream) => void);
    session.on('error', () => session.destroy()); // bad frames: the connection is gone, its streams tell their own ends
    session.once('close', () => {
      clearTimeout(greeting);
      this.#sessions.delete(session);
      client.close();
    });
    if (this.#closing) session.close();
  }

  askClientsToLeave(): void {
    // Between two writes of the session, each of which is whole frames. One that closes named fewer streams already, and no GOAWAY
    // may name more than one before it (RFC 9113 6.8).
    for (const [session, socket] of this.#sessions) {
      if (socket.writable && !session.closed) socket.write(shutdownNotice);
    }
  }

  endIdle(): void {
    this.#closing = true;
    for (const session of this.#sessions.keys()) session.close(); // streams that run go on
  }

  #onStream(arrived: Http2Incoming, raw: readonly string[]): void {
    const { config, probes } = this.#parts;
    const { stream, fields, clientAddress } = arrived;
    stream.on('error', ignore); // 'close' follows and tells everybody
    try {
      const origin = { protocol: 'http2', clientAddress, authority: fields[':authority'] } as const;
      const head = readRequestHead(withoutPseudoFields(raw), origin, config);
      const answer = probes.answer({ method: fields[':method'] as string, ...head });
      if (answer !== null) {
        void Promise.resolve(answer).then((settled) => answerProbe(stream, settled));
        return;
      }
      new Http2ServerExchange(this.#parts, arrived).run(head);
    } catch (error) {
      new Http2ServerExchange(this.#parts, arrived).fail(error);
    }
  }
}

function sessionOptions(config: ListenerConfig): ServerOptions {
  return {
    settings: {
      maxConcurrentStreams: maxStreams,
      initialWindowSize: streamWindowBytes,
      maxHeaderListSize: config.maxHeaderBytes + config.maxUrlBytes + 32 * (config.maxHeaderCount + 8),
    },
    maxHeaderListPairs: config.maxHeaderCount + 8, // pseudo fields, and one more that readRequestHead refuses by 431
    maxSessionMemory: 64, // MB
    strictSingleValueFields: false, // duplicates are passed on as they came
  } as ServerOptions;
}

function answerProbe(stream: ServerHttp2Stream, answer: ProbeAnswer): void {
  if (stream.destroyed || stream.closed) return;
  stream.resume();
  new Http2Answer(stream, false).send(answer, ignore);
}

function ignore(): void {
  // told elsewhere
}
