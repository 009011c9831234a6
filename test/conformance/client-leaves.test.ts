// A client that goes away takes its call at the runtime with it, whatever stage that is in (fault 36).
import { expect, it } from 'vitest';
import { rawClient } from '../support/raw-client.ts';
import { rawRuntime } from '../support/raw-runtime.ts';
import { infer, ok, scriptedRuntime } from '../support/scripted-runtime.ts';
import { silentPort } from '../support/silent-port.ts';
import { startTestAgent, type TestAgent } from '../support/test-agent.ts';

/** Far below every timeout of the agent, and far above a second on a machine that stands still at times. */
const soon = { timeout: 10_000, interval: 5 };
const chunkedHead = 'POST /v2/models/m/infer HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n';

/** Exchanges whose part at the runtime is over. */
function left(agent: TestAgent): number {
  return agent.metrics.upstreamSeconds('http1').count;
}

function inFlight(agent: TestAgent): number {
  const gauge = agent.metrics.instruments.find((each) => each.name === 'outrigger_requests_in_flight');
  return [...(gauge?.samples() ?? [])].reduce((sum, each) => sum + each.value, 0);
}

const kinds: readonly [string, string][] = [
  ['a body held as bytes', infer()],
  ['a streamed body of known length', infer('x'.repeat(100_000))],
  ['a chunked body', `${chunkedHead}2\r\n{}\r\n0\r\n\r\n`],
  ['no body', 'GET /v2 HTTP/1.1\r\nHost: h\r\n\r\n'],
];

for (const [name, request] of kinds) {
  it(`while the head is awaited (${name})`, async () => {
    const runtime = await rawRuntime();
    const agent = await startTestAgent(runtime.port);
    const client = await rawClient(agent.port);
    client.send(request);
    await expect.poll(() => runtime.received().length > 0).toBe(true);
    client.socket.destroy();
    await expect.poll(() => runtime.connections[0]?.ended(), soon).toBe(true);
    await expect.poll(() => left(agent), soon).toBe(1);
    expect(agent.metrics.staleRetries.value).toBe(0);
    expect(runtime.connections).toHaveLength(1);
  });

  it(`in the middle of the answer (${name})`, async () => {
    const runtime = await rawRuntime(({ socket }) => {
      if (socket.bytesWritten === 0) socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n');
    });
    const agent = await startTestAgent(runtime.port);
    const client = await rawClient(agent.port);
    client.send(request);
    await client.until((all) => all.includes('half'));
    client.socket.resetAndDestroy();
    await expect.poll(() => runtime.connections[0]?.ended(), soon).toBe(true);
  });
}

for (const [name, head] of [
  ['known length', 'POST /v2 HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n'],
  ['chunked', `${chunkedHead}F4240\r\n`],
] as const) {
  it(`in the middle of the upload (${name})`, async () => {
    const runtime = await rawRuntime();
    const agent = await startTestAgent(runtime.port);
    const client = await rawClient(agent.port);
    client.send(head + 'x'.repeat(100_000));
    await expect.poll(() => runtime.received().includes('xxx')).toBe(true);
    client.socket.destroy();
    await expect.poll(() => runtime.connections[0]?.ended(), soon).toBe(true);
    await expect.poll(() => left(agent), soon).toBe(1);
  });
}

it('while it waits for a connection: its place is free at once and the runtime never hears of it', async () => {
  const runtime = await scriptedRuntime(() => undefined);
  const agent = await startTestAgent(runtime.port, ['--upstream-max-connections', '1']);
  const [first, waiting, last] = [
    await rawClient(agent.port),
    await rawClient(agent.port),
    await rawClient(agent.port),
  ];
  first.send(infer('first'));
  await expect.poll(() => runtime.requests.length).toBe(1);
  waiting.send(infer('waiting'));
  await expect.poll(() => inFlight(agent)).toBe(2);
  waiting.socket.resetAndDestroy();
  await expect.poll(() => left(agent), soon).toBe(1);
  last.send(infer('last'));
  runtime.connections[0]?.socket.write(ok('1'));
  await expect.poll(() => runtime.requests.length).toBe(2);
  runtime.connections[0]?.socket.write(ok('2'));
  expect(await last.until((all) => all.endsWith('2'))).toContain(' 200 ');
  expect(runtime.received()).not.toContain('waiting');
});

for (const [name, request] of kinds.slice(0, 3)) {
  it(`while the connection is being made (${name})`, async () => {
    const agent = await startTestAgent(await silentPort());
    const client = await rawClient(agent.port);
    client.send(request);
    await expect.poll(() => inFlight(agent)).toBe(1);
    client.socket.destroy();
    await expect.poll(() => left(agent), soon).toBe(1);
  });
}
