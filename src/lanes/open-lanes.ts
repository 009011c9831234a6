// The lanes of one agent: ends of our own for plain HTTP/1.1, a relay for gRPC, and node's servers behind them for everything else.
import type { Socket } from 'node:net';
import type { Config } from '../config/slices.ts';
import type { LaneReport } from '../lane-report.ts';
import type { Log } from '../log.ts';
import type { Front, NodeServers } from '../server/front.ts';
import type { ServerExchangeParts } from '../server/protocol-server.ts';
import type { Reachability } from '../upstream/reachability.ts';
import type { Upstream, UpstreamParts } from '../upstream/upstream.ts';
import { openClientLane } from './client/client-lane.ts';
import { type Http2Relay, openHttp2Relay } from './h2/relay.ts';
import type { LaneTools } from './lane-tools.ts';
import { ReadMoment } from './read-moment.ts';
import { relayHindrance } from './relay-hindrance.ts';
import { openRuntimeLane } from './runtime/runtime-lane.ts';
import { ReadBuffers } from './socket/read-buffers.ts';
import { Scratch } from './socket/scratch.ts';
import { tryTheSwap } from './socket/self-test.ts';

interface FrontParts extends ServerExchangeParts {
  readonly reachability: Reachability;
}

export interface Lanes {
  /** The runtime end for HTTP/1.1. */
  openHttp1Upstream(parts: UpstreamParts): Upstream;
  /** The client end; `node` serves what no lane takes. */
  openFront(parts: FrontParts, node: NodeServers): Front;
  report(): LaneReport;
}

interface LanesParts {
  readonly log: Log;
  /** A stage looks into every call. */
  readonly inspected: boolean;
}

/** Tries first how connections can be read (a few milliseconds). */
export async function openLanes(config: Config, { log, inspected }: LanesParts): Promise<Lanes> {
  const way = await tryTheSwap((reason) => {
    log.warn({ reason }, 'client connections are read by public events: large bodies cost more');
  });
  const hindrance = inspected ? 'the inspector' : relayHindrance(config);
  return new OpenLanes(
    { config, hindrance },
    { buffers: new ReadBuffers(), scratch: new Scratch(), way, reading: new ReadMoment() },
  );
}

class OpenLanes implements Lanes {
  readonly #config: Config;
  /** What keeps gRPC off the relay; null: nothing. */
  readonly #hindrance: string | null;
  readonly #tools: LaneTools;

  constructor({ config, hindrance }: { config: Config; hindrance: string | null }, tools: LaneTools) {
    this.#config = config;
    this.#hindrance = hindrance;
    this.#tools = tools;
  }

  openHttp1Upstream(parts: UpstreamParts): Upstream {
    return openRuntimeLane(parts, this.#tools);
  }

  openFront(parts: FrontParts, node: NodeServers): Front {
    const { metrics } = parts;
    const byNode = (protocol: 'http1' | 'http2', socket: Socket): void => {
      metrics.lane(`${protocol}_node`).add();
      node[protocol].accept(socket);
    };
    const relay = this.#openRelay(parts, (socket) => byNode('http2', socket));
    const client = openClientLane({
      ...parts,
      ...this.#tools,
      handOver: (socket) => byNode('http1', socket),
      acceptHttp2: (first) => {
        if (relay === null) byNode('http2', first.handBack());
        else relay.accept(first);
      },
    });
    return joined(client, [client, ...(relay === null ? [] : [relay]), node.http1, node.http2]);
  }

  report(): LaneReport {
    return {
      http1: 'plain',
      grpc: this.#hindrance === null ? 'relay' : 'node',
      grpcOffBecause: this.#hindrance,
      reads: this.#tools.way,
    };
  }

  #openRelay(parts: FrontParts, node: (socket: Socket) => void): Http2Relay | null {
    if (this.#hindrance !== null) return null;
    const { upstream } = this.#config;
    const relayed = (): void => parts.metrics.lane('http2_relay').add();
    return openHttp2Relay({ ...parts, ...this.#tools, upstream, node, relayed });
  }
}

/** Connections come in by `first`; every one of `all` has some of them. */
function joined(first: Front, all: readonly Omit<Front, 'accept'>[]): Front {
  return {
    accept: (socket, home) => first.accept(socket, home),
    askClientsToLeave() {
      for (const each of all) each.askClientsToLeave();
    },
    endIdle() {
      for (const each of all) each.endIdle();
    },
  };
}
