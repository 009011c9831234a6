// SIGTERM while requests wait for others to fill their batch: they are sent at once, and nobody waits for anybody from then on.
import { beforeAll, describe, expect, it } from 'vitest';
import { begin, send } from '../conformance/batching/caller.ts';
import { predict, type Sent, sums } from '../conformance/batching/sent.ts';
import { eventually } from '../support/eventually.ts';
import { freePorts } from '../support/free-ports.ts';
import { openOracle } from '../support/oracle-runtime/oracle.ts';
import { builtProgram } from './support/built-program.ts';
import { start } from './support/served-agent.ts';

let program: string;

beforeAll(async () => {
  program = await builtProgram();
});

/** A window of a minute: whoever waits for it is not answered within a test. */
async function serveBatching(policy: 'window' | 'adaptive') {
  const oracle = await openOracle();
  const [opsPort = 0] = await freePorts(1);
  const ports = ['--port', '0', '--metrics-port', String(opsPort), '--component-port', String(oracle.port)];
  const batcher = ['--enable-batcher', '--max-batchsize', '8', '--max-latency', '60000', '--batch-policy', policy];
  const args = ['--host', '127.0.0.1', '--metrics-host', '127.0.0.1', ...ports, ...batcher, '--drain-min-wait', '20s'];
  const agent = start({ program, args });
  const port = await agent.served();
  const waiting = async (rows: number): Promise<void> => {
    const read = async () => (await fetch(`http://127.0.0.1:${opsPort}/metrics`)).text();
    await expect.poll(read, { interval: 5 }).toMatch(`\noutrigger_batch_waiting_rows ${rows}\n`);
  };
  await send(port, sums(8)); // has the model's limits read
  await eventually('the limits are asked for', () => oracle.pages.some((page) => page.endsWith('/config')));
  oracle.forget();
  return { oracle, agent, port, waiting };
}

const kinds: readonly (readonly [name: string, of: (value: number) => Sent])[] = [
  ['V1', (value) => predict(`{"instances":[[${value},1]]}`)],
  ['V2', (value) => sums(1, value)],
];

describe.each(kinds)('SIGTERM with a partial batch (%s)', (_, of) => {
  it('sends it at once, answers who comes later without a wait, and ends with 0', async () => {
    const { oracle, agent, port, waiting } = await serveBatching('window');
    const members = [begin(port, of(1)), begin(port, of(2))];
    await waiting(2);
    expect(oracle.calls).toHaveLength(0);
    agent.signal('SIGTERM');
    const answers = await Promise.all(members.map(({ answer }) => answer));
    expect(answers.map(({ json }) => /:\[(\d+)\]/.exec(json)?.[1])).toEqual(['2', '3']);
    expect(oracle.calls.map(({ rows }) => rows)).toEqual([2]);
    for (const value of [3, 4]) {
      const { status, json } = await send(port, of(value));
      expect([status, /:\[(\d+)\]/.exec(json)?.[1]]).toEqual([200, String(value + 1)]);
    }
    const other = { ...of(5), headers: { ...of(5).headers, 'X-Tenant': 'a' } }; // a queue that is opened only now
    expect((await send(port, other)).status).toBe(200);
    agent.signal('SIGTERM');
    expect(await agent.end()).toEqual({ exitCode: 0, signal: null });
    expect(agent.log.filter(({ level }) => level === 'error')).toEqual([]);
  });
});

it('SIGTERM while the runtime is busy: what waits for it is answered too, and the end is 0', async () => {
  const { oracle, agent, port, waiting } = await serveBatching('adaptive');
  const gate = oracle.hold();
  const busy = begin(port, sums(1, 1));
  await oracle.received(1);
  const members = [2, 3, 4].map((value) => begin(port, sums(1, value)));
  await waiting(3);
  agent.signal('SIGTERM');
  await agent.logged(({ msg }) => msg.startsWith('draining'));
  agent.signal('SIGTERM');
  await waiting(0);
  gate.open();
  const answers = await Promise.all([busy, ...members].map(({ answer }) => answer));
  expect(answers.map(({ json }) => /"data":\[(\d+)\]/.exec(json)?.[1])).toEqual(['2', '3', '4', '5']);
  expect(await agent.end()).toEqual({ exitCode: 0, signal: null });
});
