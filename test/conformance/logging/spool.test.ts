// --log-spool-dir: what a client was answered is on disk, whatever happens to the sink and to the agent.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Metadata } from '@grpc/grpc-js';
import { expect, it, onTestFinished } from 'vitest';
import { AgentProcess } from '../../e2e/support/agent-process.ts';
import { freePort } from '../../support/free-ports.ts';
import { echoClient } from '../../support/grpc/echo-client.ts';
import { startEchoServer } from '../../support/grpc/echo-server.ts';
import { rawClient } from '../../support/raw-client.ts';
import { serveHttp } from '../../support/runtimes/probed.ts';
import { send } from '../batching/caller.ts';
import { answer, answerOk, only, post, startLogging } from './logging.ts';
import { openSink, status } from './sink.ts';

const program = join(import.meta.dirname, '../../../src/main.ts');

function spoolFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'outrigger-spool-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

it('the events are the same as without it', async () => {
  const { exchange, account } = await startLogging({ flags: ['--log-spool-dir', spoolFolder()] });
  const { request, response } = await exchange(post('{"x":1}', { 'Ce-Id': 'kept', 'Content-Encoding': 'x-own' }));
  expect(request).toMatchObject({ id: 'kept', data: Buffer.from('{"x":1}'), contentEncoding: 'x-own' });
  expect(response).toMatchObject({ id: 'kept', data: Buffer.from('{"ok":true}'), contentType: 'application/json' });
  expect(await account()).toMatchObject({ received: 2, delivered: 2, queued: 0, dropped: 0 });
});

it('a stream comes through whole, its last byte too', async () => {
  const { send: ask, events } = await startLogging({
    flags: ['--log-spool-dir', spoolFolder()],
    runtime: (incoming, outgoing) => {
      incoming.resume();
      outgoing.writeHead(200, { 'Content-Type': 'text/event-stream' });
      outgoing.write('data: one\n\n');
      outgoing.end('data: two\n\n');
    },
  });
  const received = await ask(post('{}'));
  expect([received.complete, String(received.body)]).toEqual([true, 'data: one\n\ndata: two\n\n']);
  expect(String(only(await events(2), 'response').data)).toBe('data: one\n\ndata: two\n\n');
});

it('a stream’s first chunk passes while it is still open', async () => {
  let finish: () => void = () => undefined;
  const { agent, events } = await startLogging({
    flags: ['--log-spool-dir', spoolFolder()],
    runtime: (incoming, outgoing) => {
      incoming.resume();
      outgoing.writeHead(200, { 'Content-Type': 'text/event-stream' }).write('data: one\n\n');
      finish = () => outgoing.end();
    },
  });
  const client = await rawClient(agent.port);
  client.send('POST /v2/models/m/generate_stream HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{}');
  await client.until((text) => text.includes('data: one\n\n'));
  finish();
  await client.until((text) => text.endsWith('0\r\n\r\n'));
  await events(2);
});

it('gRPC keeps its trailers, and each of its messages', async () => {
  const runtime = await startEchoServer();
  const { agent, events } = await startLogging({
    flags: ['--log-spool-dir', spoolFolder()],
    runtimePort: runtime.port,
  });
  const client = echoClient(agent.port);
  const call = client.stub.ServerStream({ text: 's', count: 30 }, new Metadata(), {});
  const { status: end, messages } = await client.outcomeOf(call);
  expect([end.code, end.metadata.get('x-trailing'), messages.length]).toEqual([0, ['last'], 30]);
  expect((await client.unary({ text: 'fail' })).status.code).toBe(9);
  const seen = await events(3);
  expect(only(seen, 'response').attributes.grpcstatus).toBe('0');
});

it('a client that leaves in mid-answer, a runtime that breaks off: what came is logged, and the client sees a broken answer', async () => {
  let outgoing: ServerResponse | undefined;
  const { agent, events, sink } = await startLogging({
    flags: ['--log-spool-dir', spoolFolder()],
    runtime: (incoming, response) => {
      outgoing = response;
      incoming.resume().on('end', () => response.writeHead(200, { 'Content-Length': '100' }).write('half of it'));
    },
  });
  for (const leaver of ['client', 'runtime']) {
    const client = await rawClient(agent.port);
    client.send('POST /v2/models/m/infer HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{}');
    await client.until((text) => text.includes('half of it'));
    if (leaver === 'client') client.socket.resetAndDestroy();
    else outgoing?.socket?.destroy();
    await client.closed();
    await events(sink.events().length < 2 ? 2 : 4);
  }
  const answers = sink.events().filter(({ type }) => type === 'response');
  const half = { data: Buffer.from('half of it'), attributes: { incomplete: 'true' } };
  expect(answers).toMatchObject([half, half]);
});

it('what a dead sink did not take at the end is kept, and delivered after the next start', async () => {
  const spool = ['--log-spool-dir', spoolFolder(), '--drain-max-wait', '600ms'];
  const port = await freePort();
  const sink = { ...(await openSink()), url: `http://127.0.0.1:${port}/`, label: `http://127.0.0.1:${port}/` };
  const first = await startLogging({ sinks: [sink], flags: spool });
  for (let n = 0; n < 5; n++) await first.send(post(`{"n":${n}}`));
  await first.agent.agent.drain();
  await first.agent.agent[Symbol.asyncDispose]();
  expect(await first.account()).toMatchObject({ received: 10, delivered: 0, dropped: 0 });
  const again = await openSink({ port });
  const second = await startLogging({ sinks: [again], flags: spool });
  const events = await second.events(10);
  const requests = events.filter(({ type }) => type === 'request').map(({ data }) => String(data));
  expect(requests.toSorted()).toEqual([0, 1, 2, 3, 4].map((n) => `{"n":${n}}`));
});

it('kill -9 after the answer: the event is delivered after the next start', async () => {
  const sink = await openSink();
  sink.answer(status(503));
  const runtime = await serveHttp(answerOk);
  const local = ['--host', '127.0.0.1', '--port', '0', '--metrics-port', '0', '--component-port', String(runtime.port)];
  const args = [...local, '--log-url', sink.url, '--log-spool-dir', spoolFolder(), '--log-spool-wait-ms', '5000'];
  const killed = new AgentProcess({ program, args });
  onTestFinished(() => killed[Symbol.asyncDispose]());
  const port = await killed.served();
  await Promise.all(Array.from({ length: 20 }, (_, n) => send(port, post(`{"n":${n}}`, { 'Ce-Id': `e${n}` }))));
  await killed[Symbol.asyncDispose]();
  sink.answer(status(202));
  const next = new AgentProcess({ program, args });
  onTestFinished(() => next[Symbol.asyncDispose]());
  await next.served();
  await sink.taken(40);
  const seen = sink.events().map(({ id, type }) => `${id} ${type}`);
  expect(new Set(seen).size).toBe(40);
});

it('a folder that cannot be used is loud, and the events go on in memory', async () => {
  const file = join(spoolFolder(), 'a-file');
  writeFileSync(file, 'in the way');
  const { exchange, agent } = await startLogging({
    flags: ['--log-spool-dir', join(file, 'spool')],
    runtime: (incoming, outgoing) => void incoming.resume().on('end', () => answer(outgoing, '{"ok":true}')),
  });
  const { response } = await exchange(post('{}'));
  expect(String(response.data)).toBe('{"ok":true}');
  expect(agent.logged.some(({ level }) => level === 'error')).toBe(true);
});
