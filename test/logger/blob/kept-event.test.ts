import fc from 'fast-check';
import { expect, it } from 'vitest';
import { packEvents, unpackEvents } from '../../../src/logger/blob/kept-event.ts';
import { anyLogEvent, logEvent } from '../../support/log-events.ts';

it('events are the same behind the thread, whatever they hold', () => {
  fc.assert(
    fc.property(fc.array(anyLogEvent, { maxLength: 5 }), (events) => {
      const kept = unpackEvents(structuredClone(packEvents(events)));
      expect(kept).toEqual(
        events.map(({ kind, fixed, attributes, contentType, data }) => ({
          ...{ kind, fixed, attributes, contentType },
          data: Buffer.concat(data),
        })),
      );
    }),
  );
});

it('what others hold is copied: they keep it when the copy has gone to the thread', () => {
  const slab = Buffer.from('before payload after');
  const event = logEvent({ data: [slab.subarray(7, 14)] });
  const packed = packEvents([event, event]);
  expect(packed.payloads.byteLength).toBe(14);
  structuredClone(packed, { transfer: [packed.payloads] });
  expect(packed.payloads.byteLength).toBe(0);
  expect(Buffer.concat(event.data).toString()).toBe('payload');
});
