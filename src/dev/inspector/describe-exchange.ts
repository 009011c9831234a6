// All that is known of one exchange, decoded for who opens it.
import type { BatchView, ExchangeDetail, MessageView } from './api.ts';
import { type EventSource, viewEvents } from './event-view.ts';
import { requestPart, responsePart } from './message-parts.ts';
import type { SeenExchange } from './seen-exchange.ts';
import { summarize } from './summarize.ts';
import { curlOf } from './view/curl.ts';
import { isWhole } from './view/message-part.ts';
import { pythonOf } from './view/python.ts';
import { viewBody } from './view/view-body.ts';
import { visibleFields } from './view/visible-fields.ts';

export interface DescribeParts extends EventSource {
  /** Of the agent's own port. */
  agentUrl(): string;
  batchOf(id: string): BatchView | null;
}

export async function describeExchange(seen: SeenExchange, parts: DescribeParts): Promise<ExchangeDetail> {
  const { request } = seen;
  const agentUrl = parts.agentUrl();
  const whole = isReplayable(seen);
  return {
    summary: summarize(seen),
    request: { headers: visibleFields(request.headers), trailers: [], body: await viewBody(requestPart(seen)) },
    response: await viewResponse(seen),
    batch: seen.batch === undefined ? null : parts.batchOf(seen.batch.id),
    ...(await viewEvents(seen, parts)),
    curl: whole ? curlOf(request, agentUrl) : null,
    python: whole ? pythonOf(request, agentUrl) : null,
    replayable: whole,
  };
}

/** Its request came whole, and all of it was kept. */
export function isReplayable({ request, requestOver }: SeenExchange): boolean {
  return requestOver && isWhole(request.body);
}

async function viewResponse(seen: SeenExchange): Promise<ExchangeDetail['response']> {
  const { answer } = seen;
  const part = responsePart(seen);
  if (answer === null || part === null) return null;
  const { status, reason, headers, trailers } = answer;
  const view: MessageView = {
    headers: visibleFields(headers),
    trailers: visibleFields(trailers),
    body: await viewBody(part),
  };
  return { ...view, status, reason };
}
