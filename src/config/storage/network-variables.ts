// What goes with requests to any host: proxies, headers of http(s) hosts, the authorities that KServe mounts.
import { join } from 'node:path';
import * as v from 'valibot';
import type { HttpStoreConfig, ProxyConfig, StoreTls } from '../storage-config.ts';
import { isHeaderName, url } from '../values.ts';
import { readJson } from './storage-spec.ts';
import type { Variables } from './variables.ts';

const HEADERS_SUFFIX = '-headers';
const CA_MOUNT = '/etc/ssl/custom-certs';
const CA_FILE = 'cabundle.crt';

/** `<host>-headers` or `<host>:<port>-headers`; of two spellings of one host the later in the environment wins. */
export function readHostHeaders(variables: Variables): HttpStoreConfig {
  const names = Object.keys(variables.env).filter((name) => name.length > HEADERS_SUFFIX.length);
  const entries = names
    .filter((name) => name.endsWith(HEADERS_SUFFIX) && variables.text(name) !== null)
    .map((name) => [name.slice(0, -HEADERS_SUFFIX.length).toLowerCase(), readHeaders(variables, name)] as const);
  return { headers: Object.fromEntries(entries) };
}

const headers = v.record(
  v.pipe(v.string(), v.check(isHeaderName)),
  v.pipe(v.string(), v.regex(/^[\t\x20-\x7e\x80-\xff]*$/)), // field-value of RFC 9110 5.5: no line breaks
);

function readHeaders(variables: Variables, name: string): Readonly<Record<string, string>> {
  const parsed = readJson(variables.text(name) ?? '');
  if (v.is(headers, parsed) && !Array.isArray(parsed)) return parsed;
  variables.refuse(name, {
    expected: 'a JSON object of header names and texts, such as {"Authorization": "Bearer ..."}',
    got: 'something else (not shown)',
  });
  return {};
}

/** Lower case wins, as with curl. HTTP_PROXY is a client's header in CGI (httpoxy), so it is passed over there. */
export function readProxy(variables: Variables): ProxyConfig {
  const inCgi = variables.text('REQUEST_METHOD') !== null;
  const fallback = ['all_proxy', 'ALL_PROXY'];
  return {
    http: readProxyUrl(variables, ['http_proxy', ...(inCgi ? [] : ['HTTP_PROXY']), ...fallback]),
    https: readProxyUrl(variables, ['https_proxy', 'HTTPS_PROXY', ...fallback]),
    none: (variables.first('no_proxy', 'NO_PROXY')?.text ?? '')
      .toLowerCase()
      .split(/[,\s]+/)
      .filter((host) => host !== ''),
  };
}

function readProxyUrl(variables: Variables, names: readonly string[]): string | null {
  const given = variables.first(...names);
  if (given === null) return null;
  return variables.read(given.name, {
    expected: 'a proxy, as http://host:port or https://host:port',
    read: (text) => url(['http', 'https']).read(text.includes('://') ? text : `http://${text}`),
  });
}

/**
 * The bundle that KServe mounts for every store: whichever of the two variables names its ConfigMap, the file is the same
 * (storage_initializer_injector.go).
 */
export function readMountedCa(variables: Variables): StoreTls['caFiles'] {
  if (variables.first('CA_BUNDLE_CONFIGMAP_NAME', 'AWS_CA_BUNDLE_CONFIGMAP') === null) return [];
  return [join(variables.text('CA_BUNDLE_VOLUME_MOUNT_POINT') ?? CA_MOUNT, CA_FILE)];
}
