// What the thread of stores and its owner tell each other.
import type { BlobConfig } from '../../config/slices.ts';
import type { Attempt } from '../delivery/delivery.ts';
import type { PackedEvents } from './kept-event.ts';

/** `workerData` of the thread. */
export interface BlobSettings {
  /** By number: the stores, as --log-url names them. */
  readonly urls: readonly string[];
  readonly config: BlobConfig;
  /** Of one attempt, the marshaller's work included. */
  readonly timeoutMs: number;
}

/** One attempt to make an object of these events and to store it. */
export interface DeliverMessage {
  readonly id: number;
  /** Number of the store. */
  readonly store: number;
  readonly events: PackedEvents;
}

/** What the thread says. */
export type FromBlobWorker =
  | { readonly kind: 'delivered'; readonly id: number; readonly attempt: Attempt }
  /** Said once, at the start: the client of this store cannot even be opened. */
  | { readonly kind: 'unusable'; readonly store: number; readonly message: string };
