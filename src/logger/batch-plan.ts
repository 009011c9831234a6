// How many events travel together to a sink, and how long they wait for each other.
import type { LoggerConfig, SinkConfig } from '../config/slices.ts';
import type { BatchBounds } from './delivery/fresh-parcels.ts';
import { maxReadAheadBytes } from './spool/spool-queue.ts';

/** Of what may wait for a sink, in one batch: a batch that took all of it would wait for ever for events that have no room. */
const shareOfQueue = 1 / 4;

export function planBatches(
  kind: SinkConfig['kind'],
  { queue, delivery, blob, spool }: Pick<LoggerConfig, 'queue' | 'delivery' | 'blob' | 'spool'>,
): BatchBounds {
  const ownBytes = queue.maxBytes * shareOfQueue;
  // A spool reads ahead so much and no more: a batch must be full by then.
  const queuedBytes = spool === null ? ownBytes : Math.min(ownBytes, maxReadAheadBytes);
  const maxEvents = Math.max(1, Math.floor(queue.maxEvents * shareOfQueue));
  if (kind === 'store' && blob !== null) {
    const { batchEvents, batchBytes, lingerMs } = blob;
    const events = Math.min(batchEvents, maxEvents);
    return { events, bytes: batchBytes, queuedBytes, lingerMs: lingerMs ?? Number.POSITIVE_INFINITY };
  }
  const { format, batchEvents, batchBytes, lingerMs } = delivery;
  if (format !== 'batched') return { events: 1, bytes: batchBytes, queuedBytes, lingerMs: 0 };
  return { events: Math.min(batchEvents, maxEvents), bytes: batchBytes, queuedBytes, lingerMs };
}
