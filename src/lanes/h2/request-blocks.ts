// What do a client's header blocks say, as far as the relay of their frames has to know?
import { type FieldSink, HpackDecoder } from './hpack.ts';

/** A header block of a request, or its trailers: whoever counts streams knows which. */
export interface RequestBlock {
  readonly method: string | null;
  readonly scheme: string | null;
  readonly path: string | null;
  readonly authority: string | null;
  readonly contentType: string | null;
  readonly userAgent: string | null;
  /** K-Network-Probe is among the fields. */
  readonly networkProbe: boolean;
  /** Fields whose names begin with a colon; trailers have none. */
  readonly pseudoFields: number;
  readonly fields: number;
  /** Of all fields, name, value and 32 each: what SETTINGS_MAX_HEADER_LIST_SIZE counts. May exceed the block a thousand times. */
  readonly bytes: number;
  /**
   * Not a request's head by RFC 9113 8.1.1 to 8.3.1: an unknown, repeated, late or missing pseudo field, a name with upper case, or a
   * field of HTTP/1.1's connections. Trailers are `malformed` too: they lack the pseudo fields; look at `lateOrOdd` there.
   */
  readonly malformed: boolean;
  /** The same without what is missing. */
  readonly lateOrOdd: boolean;
}

const slots = {
  unread: 0,
  method: 1,
  scheme: 2,
  path: 3,
  authority: 4,
  contentType: 5,
  userAgent: 6,
  networkProbe: 7,
  te: 8,
  odd: 9,
} as const;

const slotsByName: ReadonlyMap<string, number> = new Map([
  [':method', slots.method],
  [':scheme', slots.scheme],
  [':path', slots.path],
  [':authority', slots.authority],
  ['content-type', slots.contentType],
  ['user-agent', slots.userAgent],
  ['k-network-probe', slots.networkProbe],
  ['te', slots.te],
  ['connection', slots.odd],
  ['keep-alive', slots.odd],
  ['proxy-connection', slots.odd],
  ['transfer-encoding', slots.odd],
  ['upgrade', slots.odd],
]);
const oddName = /^:|^$|[A-Z]/;
/** A longer block is decoded each time. */
const maxRememberedBytes = 1024;

/** The blocks of one connection, in their order, none left out. */
export class RequestBlocks implements FieldSink {
  readonly #decoder = new HpackDecoder(this);
  #draft = new Draft();
  #last: Buffer | null = null; // the last block, if it left the table as it was
  #lastBytes = 0;
  #lastChanges = 0;
  #lastBlock: RequestBlock | null = null;

  /** See `HpackDecoder.setTableLimit`. */
  setTableLimit(bytes: number): void {
    this.#decoder.setTableLimit(bytes);
  }

  /** @throws Http2Fault COMPRESSION_ERROR: the connection cannot go on */
  read(bytes: Buffer, start: number, end: number): RequestBlock {
    const decoder = this.#decoder;
    if (this.#lastBlock !== null && this.#repeats(bytes, start, end)) return this.#lastBlock;
    const changes = decoder.changes;
    const draft = new Draft();
    this.#draft = draft;
    decoder.decode(bytes, start, end);
    if (decoder.changes === changes) this.#remember(bytes, start, end, draft);
    else this.#lastBlock = null;
    return draft;
  }

  slotOf(name: string): number {
    return slotsByName.get(name) ?? (oddName.test(name) ? slots.odd : slots.unread);
  }

  field(slot: number, value: string | null, bytes: number): void {
    this.#draft.add(slot, value ?? '', bytes);
  }

  /** The same bytes, and the numbers in them mean the same. */
  #repeats(bytes: Buffer, start: number, end: number): boolean {
    const last = this.#last as Buffer;
    if (end - start !== this.#lastBytes || this.#decoder.changes !== this.#lastChanges) return false;
    if (this.#decoder.owesTableSize) return false;
    for (let i = 0; i < this.#lastBytes; i++) if (last[i] !== bytes[start + i]) return false;
    return true;
  }

  #remember(bytes: Buffer, start: number, end: number, block: RequestBlock): void {
    const length = end - start;
    this.#lastBlock = null;
    if (length > maxRememberedBytes) return;
    if (this.#last === null || this.#last.length < length) this.#last = Buffer.allocUnsafe(length);
    bytes.copy(this.#last, 0, start, end);
    this.#lastBytes = length;
    this.#lastChanges = this.#decoder.changes;
    this.#lastBlock = block;
  }
}

/** A block while its fields come. */
class Draft implements RequestBlock {
  method: string | null = null;
  scheme: string | null = null;
  path: string | null = null;
  authority: string | null = null;
  contentType: string | null = null;
  userAgent: string | null = null;
  networkProbe = false;
  pseudoFields = 0;
  fields = 0;
  bytes = 0;
  lateOrOdd = false;

  get malformed(): boolean {
    return this.lateOrOdd || this.method === null || this.#lacksTarget;
  }

  get #lacksTarget(): boolean {
    if (this.method === 'CONNECT') return this.authority === null;
    return this.scheme === null || this.path === null || this.path === '';
  }

  add(slot: number, value: string, bytes: number): void {
    this.fields++;
    this.bytes += bytes;
    switch (slot) {
      case slots.method:
        this.#pseudo(this.method);
        this.method = value;
        return;
      case slots.scheme:
        this.#pseudo(this.scheme);
        this.scheme = value;
        return;
      case slots.path:
        this.#pseudo(this.path);
        this.path = value;
        return;
      case slots.authority:
        this.#pseudo(this.authority);
        this.authority = value;
        return;
      case slots.contentType:
        this.contentType = value;
        return;
      case slots.userAgent:
        this.userAgent = value;
        return;
      case slots.networkProbe:
        this.networkProbe = true;
        return;
      case slots.te:
        if (value !== 'trailers') this.lateOrOdd = true;
        return;
      case slots.odd:
        this.lateOrOdd = true;
        return;
    }
  }

  /** One of each, and all of them first (RFC 9113 8.3). */
  #pseudo(before: string | null): void {
    this.pseudoFields++;
    if (before !== null || this.pseudoFields !== this.fields) this.lateOrOdd = true;
  }
}
