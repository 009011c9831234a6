// How do the official clients connect? As our own does: the same authorities, proxies and exemptions, whatever the environment says.
import { Agent as HttpAgent } from 'node:http';
import { type AgentOptions, Agent as HttpsAgent } from 'node:https';
import type { ProxyConfig, StoreTls } from '../../config/storage-config.ts';
import { planRoute, type Route, routeKey } from '../http/proxy.ts';
import { StoreTrust } from '../http/store-trust.ts';

/** With an agent of ours the clients look neither for HTTPS_PROXY nor for their own list of authorities. */
export class ClientAgents implements Disposable {
  readonly #proxy: ProxyConfig;
  readonly #trust: StoreTrust;
  readonly #agents = new Map<string, HttpAgent>();

  /** @throws OutriggerError CONFIG_INVALID: a file of authorities is unusable */
  constructor({ tls, proxy }: { readonly tls: StoreTls; readonly proxy: ProxyConfig }) {
    this.#proxy = proxy;
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
