// The agent that keeps models dies at any moment, or meets another one on its folder. (Fifty kills: test/full/puller-kill.ts.)
import { beforeAll, expect, it } from 'vitest';
import { AgentHome, ServedModelsClient, until } from '../support/puller/agent-home.ts';
import { KilledAgents } from '../support/puller/agent-kills.ts';
import { seededRandom } from '../support/random.ts';
import { seed } from '../support/seed.ts';
import { builtProgram } from './support/built-program.ts';

let program: string;

beforeAll(async () => {
  program = await builtProgram();
});

it('kill -9 leaves no half model, deletes no loaded one, and has nothing fetched twice', {
  timeout: 60_000,
}, async () => {
  await using agents = await KilledAgents.open({ program, random: seededRandom(seed) });
  for (let nth = 0; nth < 3; nth += 1) await agents.liveAndDie();
  await agents.settle();
  expect(agents.problems).toEqual([]);
});

it('a second agent on the folder waits for the end of the first, and goes on where that was', async () => {
  await using home = await AgentHome.open({ program });
  home.put('m/A', 'A');
  home.put('m/B', 'B');
  home.want({ m: 'm/A' });
  await using first = home.start();
  const client = await ServedModelsClient.of(first);
  await until('A is served', async () => (await client.ask('m')) === 'A');
  await using second = home.start();
  await second.logged(({ msg }) => msg.startsWith('waiting for the model folder'));
  expect(home.runtime.orders).toEqual(['load m']);
  first.signal('SIGKILL');
  const after = await ServedModelsClient.of(second);
  home.want({ m: 'm/B' });
  await until('B is served', async () => (await after.ask('m')) === 'B');
  expect(home.runtime.orders.at(-1)).toBe('load m');
  expect(home.runtime.refusals).toEqual([]);
});
