// The agent that keeps models among a store that misbehaves, and with a ConfigMap that never rests. (More: test/full/puller-*.ts.)
import { setTimeout as wait } from 'node:timers/promises';
import { beforeAll, expect, it } from 'vitest';
import { AgentHome, ServedModelsClient, until } from '../support/puller/agent-home.ts';
import { CrowdedAgent } from '../support/puller/crowded-agent.ts';
import { startSteadyClient } from '../support/puller/steady-client.ts';
import type { Alter } from '../support/stores/s3-server.ts';
import { storeFaults } from '../support/stores/store-faults.ts';
import { builtProgram } from './support/built-program.ts';

let program: string;

beforeAll(async () => {
  program = await builtProgram();
});

it('each model comes whole from a store that has a fault of its own for each', async () => {
  const bodyOf = (key: string) => home.store.bucket('models').get(key)!.body;
  const alters = new Map<string, Alter>(storeFaults.map(({ alter }, nth) => [`m${nth}`, alter(bodyOf)]));
  await using home: AgentHome = await AgentHome.open({
    program,
    alter: (request, answer, response) => {
      const [name = ''] = request.key.split('/');
      return alters.get(name)?.(request, answer, response) ?? (alters.has(name) ? null : answer);
    },
  });
  const names = [...alters.keys()];
  for (const name of names) home.put(`${name}/A`, name, [30_000, 30_000]);
  home.want(Object.fromEntries(names.map((name) => [name, `${name}/A`])));
  await using agent = home.start();
  const client = await ServedModelsClient.of(agent);
  for (const name of names) await until(`${name} answers`, async () => (await client.ask(name)) === name);
  expect(home.runtime.refusals).toEqual([]);
}, 60_000);

it('of a ConfigMap that is swapped 100 times a second the last one is in force, and no client fails meanwhile', async () => {
  await using crowd = await CrowdedAgent.open(program);
  const names = Array.from({ length: 20 }, (_, nth) => `m${nth}`);
  await crowd.put(Object.fromEntries(names.flatMap((name) => ['A', 'B'].map((each) => [`${name}/${each}`, each]))));
  const wantAll = (version: string): void =>
    crowd.want(Object.fromEntries(names.map((name) => [name, `${name}/${version}`])));
  wantAll('A');
  await using agent = crowd.start();
  const client = await ServedModelsClient.of(agent);
  for (const name of names) await until(`${name} answers`, async () => (await client.ask(name)) === 'A');
  const asking = startSteadyClient(client, 'm0', ['A', 'B']);
  for (let swap = 0; swap < 100; swap += 1) {
    wantAll(swap % 2 === 0 ? 'B' : 'A');
    await wait(10);
  }
  wantAll('B');
  for (const name of names) await until(`${name} answers`, async () => (await client.ask(name)) === 'B');
  const { asked, wrong } = await asking.end();
  expect(wrong).toEqual([]);
  expect(asked).toBeGreaterThan(10);
  expect(await crowd.fetches()).toBeLessThanOrEqual(names.length * 2 * 3 * 2); // no storm of pulls either
}, 60_000);
