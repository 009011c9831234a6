// `outrigger doctor [flags of the agent]`: looks at everything that the agent would need, starts nothing, and says what is wrong.
import { specialWord } from '../config/argv.ts';
import { renderDoctorHelp } from '../config/help-pages.ts';
import { examineConfig } from '../config/read.ts';
import type { Config } from '../config/slices.ts';
import { planChecks } from '../doctor/checks.ts';
import { exitCodeOf, renderReport, renderReportJson } from '../doctor/report.ts';
import { runChecks } from '../doctor/run-checks.ts';
import { version } from '../version.ts';
import { explain } from './explain.ts';
import { helpColumns } from './help.ts';
import { ensureHomeFolder } from './home-folder.ts';

/** Of each check; they run side by side. */
const deadlineMs = 5000;

/** `argv`: behind the word `doctor`. Resolves with the exit code and throws nothing, as `pull` does for the same reason. */
export async function doctor(argv: readonly string[]): Promise<number> {
  try {
    const special = specialWord(argv);
    if (special === null) return await examine(argv);
    process.stdout.write(special === 'help' ? renderDoctorHelp(helpColumns()) : `${version}\n`);
    return 0;
  } catch (error) {
    return explain(error);
  }
}

async function examine(argv: readonly string[]): Promise<number> {
  const env = { ...process.env };
  delete process.env.AWS_ENDPOINT_URL; // as the agent does: meant for the store alone
  ensureHomeFolder();
  const rest = argv.filter((word) => !isJsonFlag(word));
  const json = rest.length < argv.length;
  const { problems, build } = examineConfig({ argv: rest, env, atTerminal: process.stdout.isTTY === true });
  const groups = await runChecks(planChecks({ config: built(build), problems }), { deadlineMs });
  const report = { groups, misconfigured: problems.length > 0 };
  const colour = process.stdout.isTTY === true && (process.env.NO_COLOR ?? '') === '';
  process.stdout.write(json ? renderReportJson(report, { version }) : renderReport(report, { colour }));
  return exitCodeOf(report);
}

/** Null: the words are so wrong that nothing can be made of them. */
function built(build: () => Config): Config | null {
  try {
    return build();
  } catch {
    return null;
  }
}

/** The one flag that is not the agent's. */
function isJsonFlag(word: string): boolean {
  return word === '--json' || word === '--json=true';
}
