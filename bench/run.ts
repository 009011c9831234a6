// `npm run bench -- [S1 S2 ...] [--rounds 5] [--seconds N] [--write] [--agent file.cjs]`: runs scenarios (all when none is
// named but those with `onlyByName`), prints a table each, writes bench/out/<time>.json. Exit 0: every gate passed; 1: a gate was missed; 2: not measured.

import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { realKserve, realMlserver, realOnnx, realTriton } from './real/real-scenarios.ts';
import { machineInWords, type Report, toJson, toText, updateResults } from './report.ts';
import { Rig } from './rig.ts';
import type { Scenario } from './scenario.ts';
import { idleConnections } from './scenarios/idle-connections.ts';
import { models2000 } from './scenarios/models-2000.ts';
import { modelsZipf } from './scenarios/models-zipf.ts';
import { neverSlower } from './scenarios/never-slower.ts';
import { realAzure, realGcs, realMinio } from './scenarios/real-pull.ts';
import { residency } from './scenarios/residency.ts';
import { httpSmall } from './scenarios/s1-http-small.ts';
import { httpLatency } from './scenarios/s2-http-latency.ts';
import { httpLarge } from './scenarios/s3-http-large.ts';
import { grpcConnections, grpcMultiplexed } from './scenarios/s4-grpc.ts';
import { batchClosed } from './scenarios/s5-batch-closed.ts';
import { batchSlots } from './scenarios/s6-batch-slots.ts';
import { batchOpen } from './scenarios/s7-batch-open.ts';
import { batchBigJson } from './scenarios/s8-batch-bigjson.ts';
import { batchV2Binary } from './scenarios/s9-batch-v2-binary.ts';
import { batchSmallCpu } from './scenarios/s10-batch-small-cpu.ts';
import { idle } from './scenarios/s11-idle.ts';
import { logTee } from './scenarios/s12-log-tee.ts';
import { logStream } from './scenarios/s13-log-stream.ts';
import { logDelivery } from './scenarios/s14-log-delivery.ts';
import { logStall } from './scenarios/s15-log-stall.ts';
import { pullLarge } from './scenarios/s16-pull-large.ts';
import { pullMany } from './scenarios/s17-pull-many.ts';
import { pullBeside } from './scenarios/s18-pull-beside.ts';
import { start } from './scenarios/s19-start.ts';
import { DEFAULT_AGENT, LOAD_CORE } from './subjects.ts';
import { requireTools, toolPath } from './tools.ts';

const SCENARIOS: readonly Scenario[] = [
  httpSmall,
  httpLatency,
  httpLarge,
  grpcMultiplexed,
  grpcConnections,
  idleConnections,
  batchClosed,
  neverSlower,
  batchSlots,
  batchOpen,
  batchBigJson,
  batchV2Binary,
  batchSmallCpu,
  idle,
  logTee,
  logStream,
  logDelivery,
  logStall,
  pullLarge,
  pullMany,
  residency,
  modelsZipf,
  models2000,
  pullBeside,
  start,
  realTriton,
  realMlserver,
  realKserve,
  realOnnx,
  realMinio,
  realGcs,
  realAzure,
];
const DEFAULT_SECONDS = 3;
const OUT = new URL('./out/', import.meta.url);
const RESULTS = new URL('./RESULTS.md', import.meta.url);

interface Settings {
  readonly scenarios: readonly Scenario[];
  readonly rounds: number;
  readonly seconds: number | null; // null: as each scenario says
  readonly write: boolean;
  readonly agentScript: string;
}

function readSettings(argv: readonly string[]): Settings {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string' },
      write: { type: 'boolean', default: false },
      agent: { type: 'string', default: DEFAULT_AGENT },
    },
  });
  const names = SCENARIOS.map((each) => each.name);
  const unknown = positionals.filter((name) => !names.includes(name));
  if (unknown.length > 0) throw new Error(`no scenario ${unknown.join(', ')}: there are ${names.join(', ')}`);
  return {
    scenarios: SCENARIOS.filter((each) =>
      positionals.length === 0 ? !each.onlyByName : positionals.includes(each.name),
    ),
    rounds: readCount('rounds', values.rounds, 50),
    seconds: values.seconds === undefined ? null : readCount('seconds', values.seconds, 60),
    write: values.write,
    agentScript: resolve(values.agent),
  };
}

function readCount(name: string, text: string, max: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > max) {
    throw new Error(`--${name}: expected an integer from 1 to ${max}, got "${text}"`);
  }
  return value;
}

async function runScenario(scenario: Scenario, settings: Settings, rig: Rig): Promise<Report> {
  const { rounds, agentScript } = settings;
  const seconds = settings.seconds ?? scenario.seconds ?? DEFAULT_SECONDS;
  const notes: string[] = [];
  const startedAt = new Date().toISOString();
  const say = (progress: string) => process.stderr.write(`${scenario.name} ${progress}\n`);
  const note = (remark: string | null) => void (remark !== null && notes.push(remark));
  const rows = await scenario.run({ rig, rounds, seconds, agentScript, say, note });
  return { scenario, rounds, seconds, startedAt, machine: machineInWords(), rows, notes };
}

function save(reports: readonly Report[], write: boolean): void {
  if (reports.length === 0) return;
  mkdirSync(OUT, { recursive: true });
  const file = new URL(`${reports[0]!.startedAt.replaceAll(':', '-')}.json`, OUT);
  writeFileSync(file, toJson(reports));
  if (!write) return;
  const names = SCENARIOS.map((each) => each.name);
  const results = reports.reduce((text, each) => updateResults(text, each, names), readFileSync(RESULTS, 'utf8'));
  writeFileSync(RESULTS, results);
}

function complain(what: string, error: unknown): void {
  process.stderr.write(`bench: ${what}${error instanceof Error ? error.message : String(error)}\n`);
}

async function main(): Promise<number> {
  const settings = readSettings(process.argv.slice(2));
  requireTools(settings.scenarios.flatMap((each) => each.tools));
  if (availableParallelism() < 2) throw new Error('two cores are needed: one for the subject, one for everything else');
  // Children inherit this from the main thread; each server is then put on the core that its role asks for.
  execFileSync(toolPath('taskset'), ['-c', '-p', String(LOAD_CORE), String(process.pid)], { stdio: 'ignore' });
  const reports: Report[] = [];
  let failures = 0;
  for (const scenario of settings.scenarios) {
    const rig = new Rig();
    const interrupt = () => void rig.close().finally(() => process.exit(130));
    process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
    try {
      reports.push(await runScenario(scenario, settings, rig));
      process.stdout.write(`\n${toText(reports.at(-1)!)}\n\n`);
    } catch (error) {
      failures++;
      complain(`${scenario.name}: not measured: `, error);
    } finally {
      process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
      await rig.close();
    }
  }
  save(reports, settings.write);
  if (failures > 0) return 2;
  return reports.some((report) => report.rows.some((row) => row.passed === false)) ? 1 : 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  complain('', error);
  process.exitCode = 2;
}
