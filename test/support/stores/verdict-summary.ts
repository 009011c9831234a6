// The end of a script of the full suite: what failed, the counts that run.ts reads, the exit code.
import type { Verdict } from '../../real/compare.ts';

export function summarize(verdicts: readonly Verdict[]): void {
  const failing = verdicts.filter(({ difference }) => difference !== null);
  for (const { name, difference } of failing) console.log(`FAIL ${name}: ${difference}`);
  console.log(`${verdicts.length - failing.length} passed, ${failing.length} failed`);
  process.exitCode = failing.length === 0 && verdicts.length > 0 ? 0 : 1;
}
