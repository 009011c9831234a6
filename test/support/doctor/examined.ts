// What the doctor finds out about an agent with these flags and this environment.
import { planChecks } from '../../../src/doctor/checks.ts';
import type { Finding } from '../../../src/doctor/finding.ts';
import { runChecks } from '../../../src/doctor/run-checks.ts';
import { testConfig } from '../test-agent.ts';

export interface AskedAbout {
  readonly componentPort: number;
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Of the groups that are named, such as Runtime; with none: of all. */
export async function examined(about: AskedAbout, ...groups: readonly string[]): Promise<readonly Finding[]> {
  const config = testConfig(about.componentPort, about.flags, about.env);
  const checks = planChecks({ config, problems: [] });
  const wanted = checks.filter(({ group }) => groups.length === 0 || groups.includes(group));
  return (await runChecks(wanted, { deadlineMs: 60_000 })).flatMap(({ findings }) => findings);
}

/** Each as `level text; remedy`. */
export async function linesOf(findings: Promise<readonly Finding[]>): Promise<readonly string[]> {
  return (await findings).map(({ level, text, remedy }) => `${level} ${text}${remedy === null ? '' : `; ${remedy}`}`);
}
