// Options of pulled models that are right one by one but not together, and what somebody asked for and does not get.
import { isAbsolute } from 'node:path';
import type { OptionName } from './options.ts';
import type { ResolvedValues } from './resolve.ts';
import { maskSecrets } from './secrets.ts';

type NameOf = (option: OptionName) => string;

export function pullerProblems(values: ResolvedValues, nameOf: NameOf): string[] {
  if (!values['enable-puller']) return [];
  const problems: string[] = [];
  const expect = (option: OptionName, { what, got }: { readonly what: string; readonly got: string | number }) =>
    problems.push(`${nameOf(option)}: expected ${what}, got "${maskSecrets(String(got))}"`);
  const [api, budget] = [values['runtime-api'], values['model-memory-budget']];
  if (api === 'none' && budget > 0) {
    expect('model-memory-budget', { what: 'a --runtime-api that unloads models beside it', got: budget });
  }
  for (const option of ['config-dir', 'model-dir'] as const)
    if (values[option] === '') expect(option, { what: 'a folder', got: '' });
  const seen = values['runtime-model-dir'];
  if (!isAbsolute(seen)) expect('runtime-model-dir', { what: 'an absolute path', got: seen });
  return problems;
}

export function pullerNotices(
  values: ResolvedValues,
  { nameOf, sources }: { readonly nameOf: NameOf; readonly sources: ReadonlyMap<OptionName, unknown> },
): string[] {
  if (!values['enable-puller']) return [];
  const api = values['runtime-api'];
  const passedOver: OptionName[] = [];
  if (!isToldByFile(api)) passedOver.push('runtime-config-file');
  if (api === 'v2' || api === 'none') passedOver.push('runtime-model-dir');
  if (api === 'none') passedOver.push('runtime-management-port', 'model-loads', 'model-load-timeout');
  return passedOver
    .filter((option) => sources.has(option))
    .map((option) => `${nameOf(option)}: no effect with --runtime-api=${api}`);
}

/** Its runtime reads which models there are from a file that is written for it. */
function isToldByFile(api: ResolvedValues['runtime-api']): boolean {
  return api === 'tfserving' || api === 'ovms';
}
