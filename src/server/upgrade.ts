// WebSocket: the handshake is passed on, then both connections become one tunnel that nobody looks into.
import { type ClientRequest, type IncomingMessage, request as sendRequest } from 'node:http';
import { connect, type Socket } from 'node:net';
import { OutriggerError } from '../errors.ts';
import { asOutriggerError } from '../http/error-body.ts';
import { readResponseHead } from '../http/response-head.ts';
import type { InFlight } from './drain.ts';
import type { ServerParts } from './protocol-server.ts';
import { endWithError } from './raw-refusal.ts';
import { readRequest } from './request-target.ts';

export interface UpgradeRequest {
  readonly incoming: IncomingMessage;
  readonly socket: Socket;
  /** Bytes that the client sent behind its handshake. */
  readonly early: Buffer;
  readonly parts: ServerParts;
}

/** A WebSocket is over when one side has ended; the other may still send what it has, but not be silent for longer. */
const halfOpenIdleMs = 10_000;

export function openTunnel(asked: UpgradeRequest): void {
  new Tunnel(asked).open();
}

class Tunnel implements InFlight {
  readonly #asked: UpgradeRequest;
  readonly #startedAtMs = performance.now();
  #handshaking = true;

  constructor(asked: UpgradeRequest) {
    this.#asked = asked;
  }

  describe(): string {
    return `${this.#asked.incoming.method} ${this.#asked.incoming.url?.split('?', 1)[0]} (tunnel)`;
  }

  open(): void {
    const { socket, parts } = this.#asked;
    parts.drain.exchangeBegan(this);
    parts.metrics.inFlight.add(1);
    socket.once('close', () => {
      this.#handshakeEnded(499);
      parts.drain.exchangeEnded(this);
    });
    try {
      this.#shakeHands(sendRequest(handshakeOptions(this.#asked)));
    } catch (error) {
      this.#fail(error);
    }
  }

  #shakeHands(outgoing: ClientRequest): void {
    const { socket, early, parts } = this.#asked;
    const { connectTimeoutMs, requestTimeoutMs } = parts.upstream;
    const giveUp = (): void => {
      outgoing.destroy(new OutriggerError('UPSTREAM_TIMEOUT', 'the runtime did not answer in time'));
    };
    let deadline: NodeJS.Timeout | undefined = setTimeout(giveUp, connectTimeoutMs);
    const abandon = (): void => {
      clearTimeout(deadline);
      outgoing.destroy();
    };
    const answered = (): void => {
      clearTimeout(deadline);
      socket.off('close', abandon);
    };
    let connected = false;
    outgoing.once('socket', (upstream) =>
      upstream.once('connect', () => {
        connected = true;
        clearTimeout(deadline);
        deadline = requestTimeoutMs === null ? undefined : setTimeout(giveUp, requestTimeoutMs);
      }),
    );
    outgoing.once('upgrade', (answer, upstream: Socket, upstreamEarly) => {
      answered();
      this.#handshakeEnded(101);
      parts.metrics.tunnels.add(1);
      socket.once('close', () => parts.metrics.tunnels.add(-1));
      socket.write(headBytes(answer, answer.rawHeaders));
      if (upstreamEarly.length > 0) socket.write(upstreamEarly);
      if (early.length > 0) upstream.write(early);
      join(socket, upstream);
    });
    outgoing.once('response', (answer) => {
      clearTimeout(deadline);
      this.#relayRefusal(answer);
    });
    outgoing.on('error', (error) => {
      answered();
      if (!this.#handshaking) socket.destroy();
      else if (error instanceof OutriggerError) this.#fail(error);
      else this.#fail(connected ? asUnreachable(error) : parts.connectFailure(error));
    });
    socket.once('close', abandon);
    socket.read(0); // reads ahead a little, so that a client that goes away meanwhile is noticed
    outgoing.end();
  }

  /** The runtime said no: its answer passes, delimited by the end of the connection. */
  #relayRefusal(answer: IncomingMessage): void {
    const { socket } = this.#asked;
    try {
      const { headers } = readResponseHead(answer.rawHeaders);
      this.#handshakeEnded(answer.statusCode as number);
      socket.write(headBytes(answer, headers.write(['Connection', 'close'])));
      answer.pipe(socket);
      answer.on('error', () => socket.destroy());
      socket.resume(); // unread bytes would turn the close into a reset that overtakes the answer
    } catch (error) {
      answer.destroy();
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    const { socket, parts } = this.#asked;
    const failure = asOutriggerError(error);
    if (failure.code === 'INTERNAL') parts.log.error({ err: failure }, 'a tunnel failed inside the agent');
    else parts.log.debug({ code: failure.code, request: this.describe() }, failure.message);
    this.#handshakeEnded(failure.httpStatus);
    endWithError(socket, failure, parts.metrics);
  }

  /** From here on it is no request any more, but an open tunnel or nothing. Only the first call counts. */
  #handshakeEnded(status: number): void {
    if (!this.#handshaking) return;
    this.#handshaking = false;
    const { incoming, parts } = this.#asked;
    parts.metrics.inFlight.add(-1);
    parts.metrics.recordExchange({
      protocol: 'http1',
      method: incoming.method as string,
      path: incoming.url as string,
      status,
      totalMs: performance.now() - this.#startedAtMs,
      requestBytes: 0,
      responseBytes: 0,
    });
  }
}

/** @throws OutriggerError API_DENIED; REQUEST_MALFORMED for an upgrade that carries a body (nghttpx CVE-2026-58055) */
function handshakeOptions({ incoming, parts }: UpgradeRequest) {
  const { config, upstream } = parts;
  // Connection names Upgrade, which is this hop's own business: it is written anew below.
  const { head, path } = readRequest(incoming, config);
  if (incoming.method !== 'GET' || head.chunked || head.contentLength) {
    throw new OutriggerError('REQUEST_MALFORMED', 'only a GET without a body can become a WebSocket');
  }
  const refusal = parts.refuseApi?.({ method: 'GET', path }) ?? null;
  if (refusal !== null) throw refusal;
  return {
    // Half-open: each side of a tunnel may end its own direction.
    createConnection: () => connect({ host: upstream.host, port: upstream.port, noDelay: true, allowHalfOpen: true }),
    method: 'GET',
    path,
    headers: head.headers.write(['Host', head.authority, 'Connection', 'Upgrade', 'Upgrade', 'websocket']),
    setHost: false,
  } as const;
}

function join(a: Socket, b: Socket): void {
  for (const [from, to] of [
    [a, b],
    [b, a],
  ] as const) {
    from.pipe(to);
    from.once('end', () => to.setTimeout(halfOpenIdleMs, () => to.destroy()));
    from.on('error', () => to.destroy());
    from.once('close', (hadError) => {
      if (hadError) to.destroy();
      else to.destroySoon();
    });
  }
}

function headBytes(answer: IncomingMessage, flat: readonly string[]): Buffer {
  const lines = [`HTTP/1.1 ${answer.statusCode} ${answer.statusMessage}`];
  for (let i = 0; i < flat.length; i += 2) lines.push(`${flat[i]}: ${flat[i + 1]}`);
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
}

function asUnreachable(cause: Error): OutriggerError {
  return new OutriggerError('UPSTREAM_UNREACHABLE', `the runtime closed the connection: ${cause.message}`, { cause });
}
