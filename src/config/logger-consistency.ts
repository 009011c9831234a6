// Options of payload logging that are right one by one but not together, and what somebody asked for and does not get.
import { isAzureBlobHost } from '../azure-host.ts';
import { refusedHeaders } from './logger-config.ts';
import type { OptionName } from './options.ts';
import type { ResolvedValues } from './resolve.ts';
import { maskSecrets } from './secrets.ts';
import { addressOf, isStore } from './sinks.ts';

type NameOf = (option: OptionName) => string;

export function loggerProblems(values: ResolvedValues, nameOf: NameOf): string[] {
  const problems: string[] = [];
  const expect = (option: OptionName, { what, got }: { readonly what: string; readonly got: string }) =>
    problems.push(`${nameOf(option)}: expected ${what}, got "${maskSecrets(got)}"`);

  const deadLetterUrl = values['log-dead-letter-url'];
  for (const [option, urls] of [
    ['log-url', values['log-url']],
    ['log-dead-letter-url', deadLetterUrl === '' ? [] : [deadLetterUrl]],
  ] as const) {
    for (const got of urls)
      if (isAgent(got, values)) expect(option, { what: "a sink, not the agent's own --port", got });
  }
  for (const got of values['log-url'].filter(isStore)) {
    const what = expectedOfStore(got);
    if (what !== null) expect('log-url', { what, got });
  }
  if (deadLetterUrl !== '' && isStore(deadLetterUrl)) {
    expect('log-dead-letter-url', { what: 'a sink that takes CloudEvents, not a store', got: deadLetterUrl });
  }
  const sinks = values['log-url'].filter((url) => !isStore(url)).map(addressOf);
  if (deadLetterUrl !== '' && sinks.includes(addressOf(deadLetterUrl))) {
    expect('log-dead-letter-url', { what: 'another sink than --log-url', got: deadLetterUrl });
  }
  const folder = values['log-dead-letter-dir'];
  if (folder !== '' && deadLetterUrl !== '') {
    expect('log-dead-letter-dir', { what: 'no --log-dead-letter-url beside it', got: folder });
  }
  if (folder !== '' && folder === values['log-spool-dir']) {
    expect('log-dead-letter-dir', { what: 'another folder than --log-spool-dir', got: folder });
  }
  for (const [option, other] of keyPair) {
    const got = values[option];
    if (got !== '' && values[other] === '') expect(option, { what: `--${other} beside it`, got });
  }
  return problems;
}

const keyPair = [
  ['log-client-cert-file', 'log-client-key-file'],
  ['log-client-key-file', 'log-client-cert-file'],
] as const;

/** Null: it names a bucket, or a container. What else may be wrong with it is said when it is opened. */
function expectedOfStore(url: string): string | null {
  const [, scheme = '', authority = '', path = ''] = /^([^:]+):\/\/([^/?#]*)([^?#]*)/.exec(url.toLowerCase()) ?? [];
  if (scheme === 's3' || scheme === 'gs') return /[@:]/.test(authority) ? `${scheme}://BUCKET/PATH` : null;
  const example = 'abfss://CONTAINER@ACCOUNT.dfs.core.windows.net/PATH';
  if (scheme.startsWith('abfs')) {
    const [, host = ''] = /^[^@:]+@([^@:]+)$/.exec(authority) ?? [];
    return isAzureBlobHost(host) ? null : example;
  }
  return /^\/+[^/]/.test(path) && !/[@:]/.test(authority)
    ? null
    : 'https://ACCOUNT.blob.core.windows.net/CONTAINER/PATH';
}

/** A sink at the agent's own port would log its own events without end. Other names of this machine cannot be told. */
function isAgent(url: string, { host, port }: ResolvedValues): boolean {
  if (isStore(url)) return false;
  const sink = new URL(url);
  const schemePort = sink.protocol === 'https:' ? 443 : 80;
  const sinkPort = sink.port === '' ? schemePort : Number(sink.port);
  const sinkHost = sink.hostname.replace(/^\[(.*)\]$/, '$1');
  return sinkPort === port && (sinkHost === host || (isHere(sinkHost) && isHere(host)));
}

/** "" and the unspecified addresses are all interfaces to who listens, and this machine to who connects. */
function isHere(host: string): boolean {
  return /^(localhost|127\.[\d.]+|::1|0\.0\.0\.0|::|)$/.test(host);
}

export function loggerNotices(values: ResolvedValues, nameOf: NameOf): string[] {
  const notices: string[] = [];
  if (values['log-url'].length === 0) return notices; // nothing is logged
  const refused = refusedHeaders(values);
  if (refused.length > 0) {
    const named = refused.join(', ');
    notices.push(`${nameOf('metadata-headers')}: events will not carry ${named} without --log-sensitive-headers`);
  }
  if (values['log-combined'] && values['log-mode'] !== 'all') {
    notices.push(`${nameOf('log-combined')}: no effect with --log-mode=${values['log-mode']}`);
  }
  if (!values['log-url'].some(isStore)) {
    for (const option of ['log-store-path', 'log-store-format'] as const)
      if (values[option] !== '' && values[option] !== 'json')
        notices.push(`${nameOf(option)}: no effect, since --log-url names no object store`);
  }
  return notices;
}
