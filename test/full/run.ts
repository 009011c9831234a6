// `npm run test:full`: each script of this folder, the image check, longer fuzzing, and suites in other settings; a table at the end.
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface Part {
  readonly name: string;
  run(): Counts;
}

interface Counts {
  readonly passed: number;
  readonly failed: number;
}

const root = join(import.meta.dirname, '../..');

/** Its standard output goes where ours goes, and is kept. */
function runToEnd(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): SpawnSyncReturns<string> {
  const result = spawnSync(command, args, {
    cwd: root,
    env: { ...process.env, ...env },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 64 * 1024 * 1024,
  });
  process.stdout.write(result.stdout ?? '');
  return result;
}

/** What its last `N passed, N failed` says; a script that says nothing, or ends badly without a failure, is one failure. */
function countsOf({ stdout, status }: SpawnSyncReturns<string>): Counts {
  const last = [...(stdout ?? '').matchAll(/^(\d+) passed, (\d+) failed$/gm)].at(-1);
  const counts = { passed: Number(last?.[1] ?? 0), failed: Number(last?.[2] ?? 0) };
  const fine = status === 0 && (last === undefined || counts.failed === 0);
  if (last === undefined) return { passed: fine ? 1 : 0, failed: fine ? 0 : 1 };
  return fine || counts.failed > 0 ? counts : { ...counts, failed: 1 };
}

function scriptPart(file: string): Part {
  return {
    name: file.replace(/\.ts$/, ''),
    run: () => countsOf(runToEnd(process.execPath, [join('test/full', file)])),
  };
}

/** Suites of `npm test` with variables of their own. */
function runSuites(folders: readonly string[], env: NodeJS.ProcessEnv): Counts {
  const folder = mkdtempSync(join(tmpdir(), 'outrigger-full-'));
  const report = join(folder, 'vitest.json');
  try {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
    const { status } = runToEnd('npx', ['vitest', 'run', ...folders, ...reporters], env);
    const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(report, 'utf8'));
    return { passed: numPassedTests, failed: status !== 0 && numFailedTests === 0 ? 1 : numFailedTests };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The agent as a process, run by the oldest line of Node that it supports; the tests themselves run on this one. */
function runOnNode22(): Counts {
  const installed = runToEnd('bash', ['scripts/install-node22.sh']);
  const node = installed.stdout.trimEnd().split('\n').at(-1) ?? '';
  if (installed.status !== 0) return { passed: 0, failed: 1 };
  return runSuites(['test/e2e'], { OUTRIGGER_TEST_NODE: node });
}

const withoutLanes = ['test/conformance', 'test/server', 'test/upstream'];
const fuzzSeconds = 300;

const scripts = readdirSync(import.meta.dirname).filter((file) => file.endsWith('.ts') && file !== 'run.ts');
const parts: readonly Part[] = [
  ...scripts.toSorted().map(scriptPart),
  { name: 'image', run: () => countsOf(runToEnd('npm', ['run', '--silent', 'test:image'])) },
  {
    name: 'fuzz',
    run: () => countsOf(runToEnd(process.execPath, ['test/fuzz/run.ts', '--seconds', String(fuzzSeconds)])),
  },
  { name: 'lanes off', run: () => runSuites(withoutLanes, { OUTRIGGER_TEST_LANES: 'off' }) },
  { name: 'e2e on Node 22', run: runOnNode22 },
];

const wanted = process.argv.slice(2);
const results = parts
  .filter(({ name }) => wanted.length === 0 || wanted.includes(name))
  .map(({ name, run }) => {
    process.stdout.write(`\n== ${name}\n`);
    const startedMs = performance.now();
    return { name, ...run(), seconds: Math.round((performance.now() - startedMs) / 1000) };
  });
console.log();
console.table(results);
const sum = (field: keyof Counts): number => results.reduce((total, result) => total + result[field], 0);
console.log(`${sum('passed')} passed, ${sum('failed')} failed`);
process.exitCode = sum('failed') === 0 ? 0 : 1;
