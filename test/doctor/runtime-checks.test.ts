import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runChecks } from '../../src/doctor/run-checks.ts';
import { runtimeChecks } from '../../src/doctor/runtime-checks.ts';
import { examined, linesOf } from '../support/doctor/examined.ts';
import { freePort } from '../support/free-ports.ts';
import { serveGrpcHealth } from '../support/runtimes/grpc-health.ts';
import { servePages, tritonPages } from '../support/runtimes/paged-runtime.ts';
import { serve, serveBytes, serveSilence } from '../support/runtimes/probed.ts';
import { testConfig } from '../support/test-agent.ts';

const batcher = ['--enable-batcher'];

function runtimeLines(componentPort: number, flags: readonly string[] = [], env = {}) {
  return linesOf(examined({ componentPort, flags, env }, 'Runtime'));
}

/** Answers every call with status 0 and ServerLiveResponse { live }. */
async function serveServerLive(live: boolean): Promise<number> {
  const server = createHttp2Server();
  server.on('stream', (stream) => {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
    stream.end(live ? Buffer.from([0, 0, 0, 0, 2, 8, 1]) : Buffer.alloc(5));
  });
  return (await serve(server)).port;
}

function modelDir(): string {
  const folder = mkdtempSync(join(tmpdir(), 'doctor-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

describe('a runtime that is well', () => {
  it('is named with its protocols, its readiness, and which of its models can be batched', async () => {
    const { port } = await servePages(tritonPages);
    const grpcPort = await serveServerLive(true);
    const lines = await runtimeLines(port, [...batcher, '--component-grpc-port', String(grpcPort)]);
    expect(lines).toEqual([
      `ok 127.0.0.1:${port} speaks V2 over REST: triton 2.51.0 (model_repository, statistics)`,
      `ok 127.0.0.1:${grpcPort} speaks V2 over gRPC: live`,
      `ok the readiness probe passes: tcpSocket 127.0.0.1:${port}`,
      'ok model "wide" can be batched: its config says max_batch_size 8',
      'note model "lone" is not batched: its config says max_batch_size 0',
    ]);
  });

  it.each([
    ['V1', { 'GET /v1/models': { models: ['a', 'b'] } }, 'speaks V1: /v1/models has 2 models'],
    ['TorchServe', { 'GET /ping': { status: 'Healthy' } }, 'speaks the API of TorchServe: healthy'],
    ['OVMS', { 'GET /v1/config': {} }, 'speaks the API of OpenVINO Model Server'],
    ['something else', {}, 'answers HTTP, and neither /v2 nor'],
    ['a 200 for everything', { 'GET /v2': {}, 'GET /v2/health/ready': {} }, 'answers HTTP, and neither /v2 nor'],
    ['V2 of odd extensions', { 'GET /v2': { name: 'x', extensions: [{}, 'a'] } }, 'speaks V2 over REST: x (a)'],
  ])('and speaks %s is told as that', async (_, pages, said) => {
    const { port } = await servePages(pages);
    const lines = await runtimeLines(port);
    expect(lines[0]).toContain(said);
    expect(lines.filter((line) => line.startsWith('problem'))).toEqual([]);
  });

  it('lists its models as servers of KServe do, and not in an index', async () => {
    const { 'POST /v2/repository/index': _, ...others } = tritonPages;
    const { port } = await servePages({ ...others, 'GET /v2/models': { models: ['wide'] } });
    const lines = await runtimeLines(port, [...batcher, '--enable-puller', '--model-dir', modelDir()]);
    expect(lines).toContain('ok model "wide" can be batched: its config says max_batch_size 8');
    expect(lines.at(-1)).toMatch(/^note .*does not tell which models it serves.*--runtime-api/);
  });

  it('takes the orders of models.json', async () => {
    const { port } = await servePages(tritonPages);
    const lines = await runtimeLines(port, ['--enable-puller', '--model-dir', modelDir()]);
    expect(lines).toContain(`ok 127.0.0.1:${port} takes orders for models (v2); it serves 2`);
  });
});

describe('a runtime that is not', () => {
  it('there is told with the flag that would find it', async () => {
    const port = await freePort();
    const lines = await runtimeLines(port, ['--enable-puller', '--model-dir', modelDir()]);
    expect(lines[0]).toBe(
      `problem nothing listens at 127.0.0.1:${port}; start the runtime, or name its port by --component-port`,
    );
    expect(lines.some((line) => line.startsWith('problem the readiness probe fails: tcpSocket'))).toBe(true);
    expect(lines.filter((line) => line.includes('orders'))).toEqual([]); // it was told once
  });

  it('asked at its REST port but at that of gRPC is told as that', async () => {
    const { port } = await serveGrpcHealth(null);
    const [line] = await runtimeLines(port, batcher);
    expect(line).toContain(`problem 127.0.0.1:${port} speaks gRPC and no HTTP/1.1`);
    expect(line).toContain('name that port by --component-grpc-port');
    expect((await runtimeLines(port))[0]).toMatch(/^warning/); // gRPC alone can be served without batching
  });

  it('at the port that was named for gRPC is told with that flag', async () => {
    const [{ port }, grpcPort] = [await servePages(tritonPages), await freePort()];
    const lines = await runtimeLines(port, ['--component-grpc-port', String(grpcPort)]);
    expect(lines.find((line) => line.startsWith('problem'))).toContain('--component-grpc-port');
  });

  it.each([
    [true, 'ok'],
    [false, 'warning'],
  ])('live over gRPC says so: %s', async (live, level) => {
    const [{ port }, grpcPort] = [await servePages(tritonPages), await serveServerLive(live)];
    const lines = await runtimeLines(port, ['--component-grpc-port', String(grpcPort)]);
    expect(lines.find((line) => line.includes('V2 over gRPC'))).toMatch(new RegExp(`^${level}`));
  });

  it('one that speaks HTTP is told as that', async () => {
    const { port } = await serveBytes('220 mail ready\r\n');
    expect((await runtimeLines(port))[0]).toBe(
      `problem 127.0.0.1:${port} speaks no HTTP; is --component-port the port of the runtime?`,
    );
  });

  it('one that ever answers is told, and holds nothing up', async () => {
    const { port } = await serveSilence();
    const [{ findings = [] } = {}] = await runChecks(runtimeChecks(testConfig(port), 100), { deadlineMs: 10_000 });
    expect(findings[0]).toMatchObject({ level: 'problem', text: expect.stringContaining('within 100 ms') });
  });

  it('ready fails the probe of SERVING_READINESS_PROBE', async () => {
    const { port } = await servePages({ ...tritonPages, 'GET /v2/health/ready': 400 });
    const httpGet = { path: '/v2/health/ready', port };
    const lines = await runtimeLines(port, [], { SERVING_READINESS_PROBE: JSON.stringify({ httpGet }) });
    expect(lines.find((line) => line.startsWith('problem'))).toContain(
      `the readiness probe fails: httpGet http://127.0.0.1:${port}/v2/health/ready: status 400`,
    );
  });

  it('is probed when nothing else is being asked: a short listen queue has no room for all at once', async () => {
    let [open, openAtProbe] = [0, -1];
    const server = createServer((request, response) => {
      if (request.url === '/probe') openAtProbe = open;
      open++;
      response.once('close', () => open--);
      setTimeout(() => response.end('{}'), 20); // a runtime that takes a while
    });
    const { port } = await serve(server);
    await runtimeLines(port, [], { SERVING_READINESS_PROBE: JSON.stringify({ httpGet: { path: '/probe', port } }) });
    expect(openAtProbe).toBe(0);
  });

  it('in explicit mode takes no orders, and the remedy is told', async () => {
    const path = 'POST /v2/repository/models/outrigger-doctor-asks/unload';
    const { port } = await serve(
      pagesWithRefusal(path, 'explicit model load / unload is not allowed if polling is enabled'),
    );
    const lines = await runtimeLines(port, ['--enable-puller', '--model-dir', modelDir()]);
    expect(lines.at(-1)).toMatch(/^problem .*--model-control-mode=explicit/);
  });
});

function pagesWithRefusal(refused: string, error: string) {
  return createServer((request, response) => {
    request.resume();
    const called = `${request.method} ${request.url}`;
    const page = called === refused ? { error } : tritonPages[called];
    response.writeHead(called === refused ? 400 : page === undefined ? 404 : 200);
    response.end(JSON.stringify(page ?? {}));
  });
}
