// Every option's value from command line and environment: flags win, then OUTRIGGER_<NAME>, then the default.
import { readArgv } from './argv.ts';
import { environmentName, type Option, type OptionTable, type ValuesOf } from './option.ts';
import type { Environment } from './platform.ts';
import { quoteRejected } from './secrets.ts';
import { nearest } from './suggest.ts';
import type { Kind } from './values.ts';

export interface GivenValues<Table> {
  readonly values: ValuesOf<Table>;
  /** What was no flag, where such words are expected. */
  readonly words: readonly string[];
  /** Options that were given, well or badly: `--port` or `OUTRIGGER_PORT`, for problems to name. */
  readonly sources: ReadonlyMap<keyof Table, string>;
  readonly problems: readonly string[];
  readonly notices: readonly string[];
}

interface Given {
  readonly source: string;
  readonly texts: readonly string[];
}

export interface GivenSource<Table> {
  readonly table: Table;
  readonly argv: readonly string[];
  readonly env: Environment;
  /** Words that are no flags are for the caller. Default false: they are problems. */
  readonly takesWords?: boolean;
}

export function readGivenValues<Table extends OptionTable>(source: GivenSource<Table>): GivenValues<Table> {
  const { table, argv, env, takesWords = false } = source;
  const flags = readArgv(argv, { table, takesWords });
  const problems = [...flags.problems];
  const notices = unknownVariables(env, Object.keys(table));
  const sources = new Map<keyof Table, string>();
  const values: Record<string, unknown> = {};
  for (const [name, option] of Object.entries(table)) {
    const texts = flags.texts.get(name);
    const given = texts ? { source: `--${name}`, texts } : fromEnvironment(name, { option, env, notices });
    values[name] = option.default;
    if (given === undefined) continue;
    sources.set(name, given.source);
    const value = readAll(option.kind, given, problems);
    if (value !== undefined) values[name] = value;
  }
  return { values: values as ValuesOf<Table>, words: flags.words, sources, problems, notices };
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
  readonly option: Option;
  readonly env: Environment;
  readonly notices: string[];
}

function fromEnvironment(name: string, { option, env, notices }: Surroundings): Given | undefined {
  const source = environmentName(name);
  const text = env[source];
  if (text === undefined || (text.trim() === '' && !option.kind.emptyIsValue)) return undefined;
  // Kubernetes sets OUTRIGGER_PORT=tcp://10.0.0.1:80 in every pod of a namespace that has a Service named "outrigger".
  if (name.endsWith('port') && /^(tcp|udp|sctp):\/\//.test(text)) {
    notices.push(`${source}: passed over, it is Kubernetes' link to a Service and not a port`);
    return undefined;
  }
  return { source, texts: [text] };
}

/** Variables that look like a misspelt option; others with our prefix may belong to somebody else (Service links, tests). */
function unknownVariables(env: Environment, names: readonly string[]): string[] {
  const notices: string[] = [];
  for (const variable of Object.keys(env)) {
    if (!variable.startsWith('OUTRIGGER_') || /_SERVICE_(HOST|PORT)|_PORT_\d+_/.test(variable)) continue;
    const name = variable.slice('OUTRIGGER_'.length).toLowerCase().replaceAll('_', '-');
    const close = names.includes(name) ? undefined : nearest(name, names);
    if (close !== undefined) notices.push(`${variable}: no such option; did you mean ${environmentName(close)}?`);
  }
  return notices;
}
