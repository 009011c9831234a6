import { createServer as createHttp2Server } from 'node:http2';
import { createServer as createHttpsServer } from 'node:https';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { httpGet, readinessOf } from '../support/runtimes/checks.ts';
import { serve, serveBytes, serveHttp } from '../support/runtimes/probed.ts';
import { selfSigned } from '../support/runtimes/self-signed.ts';

const READY = { ready: true, reasons: [] };

describe('an httpGet probe', () => {
  it.each([
    [200, true],
    [204, true],
    [299, true],
    [301, true],
    [399, true],
    [400, false],
    [404, false],
    [500, false],
    [503, false],
  ])('status %i: ready %s', async (status, ready) => {
    const runtime = await serveHttp((_request, response) => response.writeHead(status).end());
    expect((await readinessOf({ check: httpGet(runtime.port) }).check()).ready).toBe(ready);
  });

  it('does not follow a redirect', async () => {
    const paths: string[] = [];
    const runtime = await serveHttp((request, response) => {
      paths.push(request.url ?? '');
      response.writeHead(302, { Location: '/elsewhere' }).end();
    });
    expect(await readinessOf({ check: httpGet(runtime.port) }).check()).toEqual(READY);
    expect(paths).toEqual(['/v2/health/ready']);
  });

  it('asks on a fresh connection as kube-probe, with Host and Connection: close', async () => {
    const seen: string[][] = [];
    const runtime = await serveHttp((request, response) => {
      seen.push(request.rawHeaders);
      response.end();
    });
    const readiness = readinessOf({ check: httpGet(runtime.port) });
    await readiness.check();
    await readiness.check();
    const fields = ['Host', `127.0.0.1:${runtime.port}`, 'User-Agent', 'kube-probe/outrigger'];
    expect(seen[0]).toEqual([...fields, 'Accept', '*/*', 'Connection', 'close']);
    expect(runtime.accepted()).toBe(2);
    await eventually('both are closed', () => runtime.open() === 0);
  });

  it('sends the configured headers as they are, duplicates too; Host, User-Agent and Accept win over ours', async () => {
    let seen: string[] = [];
    const runtime = await serveHttp((request, response) => {
      seen = request.rawHeaders;
      response.end();
    });
    const headers = [
      ['X-One', '1'],
      ['host', 'model.example'],
      ['x-one', '2'],
      ['user-agent', 'own/1'],
      ['Accept', 'text/plain'],
      ['Connection', 'close'],
    ] as const;
    expect(await readinessOf({ check: httpGet(runtime.port, { headers }) }).check()).toEqual(READY);
    expect(seen).toEqual(headers.flat());
  });

  it('percent-encodes what a request line cannot carry and adds a missing slash', async () => {
    const paths: string[] = [];
    const runtime = await serveHttp((request, response) => {
      paths.push(request.url ?? '');
      response.end();
    });
    for (const path of ['', 'ready', '/a b?c=é&d=%20', '/x\r\nEvil: 1']) {
      expect(await readinessOf({ check: httpGet(runtime.port, { path }) }).check()).toEqual(READY);
    }
    expect(paths).toEqual(['/', '/ready', '/a%20b?c=%C3%A9&d=%20', '/x%0D%0AEvil:%201']);
  });

  it('a header that HTTP does not allow is a reason, not a crash', async () => {
    const runtime = await serveHttp((_request, response) => response.end());
    const check = httpGet(runtime.port, { headers: [['X', 'a\r\nb']] });
    for (const http2AutoDetection of [false, true]) {
      const { ready, reasons } = await readinessOf({ check, http2AutoDetection }).check();
      expect(ready).toBe(false);
      expect(reasons[0]).toContain('Invalid character in header content');
    }
  });

  it('headers that HTTP/2 does not allow leave HTTP/1', async () => {
    const runtime = await serveHttp((_request, response) => response.end());
    const headers = [
      ['User-Agent', 'a'],
      ['User-Agent', 'b'],
    ] as const;
    const check = httpGet(runtime.port, { headers });
    expect(await readinessOf({ check, http2AutoDetection: true }).check()).toEqual(READY);
    await eventually('no connection is left', () => runtime.open() === 0);
  });

  it('https is asked without a certificate check', async () => {
    const runtime = await serve(createHttpsServer(selfSigned(), (_request, response) => response.end('ok')));
    const check = httpGet(runtime.port, { scheme: 'https' });
    expect(await readinessOf({ check, http2AutoDetection: true }).check()).toEqual(READY);
  });

  it('https asked of a plain port is a reason', async () => {
    const runtime = await serveHttp((_request, response) => response.end());
    const check = httpGet(runtime.port, { scheme: 'https' });
    const { ready, reasons } = await readinessOf({ check }).check();
    expect(ready).toBe(false);
    expect(reasons[0]).toContain(`httpGet https://127.0.0.1:${runtime.port}/v2/health/ready: `);
  });

  it.each([
    ['', 'connection closed before an answer'],
    ['HTTP/1.1 200 OK\r\nbroken', 'connection closed before an answer'],
    ['220 mail.example ESMTP\r\n', 'the answer is not valid HTTP (HPE_'],
  ])('an answer %j is a reason', async (answer, reason) => {
    const runtime = await serveBytes(answer);
    const { ready, reasons } = await readinessOf({ check: httpGet(runtime.port) }).check();
    expect(ready).toBe(false);
    expect(reasons[0]).toContain(reason);
  });

  it('the status decides, also when the body is endless or breaks off', async () => {
    const endless = await serveHttp((_request, response) => {
      response.writeHead(200);
      const write = () => {
        while (!response.destroyed && response.write('x'.repeat(4096)));
      };
      response.on('drain', write);
      write();
    });
    expect(await readinessOf({ check: httpGet(endless.port) }).check()).toEqual(READY);
    await eventually('the endless answer was cut', () => endless.open() === 0);
    const cut = await serveBytes('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc');
    expect(await readinessOf({ check: httpGet(cut.port) }).check()).toEqual(READY);
    const stalled = await serve(
      createServer((socket) =>
        socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n')),
      ),
    );
    const settings = { timeoutMs: 500 };
    expect(await readinessOf({ check: httpGet(stalled.port), settings }).check()).toEqual(READY);
    await eventually('the stalled answer was cut', () => stalled.open() === 0);
  });
});

describe('with HTTP/2 detection', () => {
  it('an h2c runtime is asked by h2c, each time', async () => {
    const seen: (string | undefined)[][] = [];
    const server = createHttp2Server();
    server.on('stream', (stream, headers) => {
      seen.push([headers[':path'], headers[':authority'], headers['user-agent'], headers['x-a'] as string]);
      stream.respond({ ':status': 200 });
      stream.end('ok');
    });
    const runtime = await serve(server);
    const headers = [
      ['X-A', '1'],
      ['X-A', '2'],
      ['Host', 'model.example'],
      ['Connection', 'close'],
    ] as const;
    const readiness = readinessOf({ check: httpGet(runtime.port, { headers }), http2AutoDetection: true });
    expect(await readiness.check()).toEqual(READY);
    expect(await readiness.check()).toEqual(READY);
    const wanted = ['/v2/health/ready', 'model.example', 'kube-probe/outrigger', '1, 2'];
    expect(seen).toEqual([wanted, wanted]);
    expect(runtime.accepted()).toBe(2);
    await eventually('no connection is left', () => runtime.open() === 0);
  });

  it('an HTTP/1 runtime is asked by HTTP/1, and remembered: one connection from the second time on', async () => {
    let status = 503;
    const runtime = await serveHttp((_request, response) => response.writeHead(status).end());
    const readiness = readinessOf({ check: httpGet(runtime.port), http2AutoDetection: true });
    expect((await readiness.check()).reasons[0]).toContain(': status 503');
    expect(runtime.accepted()).toBe(2);
    status = 200;
    expect(await readiness.check()).toEqual(READY);
    expect(runtime.accepted()).toBe(3);
  });

  it('a runtime that keeps silent at the HTTP/2 preface still gets half of the time for HTTP/1', async () => {
    const runtime = await serve(
      createServer((socket) =>
        socket.once('data', (first: Buffer) => {
          if (!first.toString('latin1').startsWith('PRI')) socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
        }),
      ),
    );
    const readiness = readinessOf({
      check: httpGet(runtime.port),
      settings: { timeoutMs: 1000 },
      http2AutoDetection: true,
    });
    expect(await readiness.check()).toEqual(READY);
    await eventually('no connection is left', () => runtime.open() === 0);
  });

  it('is done anew when the runtime no longer answers as it did', async () => {
    const server = createHttp2Server();
    server.on('stream', (stream) => {
      stream.respond({ ':status': 404 });
      stream.end('x'.repeat(100_000));
    });
    const first = await serve(server);
    const readiness = readinessOf({ check: httpGet(first.port), http2AutoDetection: true });
    expect((await readiness.check()).reasons[0]).toContain(': status 404');
    await first.stop();
    expect((await readiness.check()).reasons[0]).toContain(': connection refused');
    const second = await serveHttp((_request, response) => response.end(), first.port);
    expect(await readiness.check()).toEqual(READY);
    expect(second.accepted()).toBe(2);
  });

  it('a runtime that goes away in the middle is a reason', async () => {
    const runtime = await serve(createServer((socket) => socket.once('data', () => socket.resetAndDestroy())));
    const { reasons } = await readinessOf({ check: httpGet(runtime.port), http2AutoDetection: true }).check();
    expect(reasons[0]).toContain('connection closed before an answer');
    expect(runtime.accepted()).toBe(2);
  });
});
