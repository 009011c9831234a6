// Events as JSON, one or many to a message (CloudEvents HTTP binding 3.2 and 3.3): one buffer, written once.
import type { EncodedEvents, EventEncoding } from '../delivery/delivery.ts';
import type { LogEvent } from '../event/log-event.ts';
import { EventJson, type JsonParts } from './event-json.ts';

export class StructuredEncoding implements EventEncoding {
  readonly #json = new EventJson();

  encode(events: readonly LogEvent[]): EncodedEvents {
    const parts = this.#json.partsOf(events[0]!);
    const body = Buffer.allocUnsafe(parts.bytes);
    writeParts(body, 0, parts);
    return {
      headers: 'content-type: application/cloudevents+json; charset=utf-8\r\n',
      body: [body],
      bodyBytes: body.length,
    };
  }
}

export class BatchedEncoding implements EventEncoding {
  readonly #json = new EventJson();

  encode(events: readonly LogEvent[]): EncodedEvents {
    const all = events.map((event) => this.#json.partsOf(event));
    let bytes = 1 + Math.max(1, all.length); // brackets and commas
    for (const parts of all) bytes += parts.bytes;
    const body = Buffer.allocUnsafe(bytes);
    body[0] = openBracket;
    let at = 1;
    for (const parts of all) {
      if (at > 1) body[at++] = comma;
      at = writeParts(body, at, parts);
    }
    body[at] = closeBracket;
    return {
      headers: 'content-type: application/cloudevents-batch+json; charset=utf-8\r\n',
      body: [body],
      bodyBytes: bytes,
    };
  }
}

const openBracket = 0x5b;
const comma = 0x2c;
const closeBracket = 0x5d;
/** Of a payload at a time, in whole triples: its base64 is a string for a moment, and strings have an end. */
const chunkBytes = 3 * 2 ** 14;

/** @returns the offset behind it. */
function writeParts(out: Buffer, start: number, { head, data, base64, tail }: JsonParts): number {
  let at = start + out.write(head, start, 'latin1');
  if (base64) {
    for (let i = 0; i < data.length; i += chunkBytes)
      at += out.write(data.toString('base64', i, i + chunkBytes), at, 'latin1');
  } else {
    out.set(data, at);
    at += data.length;
  }
  return at + out.write(tail, at, 'latin1');
}
