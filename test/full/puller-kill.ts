// Fifty kill -9 of the agent that keeps models, in the middle of pulls, links, loads, unloads and deletions (issue 7).
import { builtProgram } from '../e2e/support/built-program.ts';
import { KilledAgents } from '../support/puller/agent-kills.ts';
import { seededRandom } from '../support/random.ts';
import { seed } from '../support/seed.ts';
import type { Alter } from '../support/stores/s3-server.ts';
import { storeFaults } from '../support/stores/store-faults.ts';

const kills = Number(process.argv[2] ?? 50);
const random = seededRandom(seed);

/** Every fiftieth answer has a fault of its own. */
const fault: Alter = (request, answer, response) => {
  if (random() > 0.02) return answer;
  const { alter } = storeFaults[Math.floor(random() * storeFaults.length)] as (typeof storeFaults)[number];
  return alter(() => answer.body)(request, answer, response);
};

const results: boolean[] = [];
for (const [name, more] of [
  ['a store without faults', {}],
  ['a store with faults', { fault }],
] as const) {
  await using agents = await KilledAgents.open({ program: await builtProgram(), random, ...more });
  for (let nth = 0; nth < kills; nth += 1) await agents.liveAndDie();
  const readyMs = await agents.settle();
  const good = agents.problems.length === 0;
  for (const problem of new Set(agents.problems)) console.log(`       ${problem}`);
  const deaths = [...agents.deaths].map(([how, times]) => `${times} ${how}`).join(', ');
  const figures = `${deaths}; ready ${Math.round(readyMs)} ms after the last start`;
  console.log(`${good ? 'ok  ' : 'FAIL'} ${kills} kills with ${name}: ${figures}`);
  results.push(good);
}
console.log(`${results.filter((good) => good).length} passed, ${results.filter((good) => !good).length} failed`);
process.exitCode = results.every((good) => good) ? 0 : 1;
