// Where does a URL finally lead, and what may be said on the way? The client itself follows no redirect.
import { OutriggerError } from '../../errors.ts';
import type { Reach, StoreRequest } from '../object-store.ts';
import { fetchWhole } from './fetch-whole.ts';
import type { AnswerHead, HttpClient, HttpLane } from './http-client.ts';

export interface FollowOptions {
  /** Holds for every hop, however its host is spelled. */
  readonly reach: Reach;
  readonly signal: AbortSignal;
}

export interface Resolved {
  /** A GET of the whole from where it really is; what may not be said there is left out. */
  readonly request: StoreRequest;
  /** The last answer: to a HEAD, or to a GET of the first byte. Any status; 416 is how an empty object answers the latter. */
  readonly head: AnswerHead;
  readonly hops: number;
}

/** Of one question to a store; more are a loop, or a game. */
export const maxRedirects = 5;
const redirects = new Set([301, 302, 303, 307, 308]);
/** Signed URLs are good for one method, and some servers know no HEAD: a GET of one byte says the same. */
const refusesHead = new Set([400, 401, 403, 404, 405, 501]);
const firstByte = { first: 0, last: 0 };
/** What any host may be told: it says what is understood, not who asks. */
const harmlessFields = new Set(['accept', 'accept-encoding', 'user-agent']);

/**
 * `request`: a HEAD, or a GET, of which only the first byte is asked for.
 * @throws OutriggerError STORE_FAILED (loop, too many hops, no http(s), from https to http), ADDRESS_REFUSED, STORE_UNREACHABLE
 */
export async function followRedirects(
  client: HttpClient,
  request: StoreRequest,
  { reach, signal }: FollowOptions,
): Promise<Resolved> {
  const lane = client.openLane(reach);
  try {
    let next = request;
    const seen = new Set([next.url.href]);
    for (let hops = 0; ; hops += 1) {
      const head = await look(lane, next, signal);
      const location = redirectOf(head);
      if (location === null) return { request: { ...next, method: 'GET', range: null }, head, hops };
      if (hops === maxRedirects) throw refusal(next.url, `more than ${maxRedirects} redirects`);
      next = nextHop(next, location);
      if (seen.has(next.url.href)) throw refusal(next.url, 'redirects in a loop');
      seen.add(next.url.href);
    }
  } finally {
    lane.close();
  }
}

/** Null: not redirected. */
export function redirectOf({ status, headers }: AnswerHead): string | null {
  return redirects.has(status) ? (headers.get('location') ?? null) : null;
}

async function look(lane: HttpLane, request: StoreRequest, signal: AbortSignal): Promise<AnswerHead> {
  if (request.method === 'HEAD') {
    const { head } = await fetchWhole(lane, request, { maxBytes: 0, signal });
    if (!refusesHead.has(head.status)) return head;
  }
  const asked = { ...request, method: 'GET', range: firstByte } as const;
  return (await fetchWhole(lane, asked, { maxBytes: 0, signal })).head;
}

/** The request that `location`, untrusted, asks for instead of `request`. @throws OutriggerError STORE_FAILED */
export function nextHop(request: StoreRequest, location: string): StoreRequest {
  const from = request.url;
  const url = URL.parse(location, from.href);
  if (url === null) throw refusal(from, 'a redirect to no URL');
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw refusal(from, `a redirect to ${url.protocol}, which is neither http nor https`);
  }
  if (from.protocol === 'https:' && url.protocol === 'http:') throw refusal(from, 'a redirect from https to http');
  url.hash = '';
  if (url.origin !== from.origin) {
    // Whose host it is we do not know: nothing that was meant for the first one is said to it, nor again later.
    return { ...request, url, headers: request.headers.filter(([name]) => harmlessFields.has(name.toLowerCase())) };
  }
  if (url.username === '' && url.password === '') {
    url.username = from.username;
    url.password = from.password;
  }
  return { ...request, url };
}

/** Without path and query: they may hold a signature. */
function refusal({ host }: URL, words: string): OutriggerError {
  return new OutriggerError('STORE_FAILED', `${host}: ${words}`);
}
