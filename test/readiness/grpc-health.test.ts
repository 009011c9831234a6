import { createServer as createHttp2Server, type OutgoingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeHealthRequest, readServingStatus } from '../../src/readiness/grpc-health.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-ports.ts';
import { grpc, readinessOf } from '../support/runtimes/checks.ts';
import { serveGrpcHealth } from '../support/runtimes/grpc-health.ts';
import { type Probed, serve, serveHttp, serveSilence } from '../support/runtimes/probed.ts';

const READY = { ready: true, reasons: [] };

describe('a grpc probe of a real gRPC server', () => {
  const longName = 'model-'.repeat(40); // its length takes two bytes
  const services = { '': 'SERVING', iris: 'SERVING', [longName]: 'SERVING', 'modèle 🚣': 'SERVING' } as const;

  it.each(Object.keys(services))('service %j SERVING is ready', async (service) => {
    const runtime = await serveGrpcHealth(services);
    expect(await readinessOf({ check: grpc(runtime.port, service) }).check()).toEqual(READY);
    expect(runtime.lastMetadata().get('user-agent')).toEqual(['kube-probe/outrigger']);
  });

  it.each([
    ['NOT_SERVING', 'NOT_SERVING'],
    ['UNKNOWN', 'UNKNOWN'],
    ['SERVICE_UNKNOWN', 'SERVICE_UNKNOWN'],
  ] as const)('%s is not ready', async (serving, reason) => {
    const { port } = await serveGrpcHealth({ iris: serving });
    const { ready, reasons } = await readinessOf({ check: grpc(port, 'iris') }).check();
    expect({ ready, reasons }).toEqual({
      ready: false,
      reasons: [`grpc 127.0.0.1:${port} service "iris": ${reason}`],
    });
  });

  it('an unknown service is not ready', async () => {
    const { port } = await serveGrpcHealth({});
    const { reasons } = await readinessOf({ check: grpc(port, 'iris') }).check();
    expect(reasons[0]).toContain('grpc-status 5 NOT_FOUND');
  });

  it('a server without health service is not ready', async () => {
    const { port } = await serveGrpcHealth(null);
    const { reasons } = await readinessOf({ check: grpc(port) }).check();
    expect(reasons[0]).toContain(`grpc 127.0.0.1:${port}: grpc-status 12 UNIMPLEMENTED`);
  });
});

describe('a grpc probe of something else', () => {
  it('a refused port', async () => {
    const port = await freePort();
    expect((await readinessOf({ check: grpc(port) }).check()).reasons).toEqual([
      `grpc 127.0.0.1:${port}: connection refused`,
    ]);
  });

  it('a port that accepts and keeps silent', async () => {
    const runtime = await serveSilence();
    const { reasons } = await readinessOf({ check: grpc(runtime.port), settings: { timeoutMs: 60 } }).check();
    expect(reasons).toEqual([`grpc 127.0.0.1:${runtime.port}: no answer within 60 ms`]);
    await eventually('no connection is left', () => runtime.open() === 0);
  });

  it('an HTTP/1 server', async () => {
    const runtime = await serveHttp((_request, response) => response.end());
    const { reasons } = await readinessOf({ check: grpc(runtime.port) }).check();
    expect(reasons[0]).toContain('no valid HTTP/2 exchange');
  });

  it.each<[string, OutgoingHttpHeaders, OutgoingHttpHeaders, Buffer, string]>([
    ['status 404', { ':status': 404 }, {}, Buffer.alloc(0), 'status 404'],
    ['no grpc-status', { ':status': 200 }, {}, serving(1), 'the answer carries no grpc-status'],
    ['a strange grpc-status', { ':status': 200 }, { 'grpc-status': '99\u00e9' }, serving(1), 'grpc-status is not 0'],
    ['no message', { ':status': 200 }, { 'grpc-status': '0' }, Buffer.alloc(0), 'the answer is not a health message'],
    ['status 7', { ':status': 200 }, { 'grpc-status': '0' }, serving(7), 'serving status 7'],
    ['too much', { ':status': 200 }, { 'grpc-status': '0' }, Buffer.alloc(200_000), 'grpc-status'],
  ])('an HTTP/2 server that answers with %s', async (_what, head, trailers, body, reason) => {
    const runtime = await serveGrpcBytes(head, trailers, body);
    const { ready, reasons } = await readinessOf({ check: grpc(runtime.port) }).check();
    expect(ready).toBe(false);
    expect(reasons[0]).toContain(reason);
    await eventually('no connection is left', () => runtime.open() === 0);
  });

  it('a server that ends the stream without an answer', async () => {
    const server = createHttp2Server();
    server.on('stream', (stream) => stream.close());
    const runtime = await serve(server);
    const { reasons } = await readinessOf({ check: grpc(runtime.port) }).check();
    expect(reasons[0]).toContain('connection closed before an answer');
  });
});

describe('health messages', () => {
  it('fields that a later version adds are skipped', () => {
    const added = [0x10, 0xff, 0x01, 0x19, 1, 2, 3, 4, 5, 6, 7, 8, 0x22, 2, 9, 9, 0x2d, 1, 2, 3, 4];
    expect(readServingStatus(framed([...added, 0x08, 1, ...added]))).toBe(1);
    expect(readServingStatus(framed([]))).toBe(0);
  });

  it.each([
    ['cut in the prefix', Buffer.from([0, 0, 0])],
    ['compressed', Buffer.from([1, 0, 0, 0, 0])],
    ['shorter than announced', Buffer.from([0, 0, 0, 0, 9, 8, 1])],
    ['cut in a tag', framed([0x88])],
    ['cut in a value', framed([0x08])],
    ['a value that does not end', framed([0x08, 0xff, 0xff, 0xff, 0xff, 0xff])],
    ['cut in skipped bytes', framed([0x22, 5, 1])],
    ['cut in a skipped length', framed([0x22])],
    ['a group', framed([0x0b])],
  ])('%s is no health message', (_what, frame) => {
    expect(readServingStatus(frame)).toBeNull();
  });

  it('any bytes give a status or null, never an exception or a hang', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        const status = readServingStatus(framed([...bytes]));
        expect(status === null || Number.isInteger(status)).toBe(true);
      }),
      { numRuns: 2000, verbose: 1 }, // a failure prints its seed
    );
  });

  it('a request holds the name in UTF-8 with its length, and nothing for the empty name', () => {
    expect(encodeHealthRequest('')).toEqual(Buffer.from([0, 0, 0, 0, 0]));
    expect(encodeHealthRequest('é')).toEqual(Buffer.from([0, 0, 0, 0, 4, 0x0a, 2, 0xc3, 0xa9]));
  });
});

function framed(message: readonly number[]): Buffer {
  return Buffer.from([0, 0, 0, 0, message.length, ...message]);
}

function serving(status: number): Buffer {
  return framed([0x08, status]);
}

function serveGrpcBytes(head: OutgoingHttpHeaders, trailers: OutgoingHttpHeaders, body: Buffer): Promise<Probed> {
  const server = createHttp2Server();
  server.on('stream', (stream: ServerHttp2Stream) => {
    stream.on('error', () => stream.destroy()); // the probe may cut what is too long
    stream.respond(head, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers(trailers));
    stream.end(body);
  });
  return serve(server);
}
