// Readiness of one runtime, opened for one test with the probe that it names.
import { onTestFinished } from 'vitest';
import type { ReadinessCheck, ReadinessProbe } from '../../../src/config/slices.ts';
import { openReadiness, type Readiness } from '../../../src/readiness/readiness.ts';

export interface TestReadiness {
  readonly check: ReadinessCheck;
  readonly settings?: Partial<Omit<ReadinessProbe, 'check'>>;
  readonly http2AutoDetection?: boolean;
  readonly pollDeadlineMs?: number;
}

export function readinessOf({
  check,
  settings,
  http2AutoDetection = false,
  pollDeadlineMs = 5000,
}: TestReadiness): Readiness {
  const probe: ReadinessProbe = { check, timeoutMs: 2000, periodMs: 10_000, successThreshold: 1, ...settings };
  const config = { probes: [probe], http2AutoDetection };
  const readiness = openReadiness({ config, componentPort: check.port, pollDeadlineMs });
  onTestFinished(() => readiness[Symbol.asyncDispose]());
  return readiness;
}

export function httpGet(port: number, more?: Partial<Extract<ReadinessCheck, { kind: 'httpGet' }>>): ReadinessCheck {
  return { kind: 'httpGet', host: '127.0.0.1', port, path: '/v2/health/ready', scheme: 'http', headers: [], ...more };
}

export function tcpSocket(port: number): ReadinessCheck {
  return { kind: 'tcpSocket', host: '127.0.0.1', port };
}

export function grpc(port: number, service = ''): ReadinessCheck {
  return { kind: 'grpc', host: '127.0.0.1', port, service };
}
