// Are the results through the agent those of the direct calls? Pure: reports in, verdicts out.
import { isDeepStrictEqual } from 'node:util';
import type { CallReport } from './calls.ts';

const SHOWN_CHARACTERS = 1_500;

export interface Verdict {
  readonly name: string;
  /** Null: equal. */
  readonly difference: string | null;
}

/** What a server invents for each call, so that two direct calls differ in it too. */
const INVENTED: readonly (readonly [RegExp, string])[] = [
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, 'UUID'],
  [/\b20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?/g, 'TIME'],
];

function normalise(value: unknown): unknown {
  if (typeof value === 'string') return INVENTED.reduce((seen, [pattern, name]) => seen.replace(pattern, name), value);
  if (Array.isArray(value)) return value.map(normalise);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, normalise(item)]));
}

/** One verdict per call of either side; a call that only one side has made is a difference. */
export function compare(direct: readonly CallReport[], through: readonly CallReport[]): Verdict[] {
  const names = [...new Set([...direct, ...through].map((report) => report.name))];
  const [directByName, throughByName] = [direct, through].map(
    (reports) => new Map(reports.map((report) => [report.name, report])),
  ) as [Map<string, CallReport>, Map<string, CallReport>];
  return names.map((name) => ({ name, difference: differenceOf(directByName.get(name), throughByName.get(name)) }));
}

function differenceOf(direct: CallReport | undefined, through: CallReport | undefined): string | null {
  const broken = direct?.broken !== undefined || through?.broken !== undefined;
  if (direct && through && !broken && isDeepStrictEqual(normalise(direct.result), normalise(through.result)))
    return null;
  return `direct:  ${shown(direct)}\nthrough: ${shown(through)}`;
}

/** From a little before the point where a long text gets interesting nothing can be said in general: its head has to do. */
function shown(report: CallReport | undefined): string {
  if (report === undefined) return 'not called';
  if (report.broken !== undefined) return `BROKEN ${report.broken} ${report.at ?? ''}`.slice(0, SHOWN_CHARACTERS);
  return JSON.stringify(normalise(report.result)).slice(0, SHOWN_CHARACTERS);
}
