// Which request headers two requests must have in common to share a call, and which say nothing about the answer.
//
// Never wrong comes first: every header counts, since MLServer hands all of them to the model and Triton those of
// --http-header-forward-pattern, but for a closed list of those that differ from call to call among callers that want the same
// thing, and that no model reads as a tenant, a route or an option. What is the same in all calls costs nothing in the key, so
// it is not listed even if it is harmless. Counted on purpose, although it looks like plumbing: Origin (the answer's CORS
// headers repeat it), Accept-Language, Baggage and its kin (applications put users and tenants into them), Idempotency-Key,
// conditions and ranges, X-Forwarded-Host and -Client-Cert (whose service, and who calls), CF-IPCountry, Knative-Serving-Tag.
import type { HeaderBlock } from '../http/header-block.ts';
import { joinFields } from './joined-fields.ts';

interface KeyHeadersRead {
  /** Equal for two requests exactly if their headers that count are equal: names in any case, order within a name kept. */
  readonly key: string;
  /** `ce-*`: the runtime reads the request as a CloudEvent (protocol page, appendix D). Such a request goes alone. */
  readonly cloudEvent: boolean;
  /** A digest or a signature of this very body: of no other, so such a request goes alone. */
  readonly bodySigned: boolean;
}

export interface KeyHeaders {
  readKeyHeaders(headers: HeaderBlock): KeyHeadersRead;
  /** The headers that count as [name, value, name, value, ...], names as sent: they go with the merged call. */
  forwarded(headers: HeaderBlock): string[];
}

type Role = 'counts' | 'ignored' | 'cloud-event' | 'body-signed';

/** The merged call has its own, or none. What it says of a body is part of the batch key elsewhere (batch-key.ts). */
const ofOneMessage = `connection content-encoding content-length content-type date expect host
  inference-header-content-length keep-alive te trailer transfer-encoding upgrade
  accept-charset accept-encoding cache-control pragma priority user-agent`;

/** Deadlines of one caller: how long it waits changes no answer. */
const deadlines = 'grpc-timeout x-envoy-expected-rq-timeout-ms x-envoy-upstream-rq-timeout-ms';

const traces = `traceparent tracestate b3 uber-trace-id sentry-trace grpc-trace-bin elastic-apm-traceparent newrelic
  x-cloud-trace-context x-amzn-trace-id x-trace-id x-span-id x-ot-span-context ot-tracer-traceid ot-tracer-spanid
  ot-tracer-sampled x-instana-t x-instana-s x-instana-l x-dynatrace sw8 x-client-trace-id`;

const requestIds = `x-request-id request-id x-correlation-id correlation-id x-amzn-requestid x-amz-request-id x-amz-cf-id
  x-ms-client-request-id x-ms-request-id x-kong-request-id x-appgw-trace-id x-azure-ref x-arr-log-id cf-ray cf-request-id`;

/** Where the call came from and when: another for each client. */
const hops = `forwarded x-forwarded-for x-forwarded-port x-original-forwarded-for x-real-ip x-client-ip true-client-ip
  x-cluster-client-ip cf-connecting-ip cf-connecting-ipv6 fastly-client-ip x-envoy-external-address x-envoy-attempt-count
  x-envoy-internal x-envoy-peer-metadata x-envoy-peer-metadata-id x-request-start x-queue-start via
  k-proxy-request k-passthrough-lb k-network-hash`;

/** What browsers add by themselves: the page and the browser, not the question. */
const browsers = 'referer sec-gpc sec-purpose upgrade-insecure-requests';

const ignored = [ofOneMessage, deadlines, traces, requestIds, hops, browsers].flatMap((names) => names.split(/\s+/));
const ignoredPrefixes = ['x-b3-', 'x-datadog-', 'sec-ch-', 'sec-fetch-'];
const bodySigned = `content-md5 digest content-digest repr-digest x-amz-content-sha256 signature signature-input
  x-hub-signature x-hub-signature-256`.split(/\s+/);

/** They say who calls: in the key whatever the operator lists. */
const identity = ['authorization', 'cookie'];
/** Written anew for a merged call, so never forwarded from a member even if the operator lists them. */
const rewritten = new Set([...ofOneMessage.split(/\s+/), 'traceparent']);

/** Names of clients whose roles are remembered as spelled; what comes later is looked up each time. */
const maxSpellings = 512;
const maxSpellingChars = 64;

interface Spelling {
  readonly lowerName: string;
  readonly role: Role;
}

/** `names`: exactly these count, with Authorization and Cookie (--batcher-key-headers); null: the default above. */
export function openKeyHeaders(names: readonly string[] | null): KeyHeaders {
  const look = openSpellings(names);

  const readKeyHeaders = (headers: HeaderBlock): KeyHeadersRead => {
    const flat = headers.write([]);
    const found: string[] = []; // lower name, value, ... sorted by name
    let cloudEvent = false;
    let signed = false;
    for (let i = 0; i < flat.length; i += 2) {
      const { lowerName, role } = look(flat[i] as string);
      if (role === 'ignored') continue;
      const value = flat[i + 1] as string;
      if (role === 'cloud-event') cloudEvent = true;
      else if (role === 'body-signed') signed = true;
      else if (names !== null || valueCounts(lowerName, value)) insert(found, lowerName, value);
    }
    return { key: joinFields(found), cloudEvent, bodySigned: signed };
  };

  const forwarded = (headers: HeaderBlock): string[] => {
    const flat = headers.write([]);
    const kept: string[] = [];
    for (let i = 0; i < flat.length; i += 2) {
      const [name, value] = [flat[i] as string, flat[i + 1] as string];
      const { lowerName, role } = look(name);
      if (role !== 'counts' || (names === null && !valueCounts(lowerName, value))) continue;
      if (!rewritten.has(lowerName)) kept.push(name, value);
    }
    return kept;
  };
  return { readKeyHeaders, forwarded };
}

/** The role of a name as it is spelled. */
function openSpellings(names: readonly string[] | null): (name: string) => Spelling {
  const roles = names === null ? defaultRoles() : listedRoles(names);
  const others: Role = names === null ? 'counts' : 'ignored';
  const spellings = new Map<string, Spelling>();

  const roleOf = (lowerName: string): Role => {
    if (lowerName.startsWith('ce-')) return 'cloud-event';
    const byPrefix = ignoredPrefixes.some((prefix) => lowerName.startsWith(prefix));
    return roles.get(lowerName) ?? (byPrefix ? 'ignored' : others);
  };

  const read = (name: string): Spelling => {
    const lowerName = name.toLowerCase();
    const spelling = { lowerName, role: roleOf(lowerName) };
    if (spellings.size < maxSpellings && name.length <= maxSpellingChars) spellings.set(name, spelling);
    return spelling;
  };
  return (name) => spellings.get(name) ?? read(name);
}

function defaultRoles(): Map<string, Role> {
  return new Map([
    ...ignored.map((name) => [name, 'ignored'] as const),
    ...bodySigned.map((name) => [name, 'body-signed'] as const),
  ]);
}

function listedRoles(names: readonly string[]): Map<string, Role> {
  return new Map([
    ...[...identity, ...names].map((name) => [name.toLowerCase(), 'counts'] as const),
    ...bodySigned.map((name) => [name, 'body-signed'] as const), // also when listed: of several bodies none is right
  ]);
}

/** Two headers that nearly every client sends, and whose usual values say nothing. */
function valueCounts(lowerName: string, value: string): boolean {
  // JSON, or anything: what a runtime of these protocols answers. Another type may well get another answer.
  if (lowerName === 'accept') return !acceptsJson.test(value);
  // Sentry's clients write ids of their trace; other members are the application's.
  if (lowerName === 'baggage') return !sentryOnly.test(value);
  return true;
}

/** Also as browsers' clients say it: `application/json, text/plain, *\/*`. With parameters or weights it is a choice. */
const acceptsJson = /^\s*(\*\/\*|application\/json\s*(,[^;]*)?)\s*$/i;
const sentryOnly = /^\s*sentry-[^,]*(,\s*sentry-[^,]*)*$/;

/** Few headers count, mostly none or one: insertion keeps them sorted, and equal names in the order of the request. */
function insert(sorted: string[], name: string, value: string): void {
  let at = sorted.length;
  sorted.push(name, value);
  for (; at > 0 && (sorted[at - 2] as string) > name; at -= 2) {
    sorted[at] = sorted[at - 2] as string;
    sorted[at + 1] = sorted[at - 1] as string;
  }
  sorted[at] = name;
  sorted[at + 1] = value;
}
