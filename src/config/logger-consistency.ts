// Options of payload logging that are right one by one but not together, and what somebody asked for and does not get.
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
  const stores = values['log-url'].filter(isStore);
  if (stores.length > 0) {
    const named = stores.map(maskSecrets).join(', ');
    notices.push(`${nameOf('log-url')}: no effect yet, object stores are not built: ${named}`);
  }
  if (stores.length === values['log-url'].length) return notices; // nothing is logged
  const refused = refusedHeaders(values);
  if (refused.length > 0) {
    const named = refused.join(', ');
    notices.push(`${nameOf('metadata-headers')}: events will not carry ${named} without --log-sensitive-headers`);
  }
  if (values['log-combined'] && values['log-mode'] !== 'all') {
    notices.push(`${nameOf('log-combined')}: no effect with --log-mode=${values['log-mode']}`);
  }
  return notices;
}
