// What `npm test` tries a part of, whole: 10,000 random requests before the batcher, and every simulated new runtime.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const cases = 10_000;
const folder = mkdtempSync(join(tmpdir(), 'outrigger-random-'));
const report = join(folder, 'vitest.json');
try {
  const files = [
    'test/conformance/batching/random-batches.test.ts',
    'test/batcher/policy/simulation/new-runtime.test.ts',
  ];
  const args = ['vitest', 'run', ...files, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const { status } = spawnSync('npx', args, {
    cwd: join(import.meta.dirname, '../..'),
    env: { ...process.env, BATCHING_CASES: String(cases), SIMULATIONS: 'all' },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(report, 'utf8'));
  const failed = status !== 0 && numFailedTests === 0 ? 1 : numFailedTests;
  console.log(`${numPassedTests} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
