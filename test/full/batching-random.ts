// The random mix of requests before the batcher with 10,000 cases; `npm test` tries a tenth of them (test/conformance/batching).
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const cases = 10_000;
const folder = mkdtempSync(join(tmpdir(), 'outrigger-random-'));
const report = join(folder, 'vitest.json');
try {
  const file = 'test/conformance/batching/random-batches.test.ts';
  const args = ['vitest', 'run', file, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const { status } = spawnSync('npx', args, {
    cwd: join(import.meta.dirname, '../..'),
    env: { ...process.env, BATCHING_CASES: String(cases) },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(report, 'utf8'));
  const failed = status !== 0 && numFailedTests === 0 ? 1 : numFailedTests;
  console.log(`${numPassedTests} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
