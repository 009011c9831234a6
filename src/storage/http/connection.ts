// One connection on its way to a store, through a proxy where one is needed: ready, bytes, gone.
import type { OnReadOpts, Socket } from 'node:net';
import { OutriggerError } from '../../errors.ts';
import { type AddressGuard, checkLiteral, checkProxiedName } from '../address/guarded-lookup.ts';
import { AnswerMalformed } from './answer-head.ts';
import { AnswerParser } from './answer-parser.ts';
import { type Dialled, dial, dialThrough } from './dial.ts';
import { explainSocketError, failureOf } from './fetch-failure.ts';
import { GatheredReads } from './gathered-reads.ts';
import type { FetchFailure } from './http-client.ts';
import type { Endpoint, Route } from './proxy.ts';
import { tunnelRequestBytes } from './request-bytes.ts';
import type { StoreTrust } from './store-trust.ts';

/** After `gone`, and after `close()`, nothing more comes. */
interface ConnectionEvents {
  ready(): void;
  /** The first `length` bytes of `bytes`, which hold something else after the call. */
  bytes(bytes: Buffer, length: number): void;
  /** `orderly`: the other side ended it after what it sent, which is how some bodies end. */
  gone(failure: FetchFailure, orderly: boolean): void;
}

export interface ConnectionOptions {
  readonly route: Route;
  readonly trust: StoreTrust;
  readonly guard: AddressGuard; // of the store's host
  readonly proxyGuard: AddressGuard;
  readonly connectTimeoutMs: number; // names, TCP, proxy and TLS together
  readonly memory: Buffer; // plain bytes are read into it
  readonly events: ConnectionEvents;
}

const maxTimerMs = 2 ** 31 - 1;

export class Connection {
  readonly #options: ConnectionOptions;
  #socket: Socket | null = null;
  #timer: NodeJS.Timeout | null = null;
  #gathered: GatheredReads | null = null;
  #ready = false;
  #gone = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    const { route, connectTimeoutMs } = options;
    const refusal = refuseAddresses(options);
    if (refusal !== null) {
      process.nextTick(() => this.#leave(refusal));
      return;
    }
    this.#timer = setTimeout(
      () => this.#leave(failureOf('connect', { at: route, words: `no connection within ${connectTimeoutMs} ms` })),
      Math.min(connectTimeoutMs, maxTimerMs),
    );
    this.#start();
  }

  get usable(): boolean {
    return this.#ready && !this.#gone;
  }

  write(text: string): void {
    this.#socket?.write(text, 'latin1');
  }

  /** Idle or not; twice is harmless. */
  close(): void {
    this.#gone = true;
    this.#stopTimer();
    this.#socket?.destroy();
  }

  #start(): void {
    const { route, trust, guard, proxyGuard } = this.#options;
    if (route.proxy === null) {
      this.#follow(dial(route, { trust, guard, onread: this.#onread(route) }), () => this.#becomeReady());
    } else if (!route.secure) {
      const dialled = dial(route.proxy, { trust, guard: proxyGuard, onread: this.#onread(route.proxy) });
      this.#follow(dialled, () => this.#becomeReady());
    } else {
      const dialled = dial(route.proxy, { trust, guard: proxyGuard, onread: null });
      this.#follow(dialled, () => this.#askForTunnel(dialled.socket));
    }
  }

  #onread({ secure }: Endpoint): OnReadOpts {
    const { memory, events } = this.#options;
    const deliver = (bytes: Buffer, length: number) => {
      if (!this.#gone) events.bytes(bytes, length);
    };
    if (secure) {
      this.#gathered = new GatheredReads(deliver);
      return this.#gathered.onread;
    }
    const callback = (length: number) => {
      deliver(memory, length);
      return true;
    };
    return { buffer: memory, callback };
  }

  /** A tunnel's own events are not heeded any more once there is TLS inside of it. */
  #follow({ socket, readyEvent }: Dialled, ready: () => void): void {
    this.#socket = socket;
    const { route } = this.#options;
    const leave = (failure: FetchFailure, orderly = false) => {
      if (socket === this.#socket) this.#leave(failure, orderly);
    };
    socket.once(readyEvent, () => {
      if (!this.#gone) ready();
    });
    socket.on('error', (error) => leave(explainSocketError(error, { at: route, ready: this.#ready })));
    socket.on('end', () => leave(this.#closedByPeer(), true));
    socket.on('close', () => leave(this.#closedByPeer()));
  }

  #closedByPeer(): FetchFailure {
    const words = 'the connection was closed by the other side';
    return failureOf(this.#ready ? 'broken' : 'connect', { at: this.#options.route, words });
  }

  #becomeReady(): void {
    this.#ready = true;
    this.#stopTimer();
    this.#options.events.ready();
  }

  #askForTunnel(socket: Socket): void {
    let status = 0;
    const visitor = {
      head: (head: { readonly status: number }) => {
        status = head.status;
        return status < 300;
      },
      bytes: () => false,
    };
    const answer = new AnswerParser(visitor, { bodiless: true });
    const onData = (bytes: Buffer) => {
      try {
        const reading = answer.read(bytes, bytes.length);
        if (this.#gone || reading === 'more') return;
        socket.off('data', onData);
        if (status >= 300) this.#leave(this.#tunnelFailure(`the proxy answered CONNECT with ${status}`));
        else this.#enterTunnel(socket);
      } catch (error) {
        if (!(error instanceof AnswerMalformed)) throw error;
        this.#leave(this.#tunnelFailure(`the proxy's answer to CONNECT is malformed: ${error.message}`));
      }
    };
    socket.on('data', onData);
    socket.write(tunnelRequestBytes(this.#options.route), 'latin1');
  }

  #tunnelFailure(words: string): FetchFailure {
    return failureOf('connect', { at: this.#options.route, words });
  }

  #enterTunnel(tunnel: Socket): void {
    const { route, trust, events } = this.#options;
    const dialled = dialThrough(tunnel, route, trust);
    this.#follow(dialled, () => {
      dialled.socket.on('data', (bytes: Buffer) => {
        if (!this.#gone) events.bytes(bytes, bytes.length);
      });
      this.#becomeReady();
    });
  }

  #leave(failure: FetchFailure, orderly = false): void {
    if (!this.#gone) this.#gathered?.flush(); // which may end the exchange, and with it this connection
    if (this.#gone) return;
    this.close();
    this.#options.events.gone(failure, orderly);
  }

  #stopTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}

/** Behind a proxy names are the proxy's to resolve: there only addresses and the names of metadata services can be judged. */
function refuseAddresses({ route, guard, proxyGuard }: ConnectionOptions): FetchFailure | null {
  try {
    checkLiteral(route.host, guard);
    if (route.proxy !== null) {
      checkProxiedName(route.host, guard);
      checkLiteral(route.proxy.host, proxyGuard);
    }
    return null;
  } catch (error) {
    if (!(error instanceof OutriggerError)) throw error;
    return { kind: 'refused', message: error.message, cause: error };
  }
}
