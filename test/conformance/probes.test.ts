// kserve-agent contract, section "Probes": one row for each line, over real HTTP, before real runtimes.
import { createServer, request } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { ReadinessCheck } from '../../src/config/slices.ts';
import { FlatHeaderBlock } from '../../src/http/header-block.ts';
import type { Readiness } from '../../src/readiness/readiness.ts';
import { openProbes } from '../../src/server/probes.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-ports.ts';
import { grpc, httpGet, readinessOf, tcpSocket } from '../support/runtimes/checks.ts';
import { serveGrpcHealth } from '../support/runtimes/grpc-health.ts';
import { serve, serveHttp, serveLate } from '../support/runtimes/probed.ts';

const kubelet = { 'User-Agent': 'kube-probe/1.29' };
const activator = { 'User-Agent': 'Knative-Activator-Probe' };
const queue = { 'K-Network-Probe': 'queue' };
const network = { 'K-Network-Probe': 'probe' };
const model = 'the model';

interface Row {
  readonly line: string;
  readonly send: Readonly<Record<string, string>>;
  readonly method?: string;
  readonly runtime?: 'ready' | 'refused';
  readonly draining?: boolean;
  readonly want: readonly [status: number, body: string];
  readonly wantHeaders?: Readonly<Record<string, string>>;
}

const plain = { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' };

const rows: readonly Row[] = [
  { line: '1 kubelet, queue, ready', send: { ...kubelet, ...queue }, want: [200, 'queue'] },
  { line: '1 kubelet, queue, not ready', send: { ...kubelet, ...queue }, runtime: 'refused', want: [503, ''] },
  { line: '1 activator, queue, ready', send: { ...activator, ...queue }, want: [200, 'queue'] },
  { line: '1 activator, queue, not ready', send: { ...activator, ...queue }, runtime: 'refused', want: [503, ''] },
  {
    line: '1 kubelet while draining',
    send: { ...kubelet, ...queue },
    draining: true,
    want: [503, 'shutting down'],
    wantHeaders: plain,
  },
  { line: '1 activator while draining', send: activator, draining: true, want: [503, 'shutting down'] },
  {
    line: '1 another value',
    send: { ...kubelet, 'K-Network-Probe': 'bogus' },
    want: [400, 'unexpected probe header value: bogus'],
    wantHeaders: plain,
  },
  { line: '1 K-Kubelet-Probe no longer counts', send: { 'K-Kubelet-Probe': 'x', ...queue }, want: [200, model] },
  { line: '1 better: no header, ready', send: kubelet, want: [200, 'queue'] },
  { line: '1 better: no header, not ready', send: kubelet, runtime: 'refused', want: [503, ''] },
  { line: '1 better: HEAD', send: kubelet, method: 'HEAD', want: [200, ''] },
  { line: '1 better: POST infer reaches the model', send: kubelet, method: 'POST', want: [200, model] },
  { line: '1 better: POST infer, draining', send: activator, method: 'POST', draining: true, want: [200, model] },
  {
    line: '2 network probe',
    send: { ...network, 'K-Network-Hash': '0a1b' },
    want: [200, ''],
    wantHeaders: { 'k-network-hash': '0a1b' },
  },
  {
    line: '2 needs no ready runtime',
    send: { ...network, 'K-Network-Hash': 'h' },
    runtime: 'refused',
    want: [200, ''],
  },
  {
    line: '2 network probe without hash',
    send: network,
    want: [400, 'a network probe must carry a non-empty K-Network-Hash header'],
    wantHeaders: plain,
  },
  {
    line: '2 network probe while draining',
    send: { ...network, 'K-Network-Hash': '0a1b' },
    draining: true,
    want: [503, 'shutting down'],
    wantHeaders: plain,
  },
  { line: 'ordinary traffic', send: { 'User-Agent': 'curl/8' }, want: [200, model] },
  { line: 'ordinary traffic while draining', send: {}, draining: true, want: [200, model] },
];

describe('answers on every path', () => {
  it.each(rows)(
    '$line',
    async ({ send, method = 'GET', runtime = 'ready', draining = false, want, wantHeaders = {} }) => {
      const ready = await serveHttp((_request, response) => response.end());
      const port = runtime === 'ready' ? ready.port : await freePort();
      const agent = await serveAgent(readinessOf({ check: httpGet(port) }), draining);
      for (const path of ['/', '/v2/models/iris/infer', '/v1/models/iris:predict', '/any?x=1']) {
        const answer = await ask({ port: agent, path, method, headers: send });
        expect([answer.status, answer.body.trim()]).toEqual(want);
        expect(answer.headers).toMatchObject(wantHeaders);
      }
    },
  );
});

describe('3 the readiness probe of the runtime', () => {
  const cases: readonly (readonly [line: string, open: () => Promise<ReadinessCheck>, status: number])[] = [
    ['httpGet 200', async () => httpGet((await serveHttp((_request, response) => response.end())).port), 200],
    ['httpGet 307', async () => httpGet(await answering(307)), 200],
    ['httpGet 399', async () => httpGet(await answering(399)), 200],
    ['httpGet 400', async () => httpGet(await answering(400)), 503],
    ['httpGet 503', async () => httpGet(await answering(503)), 503],
    ['tcpSocket open', async () => tcpSocket((await serve(createTcpServer((socket) => socket.resume()))).port), 200],
    ['tcpSocket refused', async () => tcpSocket(await freePort()), 503],
    ['grpc SERVING', async () => grpc((await serveGrpcHealth({ '': 'SERVING' })).port), 200],
    ['grpc NOT_SERVING', async () => grpc((await serveGrpcHealth({ '': 'NOT_SERVING' })).port), 503],
    ['grpc service SERVING', async () => grpc((await serveGrpcHealth({ iris: 'SERVING' })).port, 'iris'), 200],
    ['grpc unknown service', async () => grpc((await serveGrpcHealth({ '': 'SERVING' })).port, 'iris'), 503],
    ['grpc without health service', async () => grpc((await serveGrpcHealth(null)).port), 503],
  ];

  it.each(cases)('%s', async (_line, open, status) => {
    const agent = await serveAgent(readinessOf({ check: await open() }), false);
    expect((await ask({ port: agent, headers: { ...kubelet, ...queue } })).status).toBe(status);
  });

  it('periodSeconds 0: the answer waits for a runtime that comes up while it is asked', async () => {
    const port = await freePort();
    const settings = { periodMs: 0, timeoutMs: 1000, successThreshold: 3 };
    const agent = await serveAgent(readinessOf({ check: httpGet(port), settings, pollDeadlineMs: 10_000 }), false);
    const answer = ask({ port: agent, headers: { ...kubelet, ...queue } });
    const runtime = await serveLate(port, 4);
    expect((await answer).status).toBe(200);
    expect(runtime.accepted()).toBe(3);
  });

  it('concurrent probes share one run', async () => {
    const waiting: (() => void)[] = [];
    const runtime = await serveHttp((_request, response) => {
      waiting.push(() => response.end());
    });
    const readiness = readinessOf({ check: httpGet(runtime.port) });
    let asked = 0;
    const allAsked = Promise.withResolvers<void>();
    const counting = {
      check: () => {
        asked += 1;
        if (asked === 20) allAsked.resolve();
        return readiness.check();
      },
    };
    const agent = await serveAgent(counting, false);
    const answers = Array.from({ length: 20 }, () => ask({ port: agent, headers: { ...kubelet, ...queue } }));
    await allAsked.promise;
    await eventually('the runtime was asked', () => waiting.length > 0);
    for (const answer of waiting) answer();
    for (const { status } of await Promise.all(answers)) expect(status).toBe(200);
    expect(runtime.accepted()).toBe(1);
  });

  it('probe requests carry User-Agent kube-probe/', async () => {
    let userAgent = '';
    const runtime = await serveHttp((request, response) => {
      userAgent = request.headers['user-agent'] ?? '';
      response.end();
    });
    await readinessOf({ check: httpGet(runtime.port) }).check();
    expect(userAgent).toMatch(/^kube-probe\//);
  });
});

async function answering(status: number): Promise<number> {
  return (await serveHttp((_request, response) => response.writeHead(status).end())).port;
}

/** The front of an agent: probes first, then the model. */
async function serveAgent(readiness: Pick<Readiness, 'check'>, draining: boolean): Promise<number> {
  const probes = openProbes({ readiness, draining: () => draining });
  const server = createServer((incoming, response) => {
    const headers = new FlatHeaderBlock(incoming.rawHeaders);
    const [userAgent, networkProbe] = [headers.get('user-agent'), headers.get('k-network-probe')];
    const answer = probes.answer({ method: incoming.method ?? '', userAgent, networkProbe, headers });
    if (answer === null) response.end(model);
    else
      void Promise.resolve(answer).then(({ status, headers: fields, body }) => {
        response.writeHead(status, fields.write([])).end(body);
      });
  });
  return (await serve(server)).port;
}

interface Asked {
  readonly port: number;
  readonly path?: string;
  readonly method?: string;
  readonly headers: Readonly<Record<string, string>>;
}

function ask({ port, path = '/', method = 'GET', headers }: Asked) {
  return new Promise<{ status: number; body: string; headers: NodeJS.Dict<string | string[]> }>((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port, path, method, headers, agent: false }, (response) => {
      response.setEncoding('utf8');
      let body = '';
      response.on('data', (text: string) => {
        body += text;
      });
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body, headers: response.headers }));
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
}
