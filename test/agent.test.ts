// Does whoever starts an agent get all of it, or nothing that stays open?
import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { startAgent } from '../src/agent.ts';
import { readConfig } from '../src/config/read.ts';
import { openMetrics } from '../src/metrics.ts';
import { bindListener } from '../src/server/listener.ts';
import { freePorts } from './support/free-ports.ts';
import { startTestAgent } from './support/test-agent.ts';

async function isOpen(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  return once(socket, 'connect').then(
    () => true,
    () => false,
  );
}

it('a start that fails half-way leaves no part open', async () => {
  const [opsPort = 0] = await freePorts(1);
  const own = ['--host', '127.0.0.1', '--port', '0', '--metrics-host', '127.0.0.1', '--metrics-port', String(opsPort)];
  const config = readConfig({ argv: own, env: {} });
  const listener = await bindListener(config.listener);
  onTestFinished(() => listener[Symbol.asyncDispose]());
  const seen: boolean[] = [];
  const nothing = () => undefined;
  const info = () => {
    throw new Error('the log broke');
  };
  const log = { debug: nothing, info, warn: nothing, error: nothing };
  await expect(startAgent({ config, listener, log, metrics: openMetrics() })).rejects.toThrow('the log broke');
  seen.push(await isOpen(opsPort));
  await listener[Symbol.asyncDispose]();
  seen.push(await isOpen(listener.port));
  expect(seen).toEqual([false, false]);
});

it('disposing an agent closes its ports and breaks every connection; twice is harmless', async () => {
  const { agent, port } = await startTestAgent(1);
  const client = connect(port, '127.0.0.1');
  await once(client, 'connect');
  await agent[Symbol.asyncDispose]();
  await once(client.resume(), 'close');
  await agent[Symbol.asyncDispose]();
  expect(await isOpen(port)).toBe(false);
});
