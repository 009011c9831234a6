// The lanes behind a listener of their own, composed as the agent does it, but read in a way that is chosen, and with buffers that are counted.
import { readConfig } from '../../src/config/read.ts';
import { Disposal } from '../../src/disposal.ts';
import { openClientLane } from '../../src/lanes/client/client-lane.ts';
import { openHttp2Relay } from '../../src/lanes/h2/relay.ts';
import { ReadMoment } from '../../src/lanes/read-moment.ts';
import { openRuntimeLane } from '../../src/lanes/runtime/runtime-lane.ts';
import type { SocketWay } from '../../src/lanes/socket/accept-socket.ts';
import { ReadBuffers } from '../../src/lanes/socket/read-buffers.ts';
import { Scratch } from '../../src/lanes/socket/scratch.ts';
import { type Metrics, openMetrics } from '../../src/metrics.ts';
import { Drain } from '../../src/server/drain.ts';
import { openHttp1Server } from '../../src/server/http1.ts';
import { openHttp2Server } from '../../src/server/http2.ts';
import { bindListener } from '../../src/server/listener.ts';
import { openProbes } from '../../src/server/probes.ts';
import { BufferCollector } from '../../src/upstream/buffer-collector.ts';
import { openHttp2Upstream } from '../../src/upstream/http2.ts';
import { Reachability } from '../../src/upstream/reachability.ts';
import { eventually } from '../support/eventually.ts';

class CountedBuffers extends ReadBuffers {
  lent = 0;
  lost = 0;

  override lend(): Buffer | null {
    const buffer = super.lend();
    if (buffer !== null) this.lent += 1;
    return buffer;
  }

  override giveBack(buffer: Buffer): void {
    super.giveBack(buffer);
    this.lent -= 1;
  }

  override lose(buffer: Buffer): void {
    super.lose(buffer);
    this.lent -= 1;
    this.lost += 1;
  }
}

export interface LaneRig extends AsyncDisposable {
  readonly port: number;
  readonly metrics: Metrics;
  readonly buffers: CountedBuffers;
  /** Complaints of the log at levels warn and error. */
  readonly complaints: readonly string[];
  /** Waits until nothing of any exchange is left. @throws with what is still there */
  quiet(): Promise<void>;
}

/** For both protocols; everything goes to the runtime at `runtimePort`. */
export async function openLaneRig(runtimePort: number, way: SocketWay): Promise<LaneRig> {
  const argv = ['--host=127.0.0.1', '--port=0', `--component-port=${runtimePort}`, '--max-header-bytes=8192'];
  const config = readConfig({ argv, env: {} });
  const disposal = new Disposal();
  const [metrics, drain, reachability] = [openMetrics(), new Drain(config.drain), new Reachability()];
  const complaints: string[] = [];
  const complain = (fields: object, message: string): void => {
    const { err } = fields as { err?: Error };
    complaints.push(`${message}: ${err?.stack ?? JSON.stringify(fields)}`);
  };
  const log = { debug: () => undefined, info: () => undefined, warn: complain, error: complain };
  const buffers = new CountedBuffers();
  const tools = { buffers, scratch: new Scratch(), way, reading: new ReadMoment() };
  const upstreamParts = { config: config.upstream, metrics, reachability, buffers: new BufferCollector() };
  const http1 = disposal.use(openRuntimeLane(upstreamParts, tools));
  const http2 = disposal.use(openHttp2Upstream(upstreamParts));
  const probes = openProbes({ readiness: { check: async () => ({ ready: true }) }, draining: () => false });
  const connectFailure = (cause: Error) => reachability.connectFailure('runtime', cause);
  const shared = { config: config.listener, upstream: config.upstream, drain, metrics, log };
  const nodeHttp1 = openHttp1Server({ ...shared, handler: http1.handle, probes, connectFailure });
  const nodeHttp2 = openHttp2Server({ ...shared, handler: http2.handle, probes, connectFailure });
  const relay = openHttp2Relay({ ...shared, ...tools, reachability, node: (socket) => nodeHttp2.accept(socket) });
  const front = openClientLane({
    ...{ ...shared, ...tools, handler: http1.handle },
    handOver: (socket) => nodeHttp1.accept(socket),
    acceptHttp2: (first) => relay.accept(first),
  });
  const listener = disposal.use(await bindListener(config.listener));
  listener.serve({ front, metrics });
  const left = () => ({
    http1: metrics.connections('http1').value,
    http2: metrics.connections('http2').value,
    inFlight: metrics.inFlight.value,
    busy: metrics.upstreamConnections.busy.value,
    sessions: metrics.upstreamSessions.value,
    lent: buffers.lent,
  });
  return {
    ...{ port: listener.port, metrics, buffers, complaints },
    async quiet() {
      const none = (): boolean => Object.values(left()).every((count) => count === 0);
      await eventually('nothing is left of any exchange', none, { deadlineMs: 5000 }).catch(() => undefined);
      if (!none()) throw new Error(`left behind: ${JSON.stringify(left())}`);
    },
    [Symbol.asyncDispose]: () => disposal[Symbol.asyncDispose](),
  };
}
