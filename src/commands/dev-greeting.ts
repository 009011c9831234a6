// What `outrigger dev` prints when it serves: where it is, what it stands before, and a first request to paste.

import type { Environment } from '../config/platform.ts';
import type { Example } from '../dev/example.ts';
import { hostAndPort } from '../http/authority.ts';
import { isWildcardHost } from '../own-hosts.ts';

export interface Greeting {
  readonly agentUrl: string;
  /** Null: the operator's port is off. */
  readonly opsUrl: string | null;
  /** The operator's port that was asked for and could not be had; null: none. */
  readonly opsRefused?: number | null;
  readonly runtimeUrl: string;
  /** The runtime is the one that dev brings. */
  readonly embedded: boolean;
  /** Null: the models are the user's own. */
  readonly example: Example | null;
  /** Names of the models of --model; empty: none were named. */
  readonly models?: readonly string[];
  /** A first request to the first of them; null: nothing is known of it. */
  readonly request?: string | null;
  /** Files to be changed by whoever wants to see models come and go; null: there are none. */
  readonly workbench: { readonly modelsFile: string; readonly storedModel: string | null } | null;
  /** Of the embedded sink of events; null: there is none. */
  readonly sinkUrl: string | null;
  readonly env: Environment;
}

export function renderGreeting(greeting: Greeting): string {
  const { agentUrl, opsUrl, runtimeUrl, embedded, example, models = [], request = null } = greeting;
  const { workbench, sinkUrl, env, opsRefused = null } = greeting;
  const runtime = `${embedded ? 'an embedded runtime' : 'the runtime'}${describeModels(example, models)}`;
  const lines = [
    '',
    `  Outrigger is at ${agentUrl}`,
    `  in front of ${runtime} at ${runtimeUrl}`,
    ...pageLine(opsUrl, opsRefused),
    ...(sinkUrl === null ? [] : [`  requests and answers as events at ${sinkUrl}`]),
    '',
    ...(example === null ? [] : renderExample(example, { env, opsUrl })),
    ...(request === null ? [] : [`  A first request to ${models[0]}, all zeros:`, '', directly(request, env), '']),
    ...(workbench === null ? [] : renderWorkbench(workbench, opsUrl)),
    '  Ctrl-C stops it.',
    '',
  ];
  return `${lines.join('\n')}\n`;
}

function pageLine(opsUrl: string | null, opsRefused: number | null): string[] {
  if (opsUrl !== null) return [`  a page of all requests, metrics and status at ${opsUrl}`];
  if (opsRefused === null) return [];
  return [`  without its page: port ${opsRefused} is not to be had; --metrics-port takes another`];
}

function describeModels(example: Example | null, models: readonly string[]): string {
  if (example !== null) return ' with one model, digits,';
  if (models.length === 0) return '';
  return ` with the model${models.length === 1 ? '' : 's'} ${models.join(', ')},`;
}

/** curl would ask the company's proxy for an address of this machine. */
function directly(command: string, env: Environment): string {
  const proxied = [env.http_proxy, env.all_proxy, env.ALL_PROXY].some((proxy) => proxy !== undefined && proxy !== '');
  return proxied ? command.replace('curl ', "curl --noproxy '*' ") : command;
}

function renderExample(
  { command, loadCommand, expectation, picture }: Example,
  { env, opsUrl }: Pick<Greeting, 'env' | 'opsUrl'>,
): string[] {
  const seen = opsUrl === null ? '' : `; then look at "batching" of ${opsUrl}/status`;
  return [
    picture.replaceAll(/^/gm, '    '),
    '',
    `  Ask which digit this is; the answer holds ${expectation}:`,
    '',
    directly(command, env),
    '',
    `  Ask it 5,000 times, 32 at once, and see them share calls of the model${seen}:`,
    '',
    directly(loadCommand, env),
    '',
  ];
}

function renderWorkbench(
  { modelsFile, storedModel }: NonNullable<Greeting['workbench']>,
  opsUrl: string | null,
): string[] {
  const seen = opsUrl === null ? '' : `; see ${opsUrl}/models`;
  const edit = storedModel === null ? 'Edit what is wanted' : 'Edit what is wanted, or replace what is stored';
  const files = [modelsFile, ...(storedModel === null ? [] : [storedModel])];
  return [`  ${edit}, and what is served follows${seen}:`, '', ...files.map((file) => `    ${file}`), ''];
}

/** As a client on this machine calls it. */
export function urlOf(host: string, port: number): string {
  if (isWildcardHost(host)) return `http://127.0.0.1:${port}`;
  return `http://${hostAndPort(host, port)}`;
}
