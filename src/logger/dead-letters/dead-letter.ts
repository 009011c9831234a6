// An event that its sink will not take: what keeps it, and Knative's three words about why.
import type { Attempt } from '../delivery/delivery.ts';
import type { LogEvent } from '../event/log-event.ts';

export interface DeadLetterCause {
  /** Of the sink's answer; null: there was none. */
  readonly code: number | null;
  /** The begin of the answer's text, or what went wrong instead of an answer. */
  readonly message: string;
  /** The sink that did not take it, as it is called in metrics. */
  readonly sink: string;
}

export interface DeadLetters extends AsyncDisposable {
  /** False: it could not be kept. Never rejects. */
  bury(event: LogEvent, cause: DeadLetterCause): Promise<boolean>;
}

/** Of the answer, before base64; as much as Knative keeps. */
const maxErrorDataBytes = 1024;

/** Knative's dispatcher says the same of a delivery without an answer. */
const codeWithoutAnswer = 500;

export function causeOf(attempt: Attempt, sink: string): DeadLetterCause {
  if (attempt.kind === 'answered') return { code: attempt.status, message: attempt.text, sink };
  const what = attempt.kind === 'failed' ? `${attempt.code}: ${attempt.message}` : attempt.message;
  return { code: null, message: `dispatch error: ${what}`, sink };
}

/**
 * Extension attributes of Knative's dead letters: `knativeerrordest`, `knativeerrorcode`, and `knativeerrordata` in base64, as
 * its event dispatcher writes them; without the last one when the answer was empty, since no attribute may be.
 */
export function asDeadLetter(event: LogEvent, { code, message, sink }: DeadLetterCause): LogEvent {
  const data = Buffer.from(message).subarray(0, maxErrorDataBytes).toString('base64');
  const why = ['knativeerrordest', sink, 'knativeerrorcode', String(code ?? codeWithoutAnswer)];
  if (data !== '') why.push('knativeerrordata', data);
  return { ...event, attributes: [...event.attributes, ...why] };
}
