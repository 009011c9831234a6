// Which way does a request go: straight to its host, or through a proxy of the environment?
import { BlockList, isIP } from 'node:net';
import type { ProxyConfig } from '../../config/storage-config.ts';
import { basicAuthorization } from '../../http/basic-authorization.ts';

export interface Endpoint {
  readonly host: string; // an IPv6 address without brackets
  readonly port: number;
  readonly secure: boolean;
}

/** Where a request ends. Plain ones are forwarded by a proxy, secure ones go through a tunnel (CONNECT). */
export interface Route extends Endpoint {
  readonly proxy: (Endpoint & { readonly authorization: string | null }) | null;
}

/** @throws Error when the URL is neither http nor https */
export function planRoute(url: URL, proxy: ProxyConfig): Route {
  const end = readEndpoint(url);
  const through = end.secure ? proxy.https : proxy.http;
  if (through === null || through === '' || isExempt(end, proxy.none)) return { ...end, proxy: null };
  const proxyUrl = new URL(through.includes('://') ? through : `http://${through}`);
  return { ...end, proxy: { ...readEndpoint(proxyUrl), authorization: basicAuthorization(proxyUrl) } };
}

/** Requests of the same one may share a connection. */
export function routeKey({ host, port, secure, proxy }: Route): string {
  const end = `${secure ? 'https' : 'http'} ${host} ${port}`;
  return proxy === null ? end : `${end} ${proxy.secure} ${proxy.host} ${proxy.port} ${proxy.authorization}`;
}

function readEndpoint(url: URL): Endpoint {
  const secure = url.protocol === 'https:';
  if (!secure && url.protocol !== 'http:') throw new Error(`${url.protocol} is neither http nor https`);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return { host, port: url.port === '' ? (secure ? 443 : 80) : Number(url.port), secure };
}

/**
 * NO_PROXY as curl and Go read it: `*`, a host and all below it, `.suffix` or `*.suffix` for those below only, an address, a
 * CIDR block, each of the names and addresses with `:port` or without. What is none of these exempts nothing.
 */
function isExempt({ host, port }: Endpoint, none: readonly string[]): boolean {
  const name = withoutDot(host.toLowerCase());
  return none.some((entry) => {
    const text = entry.trim().toLowerCase();
    if (text === '*') return true;
    if (text.includes('/')) return isIP(name) !== 0 && isInBlock(name, text);
    const { host: wanted, port: wantedPort } = splitPort(text);
    if (wanted === '' || (wantedPort !== null && wantedPort !== port)) return false;
    if (isIP(wanted) !== 0) return isIP(name) !== 0 && isInBlock(name, `${wanted}/${isIP(wanted) === 4 ? 32 : 128}`);
    return isName(name, withoutDot(wanted));
  });
}

function isName(name: string, wanted: string): boolean {
  if (wanted.startsWith('*.')) return name.endsWith(wanted.slice(1));
  if (wanted.startsWith('.')) return name.endsWith(wanted);
  return name === wanted || name.endsWith(`.${wanted}`);
}

/** `block`: an address, a slash, a number of bits. */
function isInBlock(address: string, block: string): boolean {
  const [, net = '', bits = ''] = /^\[?([0-9a-f.:]+)\]?\/(\d{1,3})$/.exec(block) ?? [];
  const family = isIP(net);
  if (family === 0 || Number(bits) > (family === 4 ? 32 : 128)) return false;
  const list = new BlockList();
  list.addSubnet(net, Number(bits), family === 4 ? 'ipv4' : 'ipv6');
  return list.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6');
}

function splitPort(text: string): { host: string; port: number | null } {
  const [, bracketed, afterBracket] = /^\[([^\]]*)\](?::(\d+))?$/.exec(text) ?? [];
  if (bracketed !== undefined)
    return { host: bracketed, port: afterBracket === undefined ? null : Number(afterBracket) };
  const [, host, port] = /^([^:]*):(\d+)$/.exec(text) ?? [];
  return host === undefined ? { host: text, port: null } : { host, port: Number(port) };
}

function withoutDot(host: string): string {
  return host.endsWith('.') ? host.slice(0, -1) : host;
}
