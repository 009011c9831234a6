// A URI as anybody may see it, in messages and in the marker on disk: without user part, signature or token.
import { createHash } from 'node:crypto';
import { isAzureBlobHost } from '../../azure-host.ts';
import { shownText } from './shown-text.ts';

/** Of signed links: AWS, Google, CloudFront, Azure. They change with each signature, the object does not. */
const signingField = /^(x-amz-.*|x-goog-.*|awsaccesskeyid|googleaccessid|key-pair-id|policy|signature|expires|sig)$/i;

/**
 * For logs and messages, of any text. From the first "?" or "#" on nothing is shown, since any value of a query may be a secret;
 * nor is a user part. Never throws.
 */
export function redactUri(text: string): string {
  const [, scheme = '', rest = ''] = /^([a-z][a-z0-9+.-]*:\/\/)?(.*)$/is.exec(text) ?? [];
  const visible = withoutQuery(withoutUser(scheme.toLowerCase(), rest));
  return shownText(scheme + visible);
}

/**
 * The same text for the same object, for the marker: unlike `redactUri` it tells keys with "?" or "#" in them apart, and what an
 * http URI asks for besides signatures, which it shows as a digest only. Never throws.
 * @param given a URI that readModelUri takes
 */
export function specUri(given: string): string {
  const text = given.replace(/[\r\n]+$/, '');
  const scheme = /^(.*?):\/\//.exec(text)?.[1]?.toLowerCase();
  if (scheme?.startsWith('abfs')) return text.replace(/[?#].*$/s, '');
  if (scheme !== 'http' && scheme !== 'https') return text;
  const url = URL.parse(text);
  if (url === null) return redactUri(text);
  const asked = isAzureBlobHost(url.hostname) ? '' : unsignedQuery(url.search);
  const digest = asked === '' ? '' : `?sha256=${createHash('sha256').update(asked).digest('hex').slice(0, 32)}`;
  return `${url.origin}${url.pathname}${digest}`;
}

function unsignedQuery(search: string): string {
  const pieces = search.replace(/^\?/, '').split('&');
  return pieces.filter((piece) => piece !== '' && !signingField.test(piece.replace(/=.*$/s, ''))).join('&');
}

function withoutQuery(text: string): string {
  const start = text.search(/[?#]/);
  return start < 0 ? text : `${text.slice(0, start)}${text[start]}***`;
}

/** "***" alone where it cannot be told what belongs to the user part: `user:pa/ss@host`. */
function withoutUser(scheme: string, rest: string): string {
  const authority = /^[^/?#\\]*/.exec(rest)?.[0] ?? '';
  if (/^abfss?:/.test(scheme) && /^[^:@]*@[^:@]*$/.test(authority)) return rest; // the user part is the container
  if (/^(s3|gs|hf|file):/.test(scheme) && !/[@:]/.test(authority)) return rest; // keys may hold "@"
  const at = authority.lastIndexOf('@');
  const host = authority.slice(at + 1);
  if (!/^(\[[\da-f:.%]*\]|[^:]*)(:\d*)?$/i.test(host)) return '***';
  if (at >= 0) return host === '' ? '***' : `***${rest.slice(at)}`;
  return scheme === '' && rest.includes('@') ? '***' : rest;
}
