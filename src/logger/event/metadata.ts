// The attribute `metadata`: the request headers that the operator asked for, as JSON, as KServe's agent writes them.
import type { ProxyRequest } from '../../http/exchange.ts';
import { readHeaderText } from './header-text.ts';

type RequestFields = Pick<ProxyRequest, 'headers' | 'authority' | 'contentLength'>;

interface Wanted {
  readonly name: string; // lower case
  readonly key: string; // JSON, as configured
}

/**
 * `names`: of headers, in any case; they are the keys as they stand here. What is returned reads a request: an object of name ->
 * list of values in wire order, `{}` when it has none of them.
 */
export function openMetadataReader(names: readonly string[]): (request: RequestFields) => string {
  const wanted = [...new Set(names)].map((name) => ({ name: name.toLowerCase(), key: JSON.stringify(name) }));
  if (wanted.length === 0) return () => '{}';
  return (request) => {
    let text = '';
    let flat: readonly string[] | null = null;
    for (const field of wanted) {
      flat ??= flatten(request);
      const values = valuesOf(flat, field);
      if (values !== '') text += `${text === '' ? '' : ','}${field.key}:[${values}]`;
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

function valuesOf(flat: readonly string[], { name }: Wanted): string {
  let values = '';
  for (let i = 0; i < flat.length; i += 2) {
    const candidate = flat[i] as string;
    if (candidate.length !== name.length || candidate.toLowerCase() !== name) continue;
    values += `${values === '' ? '' : ','}${JSON.stringify(readHeaderText(flat[i + 1] as string))}`;
  }
  return values;
}
