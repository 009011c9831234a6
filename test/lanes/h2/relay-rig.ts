// The relay behind a port of its own, with node's HTTP/2 server beside it as the agent has it; ends with the test.
import { createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { FirstBytes, type FirstBytesParts } from '../../../src/lanes/client/first-bytes.ts';
import { type Http2Relay, openHttp2Relay } from '../../../src/lanes/h2/relay.ts';
import { ReadMoment } from '../../../src/lanes/read-moment.ts';
import type { SocketWay } from '../../../src/lanes/socket/accept-socket.ts';
import { ReadBuffers } from '../../../src/lanes/socket/read-buffers.ts';
import { Scratch } from '../../../src/lanes/socket/scratch.ts';
import { type Metrics, openMetrics } from '../../../src/metrics.ts';
import { Drain } from '../../../src/server/drain.ts';
import { openHttp2Server } from '../../../src/server/http2.ts';
import { openProbes } from '../../../src/server/probes.ts';
import { BufferCollector } from '../../../src/upstream/buffer-collector.ts';
import { openHttp2Upstream } from '../../../src/upstream/http2.ts';
import { Reachability } from '../../../src/upstream/reachability.ts';
import { serve } from '../../support/runtimes/probed.ts';
import { testConfig } from '../../support/test-agent.ts';

export interface RelayRig {
  readonly port: number;
  readonly relay: Http2Relay;
  readonly metrics: Metrics;
  readonly drain: Drain;
  /** Connections so far. */
  readonly relayed: () => number;
  readonly byNode: () => number;
  /** Open connections of clients. */
  readonly open: () => number;
  /** Why connections were ended. */
  readonly reasons: readonly string[];
}

export async function startRelay(
  runtimePort: number,
  { way = 'swap', flags = [] }: { way?: SocketWay; flags?: readonly string[] } = {},
): Promise<RelayRig> {
  const config = testConfig(runtimePort, flags);
  const metrics = openMetrics();
  const drain = new Drain(config.drain);
  const reachability = new Reachability();
  const tools = { buffers: new ReadBuffers(), scratch: new Scratch(), way, reading: new ReadMoment() };
  const reasons: string[] = [];
  const say = (fields: object): void => {
    reasons.push(String((fields as { reason?: string }).reason));
  };
  const log = { debug: say, info: say, warn: say, error: say };
  const upstreamParts = { config: config.upstream, metrics, reachability, buffers: new BufferCollector() };
  const upstream = openHttp2Upstream(upstreamParts);
  onTestFinished(() => upstream[Symbol.asyncDispose]());
  const readiness = { check: async () => ({ ready: true }) };
  const shared = { config: config.listener, upstream: config.upstream, drain, metrics, log };
  const node = openHttp2Server({
    ...shared,
    handler: upstream.handle,
    probes: openProbes({ readiness, draining: () => false }),
    connectFailure: (cause) => reachability.connectFailure('runtime', cause),
  });
  const counts = { relayed: 0, byNode: 0 };
  const relay = openHttp2Relay({
    ...shared,
    ...tools,
    reachability,
    relayed: () => {
      counts.relayed += 1;
    },
    node: (socket) => {
      counts.byNode += 1;
      node.accept(socket);
    },
  });
  const open = new Set<Socket>();
  const watch = (socket: Socket): void => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  };
  const first: FirstBytesParts = {
    ...{ tools, timeoutMs: 10_000, readsAtPoll: true },
    http1: () => {
      throw new Error('not HTTP/2');
    },
    http2: (client) => relay.accept(client),
    over: () => undefined,
  };
  const server = createServer(
    { allowHalfOpen: true, noDelay: true, keepAlive: true, pauseOnConnect: true },
    (socket) => {
      watch(socket);
      new FirstBytes(socket, { told: () => undefined, movedTo: watch }, first);
    },
  );
  onTestFinished(() => {
    for (const socket of open) socket.destroy();
  });
  const { port } = await serve(server);
  return {
    ...{ port, relay, metrics, drain, reasons },
    relayed: () => counts.relayed,
    byNode: () => counts.byNode,
    open: () => open.size,
  };
}
