// Runs checks side by side, each within its time; one that hangs or fails is a finding, and holds up no other.
import { type Check, type Finding, problem } from './finding.ts';

export interface Examined {
  readonly group: string;
  readonly findings: readonly Finding[];
}

/** In the order of the checks. Never rejects. */
export function runChecks(
  checks: readonly Check[],
  { deadlineMs }: { readonly deadlineMs: number },
): Promise<Examined[]> {
  return Promise.all(
    checks.map(async (check) => ({ group: check.group, findings: await runWithin(check, deadlineMs) })),
  );
}

async function runWithin(check: Check, deadlineMs: number): Promise<readonly Finding[]> {
  const over = new AbortController();
  const late = Promise.withResolvers<readonly Finding[]>();
  const timer = setTimeout(() => {
    late.resolve([
      problem(`${check.subject}: no result within ${deadlineMs / 1000} s`, 'is it busy, or the network slow?'),
    ]);
    over.abort();
  }, deadlineMs);
  try {
    return await Promise.race([late.promise, check.run(over.signal)]);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return [problem(`${check.subject}: ${reason}`)];
  } finally {
    clearTimeout(timer);
    over.abort();
  }
}
