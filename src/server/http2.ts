// HTTP/2 with prior knowledge from clients, gRPC above all: each stream is one exchange on the seam.
import {
  constants,
  type Http2Stream,
  type IncomingHttpHeaders,
  performServerHandshake,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { Socket } from 'node:net';
import { withoutPseudoFields } from '../http/http2-fields.ts';
import { readRequestHead } from '../http/request-head.ts';
import { Http2ServerExchange } from './http2-exchange.ts';
import type { ProtocolServer, ServerParts } from './listener.ts';

/** Streams that a client may have open on one connection. */
const maxStreams = 1024;
const streamWindowBytes = 1 << 20;
const sessionWindowBytes = 1 << 24;
/** "No new streams, but the ones on their way are welcome" (RFC 9113 6.8). */
const anyStreamId = 2 ** 31 - 1;

export function openHttp2Server(parts: ServerParts): ProtocolServer {
  const { config, probes } = parts;
  const sessions = new Set<ServerHttp2Session>();
  let closing = false;

  const onStream = (stream: ServerHttp2Stream, fields: IncomingHttpHeaders, flags: number, raw: string[]): void => {
    const clientAddress = stream.session?.socket?.remoteAddress ?? 'unknown';
    const origin = { protocol: 'http2', clientAddress, authority: fields[':authority'] } as const;
    const arrived = { stream, fields, flags };
    try {
      const head = readRequestHead(withoutPseudoFields(raw), origin, config);
      const answer = probes.answer({ method: fields[':method'] as string, ...head });
      if (answer !== null) {
        stream.resume();
        void Promise.resolve(answer).then((settled) => {
          if (!stream.destroyed) Http2ServerExchange.writeAnswer(stream, settled);
        });
        return;
      }
      new Http2ServerExchange(parts, { ...arrived, head }).run();
    } catch (error) {
      new Http2ServerExchange(parts, { ...arrived, head: null }).refuse(error);
    }
  };

  return {
    accept(socket: Socket) {
      socket.allowHalfOpen = false;
      const session = performServerHandshake(socket, {
        settings: {
          maxConcurrentStreams: maxStreams,
          initialWindowSize: streamWindowBytes,
          maxHeaderListSize: config.maxHeaderBytes + config.maxUrlBytes,
        },
        maxHeaderListPairs: config.maxHeaderCount + 8,
        maxSessionMemory: 64,
      });
      sessions.add(session);
      session.setLocalWindowSize(sessionWindowBytes);
      session.on('stream', onStream as (stream: Http2Stream, fields: IncomingHttpHeaders, flags: number) => void);
      session.on('error', () => session.destroy()); // bad frames: the connection is gone, its streams tell their own ends
      session.once('close', () => sessions.delete(session));
      if (closing) session.close();
    },
    askClientsToLeave() {
      for (const session of sessions) session.goaway(constants.NGHTTP2_NO_ERROR, anyStreamId);
    },
    endIdle() {
      closing = true;
      for (const session of sessions) session.close();
    },
  };
}
