// An event as a message whose headers are its attributes and whose body is its payload (CloudEvents HTTP binding 3.1).
import type { EncodedEvents, EventEncoding } from '../delivery/delivery.ts';
import type { Attributes, LogEvent } from '../event/log-event.ts';
import { fieldText, headerText } from './attribute-text.ts';
import { KeptText } from './kept-text.ts';
import { StructuredEncoding } from './structured-encoding.ts';

export class BinaryEncoding implements EventEncoding {
  readonly #fixed = new KeptText(attributeLines);
  readonly #structured = new StructuredEncoding();

  encode(events: readonly LogEvent[]): EncodedEvents {
    const event = events[0]!;
    const lines = this.#fixed.of(event.fixed) + attributeLines(event.attributes);
    if (isCloudEvents(event.contentType)) return this.#wrapped(events, lines);
    if (event.dataBytes === 0) return { headers: lines, body: [], bodyBytes: 0 };
    const headers = fieldLine('content-type', event.contentType) + fieldLine('content-encoding', event.contentEncoding);
    return { headers: headers + lines, body: event.data, bodyBytes: event.dataBytes };
  }

  /** A payload that is a CloudEvent would be taken for ours by its content type: it travels in a structured one (3.2.3: with headers, too). */
  #wrapped(events: readonly LogEvent[], lines: string): EncodedEvents {
    const { headers, body, bodyBytes } = this.#structured.encode(events);
    return { headers: headers + lines, body, bodyBytes };
  }
}

function attributeLines(attributes: Attributes): string {
  let lines = '';
  for (let i = 0; i < attributes.length; i += 2) {
    const name = attributes[i]!;
    lines += `ce-${name}: ${headerText(name, attributes[i + 1]!)}\r\n`;
  }
  return lines;
}

function fieldLine(name: string, value: string | null): string {
  const text = value === null ? '' : fieldText(value);
  return text === '' ? '' : `${name}: ${text}\r\n`;
}

/** Whether the binding (3: content modes) takes a message of this content type for a structured or batched one. */
function isCloudEvents(contentType: string | null): boolean {
  return (
    contentType !== null && contentType !== 'application/json' && /^\s*application\/cloudevents/i.test(contentType)
  );
}
