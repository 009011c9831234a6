// The sender with its client in front of real servers: what each answer and each failure means for an event.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, createServer as createRawServer, type Server, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { DeliveryConfig } from '../../../src/config/slices.ts';
import { LogMetrics } from '../../../src/log-metrics.ts';
import { openCloudEventsCarrier } from '../../../src/logger/delivery/cloud-events-carrier.ts';
import { openEventSender } from '../../../src/logger/delivery/event-sender.ts';
import { openEncoding } from '../../../src/logger/encoding/event-encoding.ts';
import { openMemoryQueue } from '../../../src/logger/queue/memory-queue.ts';
import { openSinkClient } from '../../../src/logger/sink/sink-client.ts';
import { logEvent } from '../../support/delivery/log-event.ts';
import { batchBounds, delivery, recordingLog } from '../../support/delivery/scripted-sink.ts';
import { hurriedClock } from '../../support/delivery/test-clock.ts';
import { eventually } from '../../support/eventually.ts';
import { selfSigned } from '../../support/runtimes/self-signed.ts';

async function listening(server: Server, port = 0): Promise<number> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => sockets.add(socket));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

function openDelivery(url: string, config: Partial<DeliveryConfig> = {}) {
  const metrics = new LogMetrics().sink(url);
  const { log, lines } = recordingLog();
  const all = { ...delivery, ...config };
  const { workers, timeoutMs, tls, bearerTokenFile } = all;
  const queue = openMemoryQueue({ maxBytes: 2 ** 26, maxEvents: 1000, metrics });
  const client = openSinkClient({ url, workers, timeoutMs, tls, bearerTokenFile, log });
  const sender = openEventSender({
    source: queue,
    carrier: openCloudEventsCarrier(openEncoding(all.format), client),
    batch: batchBounds(all),
    deadLetters: null,
    config: all,
    metrics,
    log,
    label: url,
    clock: hurriedClock(),
  });
  onTestFinished(() => sender[Symbol.asyncDispose]());
  return { queue, metrics, sender, lines };
}

async function answer(request: IncomingMessage, response: ServerResponse, status: number, headers = {}): Promise<void> {
  request.resume();
  await once(request, 'end');
  response.writeHead(status, headers).end();
}

describe('a status code', () => {
  const delivered = [200, 201, 202, 204];
  const repeated = [404, 408, 409, 429, 500, 501, 502, 503, 504, 507];
  const final = [300, 301, 302, 307, 308, 400, 401, 403, 410, 413];

  it('delivers, repeats or ends an event as the contract of Knative says, and no redirect is followed', async () => {
    const posts = new Map<number, number>();
    let strayed = 0;
    const listener: RequestListener = (request, response) => {
      if (request.url !== '/sink') strayed += 1;
      const status = Number(request.headers['ce-id']);
      posts.set(status, (posts.get(status) ?? 0) + 1);
      const now = repeated.includes(status) && posts.get(status) === 2 ? 202 : status;
      void answer(request, response, now, { location: '/elsewhere' });
    };
    const port = await listening(createServer(listener));
    const { queue, metrics } = openDelivery(`http://127.0.0.1:${port}/sink`);
    const all = [...delivered, ...repeated, ...final];
    expect(all).toHaveLength(24);
    for (const status of all) queue.offer(logEvent(String(status)));
    await eventually('each has an end', () => queue.depth === 0);
    expect(posts).toEqual(new Map(all.map((status) => [status, repeated.includes(status) ? 2 : 1])));
    expect(metrics.totals).toEqual({ received: 24, delivered: 14, deadLettered: 0, dropped: 10 });
    expect(metrics.drops.get('rejected')?.value).toBe(10);
    expect(metrics.retries.value).toBe(10);
    expect(strayed).toBe(0);
  });
});

describe('Retry-After', () => {
  it.each([
    ['in seconds', () => '3', 3000],
    ['as a date', () => new Date(Date.now() + 3_600_000).toUTCString(), 5000],
    ['beyond any patience', () => '86400', 5000],
  ])('%s is obeyed up to the cap', async (_, retryAfter, leastMs) => {
    const arrivals: number[] = [];
    const listener: RequestListener = (request, response) => {
      arrivals.push(performance.now());
      void answer(request, response, arrivals.length === 1 ? 503 : 202, { 'retry-after': retryAfter() });
    };
    const port = await listening(createServer(listener));
    const { queue } = openDelivery(`http://127.0.0.1:${port}/`, { maxBackoffMs: 5000 });
    queue.offer(logEvent('a'));
    await eventually('it is delivered', () => queue.depth === 0);
    expect(arrivals).toHaveLength(2);
    expect(arrivals[1]! - arrivals[0]!).toBeGreaterThan(leastMs / 100 - 1);
  });
});

describe('a sink that', () => {
  const faults: Readonly<Record<string, (socket: Socket) => void>> = {
    'resets the connection': (socket) => socket.resetAndDestroy(),
    'closes without an answer': (socket) => socket.end(),
    'never answers': () => undefined,
    'talks no HTTP': (socket) => socket.write('SSH-2.0-OpenSSH_9.9\r\n'),
    'breaks off in its answer': (socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc', () => socket.resetAndDestroy());
    },
  };

  it.each(Object.entries(faults))('%s gets the event again, until it takes it', async (_, fault) => {
    let requests = 0;
    const server = createRawServer((socket) => {
      socket
        .on('error', () => undefined)
        .on('data', () => {
          requests += 1;
          if (requests <= 3) fault(socket);
          else socket.write('HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n');
        });
    });
    const port = await listening(server);
    const { queue, metrics, sender } = openDelivery(`http://127.0.0.1:${port}/`, { timeoutMs: 50 });
    queue.offer(logEvent('a'));
    await eventually('it is delivered', () => metrics.totals.delivered === 1);
    expect(metrics.totals.dropped).toBe(0);
    expect(sender.health.lastError).not.toBeNull();
    expect(metrics.retries.value).toBeGreaterThan(0);
  });

  it('is not there at start is named in the log, and gets everything when it comes', async () => {
    const place = createRawServer();
    const port = await listening(place);
    place.close();
    await once(place, 'close');
    const { queue, metrics, lines } = openDelivery(`http://127.0.0.1:${port}/`);
    for (let i = 0; i < 50; i += 1) queue.offer(logEvent(`e${i}`));
    await eventually('somebody says so', () => lines.length > 0);
    expect(lines).toMatchObject([
      { level: 'warn', fields: { reason: expect.stringMatching(/^refused: .*ECONNREFUSED/) } },
    ]);
    await listening(
      createServer((request, response) => void answer(request, response, 202)),
      port,
    );
    await eventually('all are delivered', () => queue.depth === 0);
    expect(metrics.totals).toEqual({ received: 50, delivered: 50, deadLettered: 0, dropped: 0 });
    expect(lines.map(({ level }) => level)).toEqual(['warn', 'info']);
  });

  it.each([
    ['has a name that nobody knows', async () => 'http://sink.invalid/', /^dns: /],
    [
      'shows a certificate that nobody signed',
      async () => `https://127.0.0.1:${await listening(createSecureServer(selfSigned()))}/`,
      /^tls: /,
    ],
  ])('%s loses nothing either, and says what is wrong', async (_, url, reason) => {
    const { queue, metrics, lines, sender } = openDelivery(await url());
    queue.offer(logEvent('a'));
    await eventually('somebody says so', () => lines.some(({ level }) => level === 'warn'));
    expect(sender.health.lastError?.message).toMatch(reason);
    expect([queue.depth, metrics.totals.dropped]).toEqual([1, 0]);
  });
});
