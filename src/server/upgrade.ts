// WebSocket: the handshake is passed on, then both connections become one tunnel that nobody looks into.
import { type IncomingMessage, request as sendRequest } from 'node:http';
import type { Socket } from 'node:net';
import { OutriggerError } from '../errors.ts';
import { asOutriggerError } from '../http/error-body.ts';
import { readRequestHead } from '../http/request-head.ts';
import { readResponseHead } from '../http/response-head.ts';
import type { ServerParts } from './listener.ts';
import { endWithError } from './raw-refusal.ts';
import { checkAgreement, readTarget } from './request-target.ts';

export interface UpgradeRequest {
  readonly incoming: IncomingMessage;
  readonly socket: Socket;
  /** Bytes that the client sent behind its handshake. */
  readonly early: Buffer;
  readonly parts: ServerParts;
}

export function openTunnel({ incoming, socket, early, parts }: UpgradeRequest): void {
  const { drain, metrics } = parts;
  drain.exchangeBegan();
  socket.once('close', () => drain.exchangeEnded());
  try {
    const outgoing = sendRequest(handshakeOptions(incoming, socket, parts));
    socket.once('close', () => outgoing.destroy());
    const deadline = setTimeout(
      () => outgoing.destroy(new OutriggerError('UPSTREAM_TIMEOUT', 'no connection to the runtime in time')),
      parts.upstream.connectTimeoutMs,
    );
    let connected = false;
    outgoing.once('socket', (upstream) =>
      upstream.once('connect', () => {
        connected = true;
        clearTimeout(deadline);
      }),
    );
    outgoing.once('upgrade', (answer, upstream, upstreamEarly) => {
      metrics.tunnels.add(1);
      socket.once('close', () => metrics.tunnels.add(-1));
      socket.write(headBytes(answer, answer.rawHeaders));
      if (upstreamEarly.length > 0) socket.write(upstreamEarly);
      if (early.length > 0) upstream.write(early);
      join(socket, upstream as Socket);
    });
    outgoing.once('response', (answer) => relayRefusal(answer, socket));
    outgoing.on('error', (error) => {
      clearTimeout(deadline);
      if (error instanceof OutriggerError) endWithError(socket, error, metrics);
      else endWithError(socket, connected ? asUnreachable(error) : parts.connectFailure(error), metrics);
    });
    outgoing.end();
  } catch (error) {
    endWithError(socket, asOutriggerError(error), metrics);
  }
}

/** @throws OutriggerError REQUEST_MALFORMED for an upgrade that carries a body (nghttpx CVE-2026-58055) */
function handshakeOptions(incoming: IncomingMessage, socket: Socket, { config, upstream }: ServerParts) {
  const target = readTarget(incoming, config.maxUrlBytes);
  const origin = { protocol: 'http1', clientAddress: socket.remoteAddress ?? 'unknown' } as const;
  // Connection names Upgrade, which is this hop's own business: it is written anew below.
  const head = readRequestHead(incoming.rawHeaders, origin, config);
  checkAgreement(target, head, incoming.httpVersion);
  if (incoming.method !== 'GET' || head.chunked || head.contentLength) {
    throw new OutriggerError('REQUEST_MALFORMED', 'only a GET without a body can become a WebSocket');
  }
  const headers = head.headers.write(['Host', head.authority, 'Connection', 'Upgrade', 'Upgrade', 'websocket']);
  return {
    host: upstream.host,
    port: upstream.port,
    method: 'GET',
    path: target.path,
    headers,
    setHost: false,
    agent: false,
  } as const;
}

function join(a: Socket, b: Socket): void {
  for (const [from, to] of [
    [a, b],
    [b, a],
  ] as const) {
    from.pipe(to);
    from.on('error', () => to.destroy());
    from.once('close', () => to.destroySoon());
  }
}

/** The runtime said no: its answer passes, delimited by the end of the connection. */
function relayRefusal(answer: IncomingMessage, socket: Socket): void {
  const { headers } = readResponseHead(answer.rawHeaders);
  socket.write(headBytes(answer, headers.write(['Connection', 'close'])));
  answer.pipe(socket);
  answer.on('error', () => socket.destroy());
}

function headBytes(answer: IncomingMessage, flat: readonly string[]): Buffer {
  const lines = [`HTTP/1.1 ${answer.statusCode} ${answer.statusMessage}`];
  for (let i = 0; i < flat.length; i += 2) lines.push(`${flat[i]}: ${flat[i + 1]}`);
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
}

function asUnreachable(cause: Error): OutriggerError {
  return new OutriggerError('UPSTREAM_UNREACHABLE', `the runtime closed the connection: ${cause.message}`, { cause });
}
