// From what was copied of messages to an event at every sink: what must not be seen is made unreadable on the way.
import type { LogSelection } from '../config/slices.ts';
import type { HeaderBlock } from '../http/header-block.ts';
import type { CapturedBody } from './event/captured-body.ts';
import type { EventKind, LogEvent } from './event/log-event.ts';
import type { Owed } from './owed.ts';
import { bodyForLog } from './privacy/body-for-log.ts';
import type { Redactor } from './privacy/redactor.ts';

/** Null: there was no room to copy it. */
export type Captured = CapturedBody | null;

export interface Message {
  readonly captured: Captured;
  readonly headers: HeaderBlock;
  /** Of the request. */
  readonly path: string;
}

export interface EventToOffer {
  readonly kind: EventKind;
  /** The request, its answer, or both. */
  readonly parts: readonly Message[];
  /** `bodies`: of the parts, ready to be seen. */
  make(bodies: readonly CapturedBody[]): LogEvent;
}

export interface OfferParts {
  readonly settings: LogSelection;
  readonly redactor: Redactor | null;
  /** To every sink. */
  offer(event: LogEvent): Owed;
  /** There was no room to copy its payload: no sink gets it, and each one's account says so. */
  dropUncaptured(kind: EventKind): void;
  /** A fault of ours: it costs an event, never an answer. */
  failed(error: unknown): void;
}

export function offerEvent({ kind, parts, make }: EventToOffer, to: OfferParts): Owed {
  const { redactor, settings } = to;
  const bodies: (CapturedBody | Promise<CapturedBody>)[] = [];
  for (const { captured, headers, path } of parts) {
    if (captured === null) {
      to.dropUncaptured(kind);
      return null;
    }
    bodies.push(bodyForLog(captured, { headers, path, redactor, maxBytes: settings.maxBytes }));
  }
  const offer = (ready: readonly CapturedBody[]) => to.offer(make(ready));
  const isReady = bodies.every((body) => !(body instanceof Promise));
  if (isReady) return offer(bodies as CapturedBody[]);
  return Promise.all(bodies)
    .then(offer)
    .catch((error: unknown) => to.failed(error));
}
