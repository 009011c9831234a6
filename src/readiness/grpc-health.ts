// A grpc probe: ready when grpc.health.v1.Health/Check says SERVING (grpc/grpc doc/health-checking.md).
import type { ReadinessCheck } from '../config/slices.ts';
import type { Probe, ProbeResult } from './attempt.ts';
import type { H2cAnswer } from './h2c.ts';
import { PROBE_USER_AGENT } from './http-get.ts';

type GrpcCheck = Extract<ReadinessCheck, { kind: 'grpc' }>;

const SERVING = 1;
const SERVING_STATUS = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'];
const GRPC_STATUS: Readonly<Record<string, string>> = {
  2: 'UNKNOWN',
  4: 'DEADLINE_EXCEEDED',
  5: 'NOT_FOUND: the runtime does not know the service',
  7: 'PERMISSION_DENIED',
  8: 'RESOURCE_EXHAUSTED',
  12: 'UNIMPLEMENTED: the runtime has no health service',
  13: 'INTERNAL',
  14: 'UNAVAILABLE',
  16: 'UNAUTHENTICATED',
};

export function grpcHealthProbe({ host, port, service }: GrpcCheck): Probe {
  const headers = {
    ':method': 'POST',
    ':path': '/grpc.health.v1.Health/Check',
    'content-type': 'application/grpc',
    te: 'trailers',
    'user-agent': PROBE_USER_AGENT,
  };
  const body = encodeHealthRequest(service);
  return async ({ signal }) => {
    const { exchangeH2c } = await import('./h2c.ts'); // by those who probe so, since it costs memory
    return judge(await exchangeH2c({ host, port, headers, body, signal }));
  };
}

function judge({ status, headers, trailers, body }: H2cAnswer): ProbeResult {
  if (status !== 200) return `status ${status}`;
  const grpcStatus = trailers['grpc-status'] ?? headers['grpc-status']; // in the head when no message follows
  if (grpcStatus === undefined) return 'the answer carries no grpc-status';
  if (grpcStatus !== '0') {
    const name = GRPC_STATUS[String(grpcStatus)];
    return name === undefined ? 'grpc-status is not 0' : `grpc-status ${grpcStatus} ${name}`;
  }
  const serving = readServingStatus(body);
  if (serving === null) return 'the answer is not a health message';
  return serving === SERVING ? null : (SERVING_STATUS[serving] ?? `serving status ${serving}`);
}

/** One gRPC message: flag 0 (not compressed), length, then HealthCheckRequest { string service = 1 }. */
export function encodeHealthRequest(service: string): Buffer {
  const name = Buffer.from(service, 'utf8');
  const message = name.length === 0 ? name : Buffer.concat([Buffer.from([0x0a, ...varint(name.length)]), name]);
  const frame = Buffer.alloc(5 + message.length);
  frame.writeUInt32BE(message.length, 1);
  message.copy(frame, 5);
  return frame;
}

/** HealthCheckResponse { ServingStatus status = 1 } of one uncompressed gRPC message; fields unknown to us are skipped. */
export function readServingStatus(frame: Buffer): number | null {
  if (frame.length < 5 || frame[0] !== 0 || frame.readUInt32BE(1) !== frame.length - 5) return null;
  let offset = 5;
  let status = 0; // proto3: an absent field is its zero value, UNKNOWN
  while (offset < frame.length) {
    const tag = readVarint();
    if (tag === null) return null;
    const wireType = tag & 7;
    if (wireType === 0) {
      const value = readVarint();
      if (value === null) return null;
      if (tag >> 3 === 1) status = value;
    } else {
      const skipBytes = wireType === 1 ? 8 : wireType === 5 ? 4 : wireType === 2 ? readVarint() : null;
      if (skipBytes === null) return null;
      offset += skipBytes;
    }
  }
  return offset === frame.length ? status : null;

  /** Up to 2^28: longer than any length or status here. null: cut or too long. */
  function readVarint(): number | null {
    let value = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = frame[offset];
      if (byte === undefined) return null;
      offset += 1;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    return null;
  }
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  return [...bytes, rest];
}
