// Two thousand small models by one agent: loaded, changed, removed, found again after a kill, and models.json swapped without rest.
import { setTimeout as wait } from 'node:timers/promises';
import type { AgentProcess } from '../e2e/support/agent-process.ts';
import { builtProgram } from '../e2e/support/built-program.ts';
import type { Verdict } from '../real/compare.ts';
import { ServedModelsClient, until } from '../support/puller/agent-home.ts';
import { CrowdedAgent, peakMib } from '../support/puller/crowded-agent.ts';
import { type SteadyReport, startSteadyClient, told } from '../support/puller/steady-client.ts';
import { summarize } from '../support/stores/verdict-summary.ts';

const count = 2_000;
const names = Array.from({ length: count }, (_, nth) => `m${String(nth).padStart(4, '0')}`);
const verdicts: Verdict[] = [];
await using crowd = await CrowdedAgent.open(await builtProgram());
await crowd.put(Object.fromEntries(['first/A', 'first/B'].map((key) => [key, key])));
await crowd.put(
  Object.fromEntries(
    names.flatMap((name) => ['A', 'B'].map((version) => [`${name}/${version}`, `${name} ${version}`])),
  ),
);

type Wanted = Readonly<Record<string, string>>;
const wantedOf = (these: readonly string[], version: (name: string) => string): Wanted => ({
  first: 'first/A',
  ...Object.fromEntries(these.map((name) => [name, `${name}/${version(name)}`])),
});

async function judge(name: string, claim: () => Promise<readonly string[]>): Promise<void> {
  const problems = await claim().catch((error: unknown) => [String(error)]);
  console.log(`${problems.length === 0 ? 'ok  ' : 'FAIL'} ${name}`);
  verdicts.push({ name, difference: problems.length === 0 ? null : problems.slice(0, 10).join('; ') });
}

/** All is so, in the runtime, in the folder and for clients. */
async function converged(client: ServedModelsClient, wanted: Wanted): Promise<string[]> {
  const expected = Object.keys(wanted).sort();
  const entries = Object.entries(wanted);
  const last = entries.at(-1) as [string, string];
  const same = (found: readonly string[], right: readonly string[]): boolean => `${found}` === `${right}`;
  const deadline = { deadlineMs: 240_000, everyMs: 200 };
  await until('the last model answers', async () => (await client.ask(last[0])) === answerOf(last[1]), deadline);
  await until('the runtime has what is wanted', async () => same(await crowd.loaded(), expected), deadline);
  await until('all answer', async () => (await wrongAnswers(client, entries)).length === 0, {
    ...deadline,
    everyMs: 1_000,
  });
  return [];
}

/** Versions of before go some seconds later. */
async function tidy(wanted: Wanted): Promise<void> {
  const expected = Object.keys(wanted)
    .map((name) => `${name} 1`)
    .sort();
  await until('the folder has what is wanted', () => `${crowd.onDisk()}` === `${expected}`, {
    deadlineMs: 120_000,
    everyMs: 500,
  });
}

async function wrongAnswers(
  client: ServedModelsClient,
  entries: readonly (readonly [string, string])[],
): Promise<string[]> {
  const wrong: string[] = [];
  const rest = entries.values();
  const ask = async (): Promise<void> => {
    for (const [name, key] of rest) if ((await client.ask(name)) !== answerOf(key)) wrong.push(name);
  };
  await Promise.all(Array.from({ length: 8 }, ask));
  return wrong;
}

const answerOf = (key: string): string => (key.startsWith('first/') ? key : key.replace('/', ' '));

/** Problems of the client, its figures and the agent's on the way. */
function heard(report: SteadyReport, what: string, agent: AgentProcess): string[] {
  console.log(`       ${what}: ${told(report)}; peak ${peakMib(agent.child.pid)} MiB`);
  return report.wrong.slice(0, 3).map((answer) => `a client got ${answer}`);
}

let agent = crowd.start();
let client = await ServedModelsClient.of(agent);
const all = wantedOf(names, () => 'A');
await judge('2,000 models come while one serves', async () => {
  crowd.want({ first: 'first/A' });
  await until('the first is served', async () => (await client.ask('first')) === 'first/A');
  const before = startSteadyClient(client, 'first', ['first/A']);
  await wait(3_000);
  heard(await before.end(), 'alone', agent);
  const meanwhile = startSteadyClient(client, 'first', ['first/A']);
  const startedMs = performance.now();
  crowd.want(all);
  await until('all are loaded', async () => (await crowd.loaded()).length === count + 1, {
    deadlineMs: 240_000,
    everyMs: 250,
  });
  console.log(`       ${count} models loaded in ${((performance.now() - startedMs) / 1000).toFixed(1)} s`);
  const problems = heard(await meanwhile.end(), 'meanwhile', agent);
  return [...problems, ...(await converged(client, all))];
});

const fewer = wantedOf(names.slice(0, count / 2), (name) => (names.indexOf(name) % 2 === 0 ? 'A' : 'B'));
await judge('1,000 removed and 500 changed', async () => {
  const meanwhile = startSteadyClient(client, 'first', ['first/A']);
  const startedMs = performance.now();
  crowd.want(fewer);
  const problems = await converged(client, fewer);
  console.log(`       after ${((performance.now() - startedMs) / 1000).toFixed(1)} s`);
  problems.push(...heard(await meanwhile.end(), 'meanwhile', agent));
  await tidy(fewer);
  return problems;
});

await judge('models.json is swapped 100 times a second for 5 s, with 2,001 entries', async () => {
  crowd.want(all);
  await converged(client, all);
  const problems: string[] = [];
  const meanwhile = startSteadyClient(client, names[0] as string, [`${names[0]} A`]);
  const startedMs = performance.now();
  let swaps = 0;
  for (; performance.now() - startedMs < 5_000; swaps += 1) {
    crowd.want({ ...all, first: swaps % 2 === 0 ? 'first/B' : 'first/A' });
    await wait(Math.max(0, startedMs + 10 * (swaps + 1) - performance.now()));
  }
  problems.push(...heard(await meanwhile.end(), `${swaps} swaps`, agent));
  const last = { ...all, first: 'first/B' };
  crowd.want(last);
  problems.push(...(await converged(client, last)));
  const lag = (await client.metrics()).match(/^outrigger_event_loop_lag_seconds_(?:bucket|sum|count).*$/gm) ?? [];
  console.log(lag.map((line) => `       ${line}`).join('\n'));
  return problems;
});

await judge('found again after a kill, and nothing fetched', async () => {
  await tidy({ ...all, first: 'first/B' });
  const before = await crowd.fetches();
  agent.signal('SIGKILL');
  await agent.ended;
  const startedMs = performance.now();
  agent = crowd.start();
  client = await ServedModelsClient.of(agent);
  await until('ready', () => client.isReady(), { deadlineMs: 60_000 });
  console.log(
    `       ready ${Math.round(performance.now() - startedMs)} ms after its start, peak ${peakMib(agent.child.pid)} MiB`,
  );
  const fetched = (await crowd.fetches()) - before;
  const problems = await converged(client, { ...all, first: 'first/B' });
  return [...problems, ...(fetched === 0 ? [] : [`${fetched} objects were fetched again`])];
});
await agent[Symbol.asyncDispose]();
summarize(verdicts);
