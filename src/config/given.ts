// Every option's value from command line and environment: flags win, then OUTRIGGER_<NAME>, then the default.
import { readArgv } from './argv.ts';
import { environmentName, isOptionName, type OptionName, type OptionValues, optionNames, optionOf } from './options.ts';
import type { Environment } from './platform.ts';
import { quoteRejected } from './secrets.ts';
import { nearest } from './suggest.ts';
import type { Kind } from './values.ts';

export interface GivenValues {
  readonly values: OptionValues;
  /** Options that were given, well or badly: `--port` or `OUTRIGGER_PORT`, for problems to name. */
  readonly sources: ReadonlyMap<OptionName, string>;
  readonly problems: readonly string[];
  readonly notices: readonly string[];
}

interface Given {
  readonly source: string;
  readonly texts: readonly string[];
}

export function readGivenValues(argv: readonly string[], env: Environment): GivenValues {
  const flags = readArgv(argv);
  const problems = [...flags.problems];
  const notices = unknownVariables(env);
  const sources = new Map<OptionName, string>();
  const values: Partial<Record<OptionName, unknown>> = {};
  for (const name of optionNames) {
    const { kind, default: byDefault } = optionOf(name);
    const texts = flags.texts.get(name);
    const given = texts ? { source: `--${name}`, texts } : fromEnvironment(name, { env, notices });
    values[name] = byDefault;
    if (given === undefined) continue;
    sources.set(name, given.source);
    const value = readAll(kind, given, problems);
    if (value !== undefined) values[name] = value;
  }
  return { values: values as OptionValues, sources, problems, notices };
}

function readAll(kind: Kind<unknown>, { source, texts }: Given, problems: string[]): unknown {
  let whole: unknown;
  for (const text of texts) {
    const value = kind.read(text);
    if (value === undefined) problems.push(`${source}: expected ${kind.expected}, got ${quoteRejected(text)}`);
    else whole = whole === undefined || kind.merge === undefined ? value : kind.merge(whole, value);
  }
  return whole;
}

interface Surroundings {
  readonly env: Environment;
  readonly notices: string[];
}

function fromEnvironment(name: OptionName, { env, notices }: Surroundings): Given | undefined {
  const source = environmentName(name);
  const text = env[source];
  if (text === undefined || (text.trim() === '' && !optionOf(name).kind.emptyIsValue)) return undefined;
  // Kubernetes sets OUTRIGGER_PORT=tcp://10.0.0.1:80 in every pod of a namespace that has a Service named "outrigger".
  if (name.endsWith('port') && /^(tcp|udp|sctp):\/\//.test(text)) {
    notices.push(`${source}: passed over, it is Kubernetes' link to a Service and not a port`);
    return undefined;
  }
  return { source, texts: [text] };
}

/** Variables that look like a misspelt option; others with our prefix may belong to somebody else (Service links, tests). */
function unknownVariables(env: Environment): string[] {
  const notices: string[] = [];
  for (const variable of Object.keys(env)) {
    if (!variable.startsWith('OUTRIGGER_') || /_SERVICE_(HOST|PORT)|_PORT_\d+_/.test(variable)) continue;
    const name = variable.slice('OUTRIGGER_'.length).toLowerCase().replaceAll('_', '-');
    const close = isOptionName(name) ? undefined : nearest(name, optionNames);
    if (close !== undefined) notices.push(`${variable}: no such option; did you mean ${environmentName(close)}?`);
  }
  return notices;
}
