// Header fields as a page may show them: whoever looks over a shoulder, or at a screenshot, learns no secret.
import type { Fields } from '../kept-exchange.ts';

/** Besides those that the payload logger holds back (--log-sensitive-headers): keys that gateways and stores go by. */
const secrets = new Set([
  ...['authorization', 'proxy-authorization', 'cookie', 'set-cookie'],
  ...[
    'x-api-key',
    'api-key',
    'apikey',
    'x-auth-token',
    'x-amz-security-token',
    'x-goog-api-key',
    'x-forwarded-access-token',
  ],
]);

export function isSecret(name: string): boolean {
  return secrets.has(name.toLowerCase());
}

/** In their order, duplicates kept; values of secrets as "(hidden)". */
export function visibleFields(fields: Fields): Fields {
  return fields.map(([name, value]) => [name, isSecret(name) ? '(hidden)' : value]);
}
