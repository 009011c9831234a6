// What a sink rejects, as the operator finds it: in a second sink, or in a folder; over real sockets and files.
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { DeadLetterConfig } from '../../../src/config/slices.ts';
import { LogMetrics } from '../../../src/log-metrics.ts';
import { openDeadLetters } from '../../../src/logger/dead-letters/open-dead-letters.ts';
import { openCloudEventsCarrier } from '../../../src/logger/delivery/cloud-events-carrier.ts';
import { openEventSender } from '../../../src/logger/delivery/event-sender.ts';
import { openEncoding } from '../../../src/logger/encoding/event-encoding.ts';
import { openMemoryQueue } from '../../../src/logger/queue/memory-queue.ts';
import { openSinkClient } from '../../../src/logger/sink/sink-client.ts';
import { logEvent } from '../../support/delivery/log-event.ts';
import { batchBounds, delivery } from '../../support/delivery/scripted-sink.ts';
import { eventually } from '../../support/eventually.ts';
import { silentLog } from '../../support/members.ts';

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Sends events `a`, `poison`, `b` to a sink that rejects the second one, and waits until each has its end. */
async function sendPoison(config: DeadLetterConfig) {
  const url = await serve((request, response) => {
    request.resume().on('end', () => {
      const bad = request.headers['ce-id'] === 'poison';
      response.writeHead(bad ? 422 : 202).end(bad ? 'no such field: é' : '');
    });
  });
  const deadLetters = openDeadLetters({ config, delivery, log: silentLog });
  onTestFinished(() => deadLetters?.[Symbol.asyncDispose]());
  const metrics = new LogMetrics().sink(url);
  const queue = openMemoryQueue({ maxBytes: 2 ** 26, maxEvents: 1000, metrics });
  const { workers, timeoutMs, tls, bearerTokenFile } = delivery;
  const client = openSinkClient({ url, workers, timeoutMs, tls, bearerTokenFile, log: silentLog });
  const label = url;
  const sender = openEventSender({
    source: queue,
    carrier: openCloudEventsCarrier(openEncoding('binary'), client),
    batch: batchBounds(delivery),
    deadLetters,
    config: delivery,
    metrics,
    log: silentLog,
    label,
  });
  onTestFinished(() => sender[Symbol.asyncDispose]());
  for (const id of ['a', 'poison', 'b']) queue.offer(logEvent(id));
  await eventually('each has its end', () => queue.depth === 0);
  expect(metrics.totals).toEqual({ received: 3, delivered: 2, deadLettered: 1, dropped: 0 });
  const data = Buffer.from('no such field: é').toString('base64');
  return { knativeerrorcode: '422', knativeerrordest: url, knativeerrordata: data };
}

it('a rejected event goes to the second sink, with the answer that it got', async () => {
  const heads: Record<string, unknown>[] = [];
  const url = await serve((request, response) => {
    heads.push(request.headers);
    request.resume().on('end', () => response.writeHead(202).end());
  });
  const why = await sendPoison({ kind: 'sink', url, label: url });
  expect(heads).toHaveLength(1);
  const words = Object.fromEntries(Object.entries(why).map(([name, value]) => [`ce-${name}`, value]));
  expect(heads[0]).toMatchObject({ 'ce-id': 'poison', 'content-type': 'application/json', ...words });
});

it('the second sink is not shown the token that is meant for the sinks', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'outrigger-dead-letters-'));
  onTestFinished(() => rm(dir, { recursive: true }));
  const bearerTokenFile = join(dir, 'token');
  await writeFile(bearerTokenFile, 'secret');
  const tokens: unknown[] = [];
  const url = await serve((request, response) => {
    tokens.push(request.headers.authorization);
    request.resume().on('end', () => response.writeHead(202).end());
  });
  const config = { kind: 'sink', url, label: url } as const;
  const letters = openDeadLetters({ config, delivery: { ...delivery, bearerTokenFile }, log: silentLog });
  onTestFinished(() => letters?.[Symbol.asyncDispose]());
  expect(await letters?.bury(logEvent('a'), { code: 400, message: 'no', sink: 'http://sink/' })).toBe(true);
  expect(tokens).toEqual([undefined]);
});

it('a rejected event becomes a file, with the answer that it got', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'outrigger-dead-letters-'));
  onTestFinished(() => rm(dir, { recursive: true }));
  const why = await sendPoison({ kind: 'folder', dir, maxBytes: 100_000 });
  const [name, ...others] = await readdir(dir);
  expect(others).toEqual([]);
  expect(JSON.parse(await readFile(join(dir, name!), 'utf8'))).toMatchObject({ id: 'poison', ...why });
});

it('there are none without a word about them', () => {
  expect(openDeadLetters({ config: null, delivery, log: silentLog })).toBeNull();
});
