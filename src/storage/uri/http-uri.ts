// Model URIs of http(s): one file each, or a blob where the host is of Azure.
import { readAzureHost } from '../../azure-host.ts';
import { readBlobUri } from './azure-uri.ts';
import type { ModelUri } from './model-uri.ts';
import { refuseDots, uriProblem } from './uri-path.ts';

/**
 * A blob by http: is fetched by https: too. A fragment is dropped, as every client does.
 * @throws OutriggerError MODEL_URI_INVALID
 */
export function readHttpUri(text: string): ModelUri {
  const url = URL.parse(text);
  if (url === null) throw uriProblem(text, 'it is no URL');
  if (text.includes('\\')) throw uriProblem(text, 'it holds a backslash; write "/"');
  // Of the text, since the parser has resolved them already.
  const path = /^[^:]+:\/\/[^/?#]*([^?#]*)/.exec(text)?.[1] ?? '';
  refuseDots(text, path.replaceAll(/%2e/gi, '.'));
  const azure = readAzureHost(url.hostname);
  if (azure !== null) return readBlobUri(text, azure);
  const name = httpFileName(url.href);
  if (name === '') throw uriProblem(text, 'it names no file, as its path ends with "/"');
  if (/^\.\.?$|[/\\\p{Cc}]/u.test(name)) throw uriProblem(text, 'the last part of its path is no name of a file');
  url.hash = '';
  return { scheme: 'http', url: url.href };
}

/** What a file that a URL leads to is called: the last part of the path, percent-encoding resolved where it is one. */
export function httpFileName(url: string): string {
  const { pathname } = new URL(url);
  const last = pathname.slice(pathname.lastIndexOf('/') + 1);
  try {
    return decodeURIComponent(last);
  } catch {
    return last;
  }
}
