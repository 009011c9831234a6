// Header fields as a page may show them: whoever looks over a shoulder, or at a screenshot, learns no secret.
import type { Fields } from '../kept-exchange.ts';

/** Those that the payload logger holds back (--log-sensitive-headers), and whatever gateways, stores and vendors name like them. */
const secret =
  /(?:^|[-_])(?:authorization|cookie2?|token|jwt|password|passwd|secret|credentials?|signature|api-?key|(?:access|auth|secret|subscription|private|functions)-key)(?:$|[-_])/;

export function isSecret(name: string): boolean {
  return secret.test(name.toLowerCase());
}

/** In their order, duplicates kept; values of secrets as "(hidden)". */
export function visibleFields(fields: Fields): Fields {
  return fields.map(([name, value]) => [name, isSecret(name) ? '(hidden)' : value]);
}
