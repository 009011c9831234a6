// A new socket to a store or to a proxy, plain or over TLS, whose bytes come into one piece of memory without a stream between.
import { connect as connectPlain, type OnReadOpts, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { type AddressGuard, guardedLookup } from '../address/guarded-lookup.ts';
import type { Endpoint } from './proxy.ts';
import type { StoreTrust } from './store-trust.ts';

export interface DialOptions {
  readonly trust: StoreTrust;
  readonly guard: AddressGuard;
  /** Null: bytes come as 'data' events. */
  readonly onread: OnReadOpts | null;
}

export interface Dialled {
  readonly socket: Socket;
  /** Before it nothing should be written, as the other side may not be who it should. */
  readonly readyEvent: 'connect' | 'secureConnect';
}

/** After so long without a byte the kernel asks whether the peer is still there. */
const keepAliveInitialDelayMs = 30_000;

/** Of several addresses each but the last gets so long; Node's own 250 ms are short of some oceans. */
const attemptTimeoutMs = 1500;

export function dial(end: Endpoint, { trust, guard, onread }: DialOptions): Dialled {
  const options = {
    host: end.host,
    port: end.port,
    lookup: guardedLookup(guard),
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: keepAliveInitialDelayMs,
    autoSelectFamilyAttemptTimeout: attemptTimeoutMs,
    ...(onread === null ? {} : { onread }),
  };
  if (!end.secure) return { socket: connectPlain(options), readyEvent: 'connect' };
  const socket = connectTls({ ...options, ...trust.optionsFor(end) });
  return secured(end, trust, socket);
}

/** TLS inside of a tunnel. Node reads into memory of the caller's only when it opened the connection itself. */
export function dialThrough(tunnel: Socket, end: Endpoint, trust: StoreTrust): Dialled {
  return secured(end, trust, connectTls({ socket: tunnel, ...trust.optionsFor(end) }));
}

function secured(end: Endpoint, trust: StoreTrust, socket: TLSSocket): Dialled {
  socket.on('session', (session) => trust.keepSession(end, session));
  return { socket, readyEvent: 'secureConnect' };
}
