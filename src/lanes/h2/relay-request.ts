// What the relay reads of a request's header fields, and whether the request is one that it may carry.
import type { ListenerConfig } from '../../config/slices.ts';
import { isGrpc } from '../../http/grpc-content.ts';
import { type FieldSink, HpackDecoder } from './hpack.ts';
import { fieldOverheadBytes } from './hpack-table.ts';

/** Slots of the fields that are read (FieldSink). */
const methodSlot = 1;
const pathSlot = 2;
const contentTypeSlot = 3;
const probeSlot = 4;
const slots: ReadonlyMap<string, number> = new Map([
  [':method', methodSlot],
  [':path', pathSlot],
  ['content-type', contentTypeSlot],
  ['k-network-probe', probeSlot],
]);
/** Pseudo fields beside what counts as header fields. */
const pseudoFields = 8;

export type RelayLimits = Pick<ListenerConfig, 'maxHeaderBytes' | 'maxHeaderCount' | 'maxUrlBytes'>;

/** Of a decoded head, by the rule of RFC 9113 10.5.1; and of its block, which is not larger but for padding of all kinds. */
export function maxHeadBytes({ maxHeaderBytes, maxHeaderCount, maxUrlBytes }: RelayLimits): number {
  return maxHeaderBytes + maxUrlBytes + fieldOverheadBytes * (maxHeaderCount + pseudoFields);
}

/** The client's encoder, read along: every block has to come by here, in order. */
export class RelayRequests implements FieldSink {
  readonly #limits: RelayLimits;
  readonly #maxBytes: number;
  readonly #decoder = new HpackDecoder(this);
  #method = '';
  #path = '';
  #contentType: string | undefined;
  #probe = false;
  #accepted = false;
  #count = 0;
  #bytes = 0;

  constructor(limits: RelayLimits) {
    this.#limits = limits;
    this.#maxBytes = maxHeadBytes(limits);
  }

  /** Of the block read last. */
  get path(): string {
    return this.#path;
  }

  /** SETTINGS_HEADER_TABLE_SIZE, once the client has acknowledged it. */
  setTableLimit(bytes: number): void {
    this.#decoder.setTableLimit(bytes);
  }

  /**
   * True: a gRPC call within the limits, and no probe of Knative. (Probes of kubelet are GET, or gRPC calls like others.)
   *
   * @throws Http2Fault COMPRESSION_ERROR
   */
  read(bytes: Buffer, start: number, end: number): boolean {
    if (this.#decoder.repeats(bytes, start, end)) return this.#accepted; // what was read of the last block stands
    this.#method = '';
    this.#path = '';
    this.#contentType = undefined;
    this.#probe = false;
    this.#count = 0;
    this.#bytes = 0;
    this.#decoder.decode(bytes, start, end);
    this.#accepted =
      this.#method === 'POST' &&
      isGrpc(this.#contentType) &&
      !this.#probe &&
      this.#path.length <= this.#limits.maxUrlBytes &&
      this.#count <= this.#limits.maxHeaderCount + pseudoFields &&
      this.#bytes <= this.#maxBytes;
    return this.#accepted;
  }

  slotOf(name: string): number {
    return slots.get(name) ?? 0;
  }

  field(slot: number, value: string | null, bytes: number): void {
    this.#count += 1;
    this.#bytes += bytes;
    if (slot === methodSlot) this.#method = value as string;
    else if (slot === pathSlot) this.#path = value as string;
    else if (slot === contentTypeSlot) this.#contentType ??= value as string;
    else if (slot === probeSlot) this.#probe = true;
  }
}
