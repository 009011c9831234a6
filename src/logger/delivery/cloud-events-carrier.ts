// Events to a sink of http: encoded as CloudEvents, one POST an attempt.
import type { Carrier, EventEncoding, SinkClient } from './delivery.ts';

/** `client`: disposed of with the carrier. */
export function openCloudEventsCarrier(encoding: EventEncoding, client: SinkClient): Carrier {
  return {
    together: false,
    deliver: (events, done) => client.post(encoding.encode(events), done),
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  };
}
