// How do the official clients connect? As our own does: the same authorities, proxies and exemptions, whatever the environment says.
import { Agent as HttpAgent } from 'node:http';
import { type AgentOptions, Agent as HttpsAgent } from 'node:https';
import { Socket as NetSocket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ProxyConfig, StoreTls, TransferConfig } from '../../config/storage-config.ts';
import { planRoute, type Route, routeKey } from '../http/proxy.ts';
import { StoreTrust } from '../http/store-trust.ts';

export interface ClientAgentsOptions {
  readonly tls: StoreTls;
  readonly proxy: ProxyConfig;
  /** For clients that have no idle limit of their own: a connection without a byte for so long is broken. */
  readonly transfer?: Pick<TransferConfig, 'idleTimeoutMs'>;
}

/** With an agent of ours the clients look neither for HTTPS_PROXY nor for their own list of authorities. */
export class ClientAgents implements Disposable {
  readonly #proxy: ProxyConfig;
  readonly #trust: StoreTrust;
  readonly #idleTimeoutMs: number | null;
  readonly #agents = new Map<string, HttpAgent>();

  /** @throws OutriggerError CONFIG_INVALID: a file of authorities is unusable */
  constructor({ tls, proxy, transfer }: ClientAgentsOptions) {
    this.#proxy = proxy;
    this.#idleTimeoutMs = transfer?.idleTimeoutMs ?? null;
    this.#trust = new StoreTrust(tls);
  }

  agentFor(url: URL): HttpAgent {
    const route = planRoute(url, this.#proxy);
    const key = routeKey(route);
    const known = this.#agents.get(key);
    if (known !== undefined) return known;
    const proxyUrl = route.proxy === null ? null : route.secure ? this.#proxy.https : this.#proxy.http;
    const proxyEnv = proxyUrl === null ? {} : route.secure ? { HTTPS_PROXY: proxyUrl } : { HTTP_PROXY: proxyUrl };
    const agent = route.secure
      ? new HttpsAgent({ keepAlive: true, proxyEnv, ...this.#tlsOptions(route) })
      : new HttpAgent({ keepAlive: true, proxyEnv });
    if (this.#idleTimeoutMs !== null) limitIdleTime(agent, this.#idleTimeoutMs);
    this.#agents.set(key, agent);
    return agent;
  }

  [Symbol.dispose](): void {
    for (const agent of this.#agents.values()) agent.destroy();
    this.#agents.clear();
  }

  #tlsOptions(route: Route): AgentOptions {
    const { secureContext, rejectUnauthorized = true } = this.#trust.optionsFor(route);
    return { ...(secureContext === undefined ? {} : { secureContext }), rejectUnauthorized };
  }
}

/** An agent's own `timeout` is only told, and breaks nothing. A tunnel's socket comes by the callback, any other is returned. */
function limitIdleTime(agent: HttpAgent, idleTimeoutMs: number): void {
  const limit = <Socket extends Duplex>(socket: Socket | null | undefined): Socket | null | undefined => {
    if (!(socket instanceof NetSocket)) return socket;
    const stalled = Object.assign(new Error('stalled'), { code: 'ETIMEDOUT' });
    return socket.setTimeout(idleTimeoutMs).once('timeout', () => socket.destroy(stalled));
  };
  const connect = agent.createConnection.bind(agent);
  agent.createConnection = (options, connected) =>
    limit(connect(options, connected && ((error, socket) => connected(error, limit(socket) as Duplex))));
}
