// Which words of the command line are of `outrigger dev` alone: --upstream, --upstream-grpc, --model, and what was meant to be one of them.
import { options } from '../config/options.ts';
import { quoteRejected as quote } from '../config/secrets.ts';
import { nearest } from '../config/suggest.ts';
import { type DevModel, readDevModels } from './dev-models.ts';

export interface RuntimeAddress {
  readonly host: string;
  readonly port: number;
  readonly grpcHost: string;
  readonly grpcPort: number;
}

export interface DevWords {
  readonly runtime: RuntimeAddress | null;
  /** --upstream is there, well or badly written. */
  readonly aimed: boolean;
  readonly models: readonly DevModel[];
  /** The flags of the agent. */
  readonly rest: readonly string[];
  readonly problems: readonly string[];
}

const insteadOf: ReadonlyMap<string, string> = new Map([
  ['--component-port', '--upstream'],
  ['--component-grpc-port', '--upstream-grpc'],
]);

/** Of dev alone; all others are the agent's. */
const ownFlags: readonly string[] = ['--upstream', '--upstream-grpc', '--model'];
const knownFlags: readonly string[] = [...Object.keys(options).map((name) => `--${name}`), ...ownFlags];

/** The one of dev's own flags that was meant by an unknown one. */
function meantOwn(flag: string): string | undefined {
  if (!flag.startsWith('--') || knownFlags.includes(flag)) return undefined;
  const meant = nearest(flag, knownFlags);
  return meant !== undefined && ownFlags.includes(meant) ? meant : undefined;
}

/** Values are read, and problems are of these flags alone. */
export function readDevWords(argv: readonly string[]): DevWords {
  const rest: string[] = [];
  const problems: string[] = [];
  const models: string[] = [];
  const urls = new Map<string, URL | null>([
    ['--upstream', null],
    ['--upstream-grpc', null],
  ]);
  const words = [...argv];
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    const [, flag = word, inline] = /^(--[^=]+)=(.*)$/s.exec(word) ?? [];
    const instead = insteadOf.get(flag);
    const meant = meantOwn(flag);
    if (instead === undefined && meant === undefined && !ownFlags.includes(flag)) {
      rest.push(word);
      continue;
    }
    const text = inline ?? (words[0]?.startsWith('--') ? '' : (words.shift() ?? ''));
    if (meant !== undefined)
      problems.push(`${flag}: expected a known flag, got ${quote(flag)}; did you mean ${meant}?`);
    else if (flag === '--model') models.push(text);
    else if (instead !== undefined) problems.push(`${flag}: expected ${instead} URL in its place, got ${quote(text)}`);
    else urls.set(flag, readRuntimeUrl(flag, { text, problems }));
  }
  const [upstream, grpc] = [urls.get('--upstream') ?? null, urls.get('--upstream-grpc') ?? null];
  const aimed = argv.some((word) => /^--upstream(=|$)/.test(word));
  if (grpc !== null && !aimed) problems.push('--upstream-grpc: expected --upstream URL beside it');
  const wanted = readDevModels(models);
  const runtime = upstream === null ? null : addressOf(upstream, grpc ?? upstream);
  return { runtime, aimed, models: wanted.models, rest, problems: [...problems, ...wanted.problems] };
}

/** A bare port or `host:port` will do. Null: none, and a problem more. */
function readRuntimeUrl(flag: string, { text, problems }: { text: string; problems: string[] }): URL | null {
  const spelledOut = text.replace(/^:?(\d+)$/, '127.0.0.1:$1');
  const url = URL.parse(spelledOut.includes('://') ? spelledOut : `http://${spelledOut}`);
  const isPlain = url !== null && url.href === `http://${url.host}/` && url.port !== '0';
  if (isPlain) return url;
  const tls = url?.protocol === 'https:' ? ' (no TLS is spoken to runtimes)' : '';
  problems.push(`${flag}: expected a URL such as http://127.0.0.1:8000, got ${quote(text)}${tls}`);
  return null;
}

function addressOf(upstream: URL, grpc: URL): RuntimeAddress {
  return { host: hostOf(upstream), port: portOf(upstream), grpcHost: hostOf(grpc), grpcPort: portOf(grpc) };
}

function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/, '$1');
}

function portOf({ port }: URL): number {
  return port === '' ? 80 : Number(port);
}
