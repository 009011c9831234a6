// Options that are right one by one but not together.
import { isWildcardHost } from '../own-hosts.ts';
import { formatDuration } from './duration.ts';
import { loggerNotices, loggerProblems } from './logger-consistency.ts';
import type { OptionName } from './options.ts';
import { pullerNotices, pullerProblems } from './puller-consistency.ts';
import { type ResolvedValues, RUNTIME_HOST } from './resolve.ts';

type RuntimePort = 'component-port' | 'component-grpc-port' | 'runtime-management-port';

export interface Findings {
  readonly problems: readonly string[];
  readonly notices: readonly string[];
  /** The operator's port cannot be opened, and nobody asked for it by name: it stays off. */
  readonly opsPortTaken: boolean;
}

export interface Surroundings {
  /** The options that were given, and by which name a problem calls them. */
  readonly sources: ReadonlyMap<OptionName, string>;
  /** Not at --component-port: what that says is in nobody's way. */
  readonly runtimeElsewhere: boolean;
}

export function checkTogether(values: ResolvedValues, { sources, runtimeElsewhere }: Surroundings): Findings {
  const problems: string[] = [];
  const notices: string[] = [];
  const nameOf = (option: OptionName) => sources.get(option) ?? `--${option}`;
  for (const option of runtimeElsewhere ? [] : runtimePortsOf(values)) {
    if (option !== 'component-port' && !sources.has(option) && values[option] === values['component-port']) continue;
    if (values[option] !== values.port || !overlap(values.host, RUNTIME_HOST)) continue;
    problems.push(`${nameOf(option)}: expected another port than the agent's own --port, got "${values[option]}"`);
  }
  const clash = opsPortClash(values, runtimeElsewhere);
  const opsPortTaken = clash !== undefined && !sources.has('metrics-port');
  if (clash !== undefined) {
    const finding = `${nameOf('metrics-port')}: expected another port than --${clash}, got "${values['metrics-port']}"`;
    // KServe has no way to pass flags: a default that is in the way must not keep the pod from starting.
    if (opsPortTaken) notices.push(`${finding}; the operator's port stays off`);
    else problems.push(finding);
  }
  if (values['drain-min-wait'] > values['drain-max-wait']) {
    const [min, max] = [values['drain-min-wait'], values['drain-max-wait']].map(formatDuration);
    problems.push(`${nameOf('drain-min-wait')}: expected at most --drain-max-wait (${max}), got "${min}"`);
  }
  problems.push(...loggerProblems(values, nameOf));
  notices.push(...loggerNotices(values, nameOf));
  problems.push(...pullerProblems(values, nameOf));
  notices.push(...pullerNotices(values, { nameOf, sources }));
  return { problems, notices, opsPortTaken };
}

function runtimePortsOf(values: ResolvedValues): readonly RuntimePort[] {
  const managed = values['enable-puller'] && values['runtime-api'] !== 'none';
  return ['component-port', 'component-grpc-port', ...(managed ? (['runtime-management-port'] as const) : [])];
}

function opsPortClash(values: ResolvedValues, runtimeElsewhere: boolean): OptionName | undefined {
  const port = values['metrics-port'];
  if (port === 0) return undefined;
  if (port === values.port && overlap(values['metrics-host'], values.host)) return 'port';
  if (runtimeElsewhere || !overlap(values['metrics-host'], RUNTIME_HOST)) return undefined;
  return runtimePortsOf(values).find((option) => port === values[option]);
}

function overlap(one: string, other: string): boolean {
  return one === other || isWildcardHost(one) || isWildcardHost(other);
}
