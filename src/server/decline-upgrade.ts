// An offer to change protocols that is not taken, on versions of node that hand every such offer over (before 22.21).
import type { IncomingMessage } from 'node:http';

/** Node asks us first from 22.21 on (shouldUpgradeCallback); the request then stays in its parser. */
export function isWebSocketOffer(incoming: IncomingMessage): boolean {
  return incoming.headers.upgrade?.toLowerCase() === 'websocket';
}

/**
 * The head once more without the offer, to be read again as an ordinary request: a server may ignore Upgrade (RFC 9110 7.8),
 * and Java's client offers h2c on every first request. Connection still names the field, which harms nobody.
 */
export function headWithoutOffer({ method, url, httpVersion, rawHeaders }: IncomingMessage): Buffer {
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    if (rawHeaders[i]?.toLowerCase() !== 'upgrade') lines.push(`${rawHeaders[i]}: ${rawHeaders[i + 1]}`);
  }
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
}
