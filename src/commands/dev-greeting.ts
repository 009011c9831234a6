// What `outrigger dev` prints when it serves: where it is, what it stands before, and a first request to paste.
import type { Environment } from '../config/platform.ts';
import type { Example } from '../dev/example.ts';
import { hostAndPort } from '../http/authority.ts';

export interface Greeting {
  readonly agentUrl: string;
  /** Null: the operator's port is off. */
  readonly opsUrl: string | null;
  readonly runtimeUrl: string;
  /** Null: a runtime of the user's own, whose models are not known. */
  readonly example: Example | null;
  /** Of the embedded sink of events; null: there is none. */
  readonly sinkUrl: string | null;
  readonly env: Environment;
}

export function renderGreeting({ agentUrl, opsUrl, runtimeUrl, example, sinkUrl, env }: Greeting): string {
  const runtime = example === null ? 'the runtime' : 'an embedded runtime with one model, digits,';
  const lines = [
    '',
    `  Outrigger is at ${agentUrl}`,
    `  in front of ${runtime} at ${runtimeUrl}`,
    ...(opsUrl === null ? [] : [`  metrics and status at ${opsUrl}`]),
    ...(sinkUrl === null ? [] : [`  requests and answers as events at ${sinkUrl}`]),
    '',
    ...(example === null ? [] : renderExample(example, { env, opsUrl })),
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

/** As a client on this machine calls it. */
export function urlOf(host: string, port: number): string {
  if (['', '0.0.0.0', '::'].includes(host)) return `http://127.0.0.1:${port}`;
  return `http://${hostAndPort(host, port)}`;
}
