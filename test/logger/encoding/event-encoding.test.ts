// Do others read what was meant? The official SDK decodes events of all kinds in all three modes.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openEncoding } from '../../../src/logger/encoding/event-encoding.ts';
import type { LogEvent } from '../../../src/logger/event/log-event.ts';
import { StoredEvents } from '../../../src/logger/spool/stored-event.ts';
import { headerLines, type ReadEvent, readBinary, readJson } from '../../support/cloudevents-reader.ts';
import { anyLogEvent, logEvent } from '../../support/log-events.ts';
import { naughtyStrings } from '../../support/naughty-strings.ts';
import { seed } from '../../support/seed.ts';

const formats = ['binary', 'structured', 'batched'] as const;

/** What a reader of the event must see. */
function expected({ fixed, attributes, contentType, contentEncoding, data, dataBytes }: LogEvent): ReadEvent {
  const texts = [...fixed, ...attributes];
  const read: Record<string, string> = {};
  for (let i = 0; i < texts.length; i += 2) read[texts[i]!] = texts[i + 1]!.toWellFormed();
  if (dataBytes === 0) return { attributes: read, data: undefined };
  if (contentType !== null) read.datacontenttype = contentType;
  const bytes = Buffer.concat(data);
  const json = contentType === 'application/json' && contentEncoding === null;
  return { attributes: read, data: json ? JSON.parse(bytes.toString()) : bytes };
}

/** Attributes whose header is JSON are equal as values; the SDK has no name for the coding. */
function comparable({ attributes, data }: ReadEvent): unknown {
  const { contentencoding: _, metadata = '{}', ...others } = attributes;
  return {
    ...others,
    metadata: JSON.parse(metadata),
    data: Buffer.isBuffer(data) ? data.toString('hex') : JSON.stringify(data),
  };
}

function withAttribute(value: string): LogEvent {
  const time = '2026-11-21T18:00:00.000Z'; // else the SDK makes one up
  const metadata = JSON.stringify({ [value]: [value] });
  return logEvent({
    attributes: ['id', `${value}!`, 'time', time, 'xnaughty', value, 'metadata', metadata, 'xlast', 'z'],
  });
}

const stored = new StoredEvents();

describe('the SDK', () => {
  it('reads every event of binary mode', () => {
    const encoding = openEncoding('binary');
    fc.assert(
      fc.property(anyLogEvent, (event) => {
        expect(comparable(readBinary(encoding.encode([event])))).toEqual(comparable(expected(event)));
      }),
      { seed, numRuns: 300 },
    );
  });

  it('reads every event of structured mode', () => {
    const encoding = openEncoding('structured');
    fc.assert(
      fc.property(anyLogEvent, (event) => {
        expect(readJson(encoding.encode([event])).map(comparable)).toEqual([comparable(expected(event))]);
      }),
      { seed, numRuns: 300 },
    );
  });

  it('reads every event of a batch, in order', () => {
    const encoding = openEncoding('batched');
    fc.assert(
      fc.property(fc.array(anyLogEvent, { maxLength: 5 }), (events) => {
        const read = readJson(encoding.encode(events));
        expect(read.map(comparable)).toEqual(events.map((event) => comparable(expected(event))));
      }),
      { seed, numRuns: 150 },
    );
  });

  it('reads hostile strings as they are in every mode, and in a batch of them all', () => {
    const events = naughtyStrings().map(withAttribute);
    expect(events.length).toBeGreaterThanOrEqual(515);
    const [binary, structured, batched] = formats.map(openEncoding);
    const batch = readJson(batched!.encode(events));
    for (const [n, event] of events.entries()) {
      const wanted = comparable(expected(event));
      expect(comparable(readBinary(binary!.encode([event])))).toEqual(wanted);
      expect(readJson(structured!.encode([event])).map(comparable)).toEqual([wanted]);
      expect(comparable(batch[n]!)).toEqual(wanted);
    }
  });
});

describe('an encoded event', () => {
  it.each(formats)('has the length it says, and the same bytes each time, from a spool too (%s)', (format) => {
    fc.assert(
      fc.property(anyLogEvent, (event) => {
        const { headers, body, bodyBytes } = openEncoding(format).encode([event]);
        expect(Buffer.concat(body).length).toBe(bodyBytes);
        const again = openEncoding(format).encode([stored.read(stored.write(event))!]);
        expect([again.headers, Buffer.concat(again.body)]).toEqual([headers, Buffer.concat(body)]);
      }),
      { seed, numRuns: 100 },
    );
  });

  it('keeps its attributes in the order of the event', () => {
    const event = logEvent({ attributes: ['id', '1', 'zz', 'a', 'aa', 'z'] });
    const names = Object.keys(headerLines(openEncoding('binary').encode([event]).headers));
    expect(names).toEqual(['content-type', 'ce-specversion', 'ce-type', 'ce-source', 'ce-id', 'ce-zz', 'ce-aa']);
    const [body] = openEncoding('structured').encode([event]).body;
    const members = Object.keys(JSON.parse(Buffer.from(body!).toString()) as object);
    expect(members).toEqual(['specversion', 'type', 'source', 'id', 'zz', 'aa', 'datacontenttype', 'data']);
  });
});
