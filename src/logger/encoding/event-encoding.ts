// How events become one POST: CloudEvents 1.0 over HTTP, in the three modes of its binding.
import type { EncodedEvents } from '../delivery/delivery.ts';
import type { LogEvent } from '../event/log-event.ts';
import { BinaryEncoding } from './binary-encoding.ts';
import { BatchedEncoding, StructuredEncoding } from './structured-encoding.ts';

export interface EventEncoding {
  /** Exactly one event, but for `batched`. The same events give the same bytes. Never throws for what they hold. */
  encode(events: readonly LogEvent[]): EncodedEvents;
}

export function openEncoding(format: 'binary' | 'structured' | 'batched'): EventEncoding {
  switch (format) {
    case 'binary':
      return new BinaryEncoding();
    case 'structured':
      return new StructuredEncoding();
    case 'batched':
      return new BatchedEncoding();
  }
}
