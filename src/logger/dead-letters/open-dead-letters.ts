// Where an event goes that its sink will not take: a second sink, a folder, or nowhere.
import type { DeadLetterConfig, DeliveryConfig } from '../../config/slices.ts';
import type { Log } from '../../log.ts';
import { systemClock } from '../delivery/clock.ts';
import { openEncoding } from '../encoding/event-encoding.ts';
import { openSinkClient } from '../sink/sink-client.ts';
import type { DeadLetters } from './dead-letter.ts';
import { openDeadLetterFolder } from './dead-letter-folder.ts';
import { openDeadLetterSink } from './dead-letter-sink.ts';

export interface DeadLetterParts {
  readonly config: DeadLetterConfig | null;
  /** Of the sinks: a second sink is spoken to in the same way, but never in batches and without their credentials. */
  readonly delivery: DeliveryConfig;
  readonly log: Log;
}

/** Null: what no sink takes is lost, and counted. */
export function openDeadLetters({ config, delivery, log }: DeadLetterParts): DeadLetters | null {
  if (config === null) return null;
  if (config.kind === 'folder') {
    const { dir, maxBytes } = config;
    return openDeadLetterFolder({ dir, maxBytes, encoding: openEncoding('structured'), clock: systemClock, log });
  }
  const { workers, timeoutMs, maxBackoffMs, format } = delivery;
  // What proves who we are is meant for the sinks: the second one may belong to somebody else. Its URL may have a user part.
  const tls = { ...delivery.tls, certFile: null, keyFile: null };
  return openDeadLetterSink({
    client: openSinkClient({ url: config.url, workers, timeoutMs, tls, bearerTokenFile: null, log }),
    encoding: openEncoding(format === 'binary' ? 'binary' : 'structured'),
    workers,
    maxBackoffMs,
    clock: systemClock,
  });
}
