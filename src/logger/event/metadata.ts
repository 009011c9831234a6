// The attribute `metadata`: the request headers that the operator asked for, as JSON, as KServe's agent writes them.
import type { ProxyRequest } from '../../http/exchange.ts';
import { readHeaderText, valuesOf } from './header-text.ts';

type RequestFields = Pick<ProxyRequest, 'headers' | 'authority' | 'contentLength'>;

/**
 * `names`: of headers, in any case; they are the keys as they stand here. What is returned reads a request: an object of name ->
 * list of values in wire order, `{}` when it has none of them.
 */
export function openMetadataReader(names: readonly string[]): (request: RequestFields) => string {
  const wanted = [...new Set(names)].map((name) => ({ name: name.toLowerCase(), key: JSON.stringify(name) }));
  if (wanted.length === 0) return () => '{}';
  return (request) => {
    let text = '';
    const flat = flatten(request);
    for (const { name, key } of wanted) {
      const values = valuesOf(flat, name).map((value) => JSON.stringify(readHeaderText(value)));
      if (values.length > 0) text += `${text === '' ? '' : ','}${key}:[${values.join()}]`;
    }
    return `{${text}}`;
  };
}

/** Host and Content-Length are kept beside the other fields. */
function flatten({ headers, authority, contentLength }: RequestFields): readonly string[] {
  const flat: string[] = [];
  if (authority !== '') flat.push('host', authority);
  if (contentLength !== null) flat.push('content-length', String(contentLength));
  return headers.write(flat);
}
