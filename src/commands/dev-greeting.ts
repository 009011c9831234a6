// What `outrigger dev` prints when it serves: where it is, what it stands before, and a first request to paste.
import type { Environment } from '../config/platform.ts';
import type { Example } from '../dev/example.ts';
import { hostAndPort } from '../http/authority.ts';

export interface Greeting {
  readonly agentUrl: string;
  /** Null: the operator's port is off. */
  readonly opsUrl: string | null;
  readonly runtimeUrl: string;
  /** The runtime is the one that dev brings. */
  readonly embedded: boolean;
  /** Null: the models are the user's own, and not known. */
  readonly example: Example | null;
  /** Files to be changed by whoever wants to see models come and go; null: there are none. */
  readonly workbench: { readonly modelsFile: string; readonly storedModel: string } | null;
  /** Of the embedded sink of events; null: there is none. */
  readonly sinkUrl: string | null;
  readonly env: Environment;
}

export function renderGreeting(greeting: Greeting): string {
  const { agentUrl, opsUrl, runtimeUrl, embedded, example, workbench, sinkUrl, env } = greeting;
  const own = example === null ? 'an embedded runtime' : 'an embedded runtime with one model, digits,';
  const runtime = embedded ? own : 'the runtime';
  const lines = [
    '',
    `  Outrigger is at ${agentUrl}`,
    `  in front of ${runtime} at ${runtimeUrl}`,
    ...(opsUrl === null ? [] : [`  metrics and status at ${opsUrl}`]),
    ...(sinkUrl === null ? [] : [`  requests and answers as events at ${sinkUrl}`]),
    '',
    ...(example === null ? [] : renderExample(example, { env, opsUrl })),
    ...(workbench === null ? [] : renderWorkbench(workbench, opsUrl)),
    '  Ctrl-C stops it.',
    '',
  ];
  return `${lines.join('\n')}\n`;
}

function renderExample(
  { command, loadCommand, expectation, picture }: Example,
  { env, opsUrl }: Pick<Greeting, 'env' | 'opsUrl'>,
): string[] {
  // curl would ask the company's proxy for an address of this machine.
  const proxied = [env.http_proxy, env.all_proxy, env.ALL_PROXY].some((proxy) => proxy !== undefined && proxy !== '');
  const direct = (line: string) => (proxied ? line.replace('curl ', "curl --noproxy '*' ") : line);
  const seen = opsUrl === null ? '' : `; then look at "batching" of ${opsUrl}/status`;
  return [
    picture.replaceAll(/^/gm, '    '),
    '',
    `  Ask which digit this is; the answer holds ${expectation}:`,
    '',
    direct(command),
    '',
    `  Ask it 5,000 times, 32 at once, and see them share calls of the model${seen}:`,
    '',
    direct(loadCommand),
    '',
  ];
}

function renderWorkbench(
  { modelsFile, storedModel }: NonNullable<Greeting['workbench']>,
  opsUrl: string | null,
): string[] {
  const seen = opsUrl === null ? '' : `; see ${opsUrl}/models`;
  return [
    `  Edit what is wanted, or replace what is stored, and what is served follows${seen}:`,
    '',
    `    ${modelsFile}`,
    `    ${storedModel}`,
    '',
  ];
}

/** As a client on this machine calls it. */
export function urlOf(host: string, port: number): string {
  if (['', '0.0.0.0', '::'].includes(host)) return `http://127.0.0.1:${port}`;
  return `http://${hostAndPort(host, port)}`;
}
