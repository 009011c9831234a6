// `npm run test:real`: do public clients see the same through the built agent as from real Triton, MLServer and KServe? Does it
// get from real object stores exactly what was put there, and keep a runtime's models as models.json wants them?
// `node test/real/run.ts --through nothing` compares the servers with themselves: the control of the suite.
// `--lanes auto` or `--lanes off`: in this setting alone; without it calls go directly once, and through an agent of each.
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type CallReport, runClient } from './calls.ts';
import { compare, type Verdict } from './compare.ts';
import { checkDrain } from './drain.ts';
import { checkPuller, pullerGroups, whyNoPuller } from './puller/groups.ts';
import { clientPython, type Runtime, type RuntimeName, startRuntime } from './runtimes.ts';
import { storeGroups, whyLeftOut } from './stores/groups.ts';
import {
  builtAgent,
  directTarget,
  type LanesSetting,
  lanesSettings,
  startAgent,
  type Target,
  type Through,
} from './through.ts';

const RUN_LIMIT_MS = 12 * 60_000;

/** One process per library: the protobuf classes of tritonclient and of kserve cannot be in one. */
const SCRIPTS: Readonly<Record<RuntimeName, readonly string[]>> = {
  triton: ['triton_http', 'triton_http_aio', 'triton_grpc', 'triton_grpc_streams', 'triton_raw'],
  mlserver: ['mlserver_http', 'mlserver_grpc'],
  kserve: ['kserve_rest', 'kserve_grpc'],
};

/** They load and unload models, or count what a model was told. Runs of the other scripts overlap. */
const ONE_RUN_AT_A_TIME = ['triton_http', 'triton_grpc', 'triton_grpc_streams', 'mlserver_http'];

interface Count {
  passed: number;
  failed: number;
}

function report(group: string, verdicts: readonly Verdict[], startedAt: number): Count {
  const failing = verdicts.filter((verdict) => verdict.difference !== null);
  for (const { name, difference } of failing)
    console.log(`FAIL ${group}: ${name}\n${difference?.replace(/^/gm, '     ')}`);
  const count = { passed: verdicts.length - failing.length, failed: failing.length };
  const seconds = Math.round((Date.now() - startedAt) / 1000);
  console.log(`${group}: ${count.passed} passed, ${count.failed} failed (${seconds} s)`);
  return count;
}

async function runScript(script: string, targets: readonly Target[]): Promise<CallReport[][]> {
  if (!ONE_RUN_AT_A_TIME.includes(script)) return Promise.all(targets.map((target) => runClient(script, target)));
  const reports: CallReport[][] = [];
  for (const target of targets) reports.push(await runClient(script, target));
  return reports;
}

interface RuntimeCheck {
  readonly name: RuntimeName;
  readonly through: Through;
  readonly lanes: readonly LanesSetting[];
  readonly folder: string;
}

/** All scripts of one runtime, one after another, each directly and through an agent of each setting. */
async function checkRuntime({ name, through, lanes, folder }: RuntimeCheck): Promise<Count[]> {
  const startedAt = Date.now();
  const runtime = await startRuntime(name, folder);
  const direct = directTarget(runtime);
  const settings = through === 'agent' ? lanes : [];
  const agents = await Promise.all(
    settings.map((setting) => startAgent(runtime, { name: `agent-${name}-${setting}`, lanes: setting, folder })),
  );
  const ways = agents.length === 0 ? ['directly'] : settings.map((setting) => `lanes ${setting}`);
  const targets = agents.length === 0 ? [direct] : agents.map(({ target }) => target);
  console.log(`${name}: ready, ${agents.length} agents too (${Math.round((Date.now() - startedAt) / 1000)} s)`);
  const counts: Count[] = [];
  try {
    for (const script of SCRIPTS[name]) {
      const scriptStartedAt = Date.now();
      const [directly = [], ...throughs] = await runScript(script, [direct, ...targets]);
      for (const [index, reports] of throughs.entries()) {
        counts.push(report(`${script}, ${ways[index]}`, compare(directly, reports), scriptStartedAt));
      }
    }
    if (name === 'triton')
      counts.push(...(await Promise.all(settings.map((way) => checkDrainOf(runtime, way, folder)))));
  } finally {
    await Promise.all(agents.map(({ program }) => program.stop()));
    await runtime.program.stop();
  }
  return counts;
}

async function checkDrainOf(runtime: Runtime, lanes: LanesSetting, folder: string): Promise<Count> {
  const startedAt = Date.now();
  return report(`drain, lanes ${lanes}`, await checkDrain(runtime, { lanes, folder }), startedAt);
}

async function checkStores(name: string, folder: string): Promise<Count[]> {
  const startedAt = Date.now();
  const group = storeGroups[name]!;
  const leftOut = whyLeftOut(group);
  if (leftOut !== null) {
    console.log(`stores ${name}: left out, ${leftOut}`);
    return [];
  }
  const own = join(folder, `stores-${name}`);
  mkdirSync(own);
  return [report(`stores ${name}`, await group.check({ program: builtAgent(), folder: own }), startedAt)];
}

async function checkPullerGroup(name: string, folder: string): Promise<Count[]> {
  const startedAt = Date.now();
  const leftOut = whyNoPuller();
  if (leftOut !== null) {
    console.log(`${name}: left out, ${leftOut}`);
    return [];
  }
  const own = join(folder, name.replaceAll(' ', '-'));
  mkdirSync(own);
  return [report(name, await checkPuller(name, own), startedAt)];
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      through: { type: 'string', default: 'agent' },
      lanes: { type: 'string', multiple: true, default: [...lanesSettings] },
      only: { type: 'string', multiple: true },
    },
  });
  if (!existsSync(clientPython()))
    throw new Error('no servers and clients here: run scripts/install-runtimes.sh first');
  const isWanted = (name: string): boolean => values.only?.includes(name) ?? true;
  const runtimes = (Object.keys(SCRIPTS) as RuntimeName[]).filter(isWanted);
  const { through } = values;
  if (through !== 'agent' && through !== 'nothing') throw new Error(`--through: agent or nothing, got "${through}"`);
  const lanes = lanesSettings.filter((setting) => values.lanes.includes(setting));
  if (lanes.length !== values.lanes.length) throw new Error(`--lanes: auto or off, got "${values.lanes}"`);
  const folder = mkdtempSync(join(tmpdir(), 'outrigger-real-'));
  const limit = setTimeout(() => {
    console.log(`cut after ${RUN_LIMIT_MS / 60_000} minutes; logs in ${folder}\n0 passed, 1 failed`);
    process.exit(1);
  }, RUN_LIMIT_MS);
  const stores = through === 'agent' ? Object.keys(storeGroups).filter(isWanted) : [];
  const pullers = through === 'agent' ? Object.keys(pullerGroups).filter(isWanted) : [];
  const names = [...runtimes, ...stores, ...pullers];
  const results = await Promise.allSettled([
    ...runtimes.map((name) => checkRuntime({ name, through, lanes, folder })),
    ...stores.map((name) => checkStores(name, folder)),
  ]);
  // Runtimes that load models take all cores: after those who look at the time.
  results.push(...(await Promise.allSettled(pullers.map((name) => checkPullerGroup(name, folder)))));
  clearTimeout(limit);
  const total: Count = { passed: 0, failed: 0 };
  for (const [index, result] of results.entries()) {
    if (result.status === 'rejected') console.log(`FAIL ${names[index]}: ${result.reason}`);
    for (const count of result.status === 'fulfilled' ? result.value : [{ passed: 0, failed: 1 }]) {
      total.passed += count.passed;
      total.failed += count.failed;
    }
  }
  if (total.failed === 0) rmSync(folder, { recursive: true, force: true });
  else console.log(`logs in ${folder}`);
  console.log(`${total.passed} passed, ${total.failed} failed`);
  // Not only an exit code: what a group that failed has left running ends with this process.
  process.exit(total.failed === 0 && total.passed > 0 ? 0 : 1);
}

process.setMaxListeners(100); // each program that runs listens for the end of this one
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1)); // 'exit' ends what runs
await main();
