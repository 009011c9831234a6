// From events to an object in one store: the work of one attempt, and what came of it in the words of deliveries.

import { PutFailure, type WritableStore } from '../../storage/object-store.ts';
import type { Attempt } from '../delivery/delivery.ts';
import type { BlobSettings } from './blob-messages.ts';
import type { KeptEvent } from './kept-event.ts';
import { type LogRecord, type RecordFrame, toRecord } from './log-record.ts';
import { MarshallerFailure, marshal } from './marshaller.ts';
import { type ObjectContent, writeObject } from './object-format.ts';
import { objectName } from './object-name.ts';
import { type BucketUri, openBucket, readBucketUri } from './open-bucket.ts';
import { putNew } from './put-object.ts';

/** An answer of 2xx says that these bytes are there. */
const delivered: Attempt = { kind: 'answered', status: 200, retryAfter: null, text: '' };
/** No object of this size, or no answer about it, whatever is repaired (RFC 9110 15.5.14). */
const tooLarge = 413;

export class BlobOutlet {
  readonly #settings: Omit<BlobSettings, 'urls'>;
  readonly #uri: BucketUri;
  readonly #frame: RecordFrame;
  /** One that could not be opened is opened anew by the next attempt. */
  #store: Promise<WritableStore> | null = null;

  constructor(url: string, settings: Omit<BlobSettings, 'urls'>) {
    this.#settings = settings;
    this.#uri = readBucketUri(url);
    const { certName, tlsSkipVerify } = settings.config;
    // A signature follows the path in URLs of Azure alone, and no URL of a store has a user part that is a secret.
    const shown = this.#uri.scheme === 'azure' ? url.replace(/[?#].*$/s, '') : url;
    this.#frame = { url: shown, certName, tlsSkipVerify };
  }

  /** Loads the client before it is wanted. @throws OutriggerError what is wrong with the configuration of the store */
  async open(): Promise<void> {
    await this.#opened();
  }

  /** Never rejects, and ends in time, whatever clients of stores do. */
  async deliver(events: readonly KeptEvent[]): Promise<Attempt> {
    const { timeoutMs } = this.#settings;
    const limit = AbortSignal.timeout(timeoutMs);
    const late = Promise.withResolvers<Attempt>();
    limit.addEventListener('abort', () => late.resolve(failed(`no answer in ${timeoutMs} ms`)), { once: true });
    return Promise.race([late.promise, this.#attempt(events, limit).catch((error: unknown) => attemptOf(error))]);
  }

  async #attempt(events: readonly KeptEvent[], signal: AbortSignal): Promise<Attempt> {
    const [first] = events;
    if (first === undefined) return delivered;
    const made = await this.#make(events, signal);
    if ('kind' in made) return made;
    const { path } = this.#uri;
    const name = objectName(first, { path, storePath: this.#settings.config.storePath });
    await putNew(await this.#opened(), { ...made, name }, signal);
    return delivered;
  }

  async #make(events: readonly KeptEvent[], signal: AbortSignal): Promise<ObjectContent | Attempt> {
    const { format, marshallerUrl: url } = this.#settings.config;
    let records: readonly LogRecord[];
    try {
      records = events.map((event) => toRecord(event, this.#frame));
      if (url === null) return await writeObject(format, records);
    } catch (error) {
      return { kind: 'unfit', message: `no object can be made of these events: ${(error as Error).message}` };
    }
    return marshal(records, { url, signal });
  }

  #opened(): Promise<WritableStore> {
    this.#store ??= openBucket(this.#uri, this.#settings.config.storage).catch((error: unknown) => {
      this.#store = null;
      throw error;
    });
    return this.#store;
  }
}

function failed(message: string): Attempt {
  return { kind: 'failed', code: 'store', message };
}

/** By these a marshaller says that the records themselves are not for it (RFC 9110 15.5): others are not to wait behind them. */
const notForIt: readonly (number | null)[] = [400, 413, 415, 422];

/** Keys and buckets get repaired: everything is tried again, but for what is too large or unreadable for ever. */
function attemptOf(error: unknown): Attempt {
  const { message } = error as Error;
  if (error instanceof MarshallerFailure) {
    if (notForIt.includes(error.status)) return { kind: 'unfit', message: `the marshaller ${message}` };
    return { kind: 'failed', code: 'marshaller', message };
  }
  if (error instanceof PutFailure && error.status === tooLarge) return { kind: 'unfit', message };
  return failed(message);
}
