// The CloudEvents of an exchange for its page: their attributes, and their data read as the message that they tell of.
import type { EventView, ExchangeDetail } from './api.ts';
import type { Fields } from './kept-exchange.ts';
import { requestPart } from './message-parts.ts';
import type { SeenExchange } from './seen-exchange.ts';
import type { ReceivedEvent, SeenPair } from './seen-pair.ts';
import { viewBody } from './view/view-body.ts';

export interface EventSource {
  /** Null: events go elsewhere, or nowhere. */
  readonly eventsOf: ((id: string) => SeenPair | null) | null;
  /** Where they go; null: nowhere. */
  readonly sinkUrl: string | null;
}

export async function viewEvents(
  seen: SeenExchange,
  { eventsOf, sinkUrl }: EventSource,
): Promise<Pick<ExchangeDetail, 'events' | 'eventsMissing'>> {
  const missing = (eventsMissing: string) => ({ events: null, eventsMissing });
  if (eventsOf === null) {
    return missing(
      sinkUrl === null ? 'payload logging is off' : `events go to ${sinkUrl}, which is not asked for them`,
    );
  }
  if (seen.eventId === undefined) {
    return missing(
      seen.times === null ? 'not answered yet' : 'no event tells of it: not in the sample, or no answer came',
    );
  }
  const pair = eventsOf(seen.eventId);
  if (pair === null) return missing('not received yet, or it made room for newer ones');
  return {
    events: {
      request: await view(pair.request, seen, 'request'),
      response: await view(pair.response, seen, 'response'),
    },
    eventsMissing: null,
  };
}

async function view(
  event: ReceivedEvent | null,
  seen: SeenExchange,
  side: 'request' | 'response',
): Promise<EventView | null> {
  if (event === null) return null;
  const { attributes, data, dataBytes } = event;
  const { protocol, path } = requestPart(seen);
  const combined = attributes.type?.endsWith('.exchange') === true;
  // What the logger cut off passed, too.
  const body = { bytes: data, passedBytes: Math.max(dataBytes, Number(attributes.datalength ?? 0)) };
  const headers = fieldsOf(attributes);
  return { attributes, data: await viewBody({ side, protocol: combined ? 'HTTP' : protocol, path, headers, body }) };
}

/** What an event says of its data, as the message itself said it. */
function fieldsOf({
  datacontenttype,
  contentencoding,
  grpcencoding,
  inferenceheadercontentlength,
}: ReceivedEvent['attributes']): Fields {
  const fields: readonly (readonly [string, string | undefined])[] = [
    ['Content-Type', datacontenttype],
    ['Content-Encoding', contentencoding],
    ['grpc-encoding', grpcencoding],
    ['Inference-Header-Content-Length', inferenceheadercontentlength],
  ];
  return fields.filter((field): field is readonly [string, string] => field[1] !== undefined);
}
