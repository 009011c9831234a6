// Which fields of a request go along when it is sent once more: not those of its connection, nor what the agent added to it.
import { fieldRole } from '../../http/hop-by-hop.ts';
import type { Fields, KeptRequest } from './kept-exchange.ts';

/** `te` says "trailers" in gRPC; whoever sends says so himself. Via and Forwarded* tell of hops that this request does not take. */
const ownOfHop = new Set(['host', 'via', 'http2-settings']);
/** What the sender's own program says about itself, or does by itself. */
const ownOfClient = new Set([
  ...['user-agent', 'accept-encoding', 'accept-language', 'connection', 'grpc-accept-encoding', 'priority'],
  ...['traceparent', 'tracestate', 'x-request-id', 'grpc-timeout'],
]);
const browserFields = /^sec-/;

/** All that may be repeated; secrets too. */
export function fieldsToRepeat({ headers }: KeptRequest): Fields {
  return headers.filter(([name]) => {
    const lower = name.toLowerCase();
    const role = fieldRole(lower);
    const plain = role === undefined || role === 'content-type' || role === 'content-encoding' || role === 'user-agent';
    return plain && !ownOfHop.has(lower) && !lower.startsWith('x-forwarded-');
  });
}

/** Those that a command needs which is pasted elsewhere: without what is of the program that sent it first. */
export function fieldsThatMatter(request: KeptRequest): Fields {
  return fieldsToRepeat(request).filter(([name, value]) => {
    const lower = name.toLowerCase();
    if (lower === 'accept' && value === '*/*') return false; // what everybody says
    return !ownOfClient.has(lower) && !browserFields.test(lower);
  });
}
