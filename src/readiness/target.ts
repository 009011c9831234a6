// What a probe asks, as an operator reads it: kind, host, port and path or service.
import type { ReadinessCheck } from '../config/slices.ts';
import { hostAndPort } from '../http/authority.ts';

/** A probe's path as a request target: absolute, with what a request line cannot carry percent-encoded (kubelet does the same). */
export function requestTarget(path: string): string {
  const absolute = path.startsWith('/') ? path : `/${path}`;
  return absolute.toWellFormed().replace(/[^\x21-\x7e]/gu, encodeURIComponent);
}

/** `httpGet http://127.0.0.1:8080/v2/health/ready`, `tcpSocket 127.0.0.1:8080`, `grpc 127.0.0.1:8001 service "m"`. */
export function probeTarget(check: ReadinessCheck): string {
  const address = hostAndPort(check.host, check.port);
  switch (check.kind) {
    case 'httpGet':
      return `httpGet ${check.scheme}://${address}${requestTarget(check.path)}`;
    case 'tcpSocket':
      return `tcpSocket ${address}`;
    case 'grpc':
      return check.service === '' ? `grpc ${address}` : `grpc ${address} service ${JSON.stringify(check.service)}`;
  }
}
