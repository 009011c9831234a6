// A new connection to a sink, plain or over TLS: bytes come into one piece of memory, without a stream between.
import { connect as connectPlain, type OnReadOpts, type Socket } from 'node:net';
import { connect as connectTls, type SecureContext } from 'node:tls';
import type { SinkTarget } from './sink-target.ts';

const readBytes = 16 * 1024;

/** After so long without a byte the kernel asks whether the peer is still there. */
const keepAliveInitialDelayMs = 30_000;

export interface SinkSocketOptions {
  readonly target: SinkTarget;
  readonly secureContext: SecureContext | null; // null: plain
  readonly skipVerify: boolean;
  /** `bytes` hold something else after the call. */
  readonly onBytes: (bytes: Buffer, length: number) => void;
}

/** `readyEvent`: before it nothing should be written, as the other side may not be who it should. */
export function openSinkSocket({ target, secureContext, skipVerify, onBytes }: SinkSocketOptions): {
  socket: Socket;
  readyEvent: 'connect' | 'secureConnect';
} {
  const bytes = Buffer.allocUnsafeSlow(readBytes);
  const onread: OnReadOpts = {
    buffer: bytes,
    callback(length) {
      onBytes(bytes, length);
      return true;
    },
  };
  const { host, port, serverName } = target;
  const tcp = { host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAliveInitialDelayMs, onread };
  if (secureContext === null) return { socket: connectPlain(tcp), readyEvent: 'connect' };
  const tls = { secureContext, rejectUnauthorized: !skipVerify, ALPNProtocols: ['http/1.1'] };
  // An address has no place in SNI, but the certificate is checked against it nevertheless, as `host`.
  const name = serverName === '' ? {} : { servername: serverName };
  return { socket: connectTls({ ...tcp, ...tls, ...name }), readyEvent: 'secureConnect' };
}
