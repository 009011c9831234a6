// The end of the agent: what waits is delivered within the drain; what cannot be is counted and named in the log.
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { AgentProcess } from '../../e2e/support/agent-process.ts';
import { eventually } from '../../support/eventually.ts';
import { freePort } from '../../support/free-ports.ts';
import { serveHttp } from '../../support/runtimes/probed.ts';
import { send } from '../batching/caller.ts';
import { answerOk, metricsPage, post, startLogging } from './logging.ts';
import { accept, hang, openSink, status } from './sink.ts';

const program = join(import.meta.dirname, '../../../src/main.ts');

it('events that wait are delivered within the drain, also those that were to be tried much later', async () => {
  const logging = await startLogging({ flags: ['--drain-max-wait', '500ms'] });
  logging.sink.answer(status(503));
  for (let sent = 0; sent < 10; sent++) await logging.send(post('{}'));
  // By then the sink is asked at growing intervals, the next one of a second or so.
  await eventually('the sink is given up for a while', () => logging.sink.requests.length >= 8);
  logging.sink.answer(accept);
  expect(await logging.agent.agent.drain()).toBe(0);
  expect(logging.sink.events()).toHaveLength(20);
  expect(await logging.account()).toMatchObject({ received: 20, delivered: 20, queued: 0, dropped: 0 });
});

it('a batch that waits for company goes at once', async () => {
  const logging = await startLogging({ flags: ['--log-format', 'batched', '--log-batch-interval', '1h'] });
  for (let sent = 0; sent < 3; sent++) await logging.send(post('{}'));
  expect(logging.sink.requests).toHaveLength(0);
  await logging.agent.agent.drain();
  expect(logging.sink.events()).toHaveLength(6);
});

for (const [what, flags] of [
  ['refuses connections', []],
  ['hangs', ['--log-client-timeout', '200ms']],
] as const) {
  it(`a sink that ${what}: the drain ends in time, and the log says how many events are lost`, async () => {
    const sink = await openSink();
    sink.answer(hang);
    if (what === 'refuses connections') await sink.stop();
    const logging = await startLogging({ sinks: [sink], flags: [...flags, '--drain-max-wait', '600ms'] });
    for (let sent = 0; sent < 4; sent++) await logging.send(post('{}'));
    await logging.agent.agent.drain();
    expect(await logging.account()).toMatchObject({ received: 8, delivered: 0, queued: 0, dropped: 8 });
    expect(await metricsPage(logging.agent)).toContain('reason="shutdown"} 8');
    const lost = logging.agent.logged.filter(({ level, fields }) => level === 'error' && fields.events === 8);
    expect(lost.length).toBeGreaterThanOrEqual(1);
    expect(lost.every(({ fields }) => fields.sink === sink.label)).toBe(true);
  });
}

it('whoever insists waits for no sink: what is left is counted at once', async () => {
  const sink = await openSink();
  sink.answer(hang);
  const logging = await startLogging({
    sinks: [sink],
    flags: ['--log-client-timeout', '1h', '--drain-max-wait', '1h'],
  });
  await logging.send(post('{}'));
  const { agent } = logging.agent;
  const drained = agent.drain();
  await eventually('the events are being delivered', () =>
    logging.agent.logged.some(({ message }) => message.startsWith('delivering')),
  );
  agent.hurry();
  agent.hurry();
  expect(await drained).toBe(0);
  expect(await logging.account()).toMatchObject({ received: 2, delivered: 0, queued: 0, dropped: 2 });
});

async function startProcess(
  sinkUrl: string,
  flags: readonly string[] = [],
): Promise<{ agent: AgentProcess; port: number }> {
  const runtime = await serveHttp(answerOk);
  const local = ['--host', '127.0.0.1', '--port', '0', '--metrics-port', '0', '--component-port', String(runtime.port)];
  const drain = ['--drain-min-wait', '0s', '--drain-quiet-period', '0s', '--drain-max-wait', '3s'];
  const agent = new AgentProcess({ program, args: [...local, ...drain, '--log-url', sinkUrl, ...flags] });
  onTestFinished(() => agent[Symbol.asyncDispose]());
  return { agent, port: await agent.served() };
}

it('SIGTERM: the process ends well when the sink has all that waited', async () => {
  const sink = await openSink();
  sink.answer(status(503));
  const { agent, port } = await startProcess(sink.url);
  for (let sent = 0; sent < 5; sent++) await send(port, post(`{"n":${sent}}`));
  await eventually('it was tried', () => sink.requests.length > 0);
  sink.answer(accept);
  expect(await agent.stop()).toEqual({ exitCode: 0, signal: null });
  const requests = sink.events().filter(({ type }) => type === 'request');
  expect(requests.map(({ data }) => String(data)).toSorted()).toEqual([0, 1, 2, 3, 4].map((n) => `{"n":${n}}`));
  expect(sink.events()).toHaveLength(10);
});

it('SIGTERM before a dead sink: the process ends in time and its log has the number', async () => {
  const { agent, port } = await startProcess(`http://127.0.0.1:${await freePort()}/`, ['--drain-max-wait', '600ms']);
  for (let sent = 0; sent < 3; sent++) await send(port, post('{}'));
  await agent.stop();
  expect(agent.log.some(({ level, events, msg }) => level === 'error' && events === 6 && /lost/.test(msg))).toBe(true);
});
