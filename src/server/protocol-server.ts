// What the server of one protocol is given, and what the listener asks of it.
import type { Socket } from 'node:net';
import type { ListenerConfig, UpstreamConfig } from '../config/slices.ts';
import type { OutriggerError } from '../errors.ts';
import type { Handler } from '../http/exchange.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { ApiRefusal } from './denied-apis.ts';
import type { Drain } from './drain.ts';
import type { Probes } from './probes.ts';

/** What each exchange of a client needs. */
export interface ServerExchangeParts {
  readonly config: ListenerConfig;
  readonly handler: Handler;
  readonly drain: Drain;
  readonly metrics: Metrics;
  readonly log: Log;
}

export interface ServerParts extends ServerExchangeParts {
  readonly upstream: UpstreamConfig; // where tunnels lead
  readonly probes: Probes;
  /** For tunnels, which do not come through the handler; null or absent: nothing is closed. */
  readonly refuseApi?: ApiRefusal | null;
  /** The error for a client when no connection to the runtime could be made. */
  connectFailure(cause: Error): OutriggerError;
}

export interface ProtocolServer {
  /** Takes over a connection of its protocol; the bytes read so far are back in the socket. */
  accept(socket: Socket): void;
  /** Asks clients to leave without refusing what is on its way. */
  askClientsToLeave(): void;
  /** Ends connections that carry no request, and the others behind their answers. */
  endIdle(): void;
}
