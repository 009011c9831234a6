// The two messages of an exchange, as who decodes them wants them.
import type { SeenExchange } from './seen-exchange.ts';
import type { MessagePart } from './view/message-part.ts';
import { spokenProtocol } from './view/spoken-protocol.ts';

export function requestPart({ request, path }: SeenExchange): MessagePart {
  const { headers, body } = request;
  return { side: 'request', protocol: spokenProtocol(request), path, headers, body };
}

/** Null: no answer (yet). */
export function responsePart({ request, answer, path }: SeenExchange): MessagePart | null {
  if (answer === null) return null;
  const { headers, body } = answer;
  return { side: 'response', protocol: spokenProtocol(request), path, headers, body };
}
