// An event on its way to the thread of stores and there: one piece of memory for the payloads of all that go together.
import type { LogEvent } from '../event/log-event.ts';

/** An event in the thread. */
export interface KeptEvent extends Pick<LogEvent, 'kind' | 'fixed' | 'attributes' | 'contentType'> {
  readonly data: Buffer;
}

/** Structured-cloneable; `payloads` is to be transferred. */
export interface PackedEvents {
  readonly heads: readonly (Pick<LogEvent, 'kind' | 'fixed' | 'attributes' | 'contentType'> & {
    readonly bytes: number;
  })[];
  readonly payloads: ArrayBuffer;
}

/** A copy: others hold the same payloads, and the memory around them. */
export function packEvents(events: readonly LogEvent[]): PackedEvents {
  const payloads = new Uint8Array(events.reduce((total, { dataBytes }) => total + dataBytes, 0));
  let at = 0;
  const heads = events.map(({ kind, fixed, attributes, contentType, data, dataBytes: bytes }) => {
    for (const piece of data) {
      payloads.set(piece, at);
      at += piece.length;
    }
    return { kind, fixed, attributes, contentType, bytes };
  });
  return { heads, payloads: payloads.buffer };
}

export function unpackEvents({ heads, payloads }: PackedEvents): KeptEvent[] {
  let at = 0;
  return heads.map(({ bytes, ...head }) => {
    const data = Buffer.from(payloads, at, bytes);
    at += bytes;
    return { ...head, data };
  });
}
