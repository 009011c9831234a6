// What every store offers, whoever runs it: list the objects of a model, say how to ask for their bytes, put an object.

/** One object as the store lists it. */
export interface StoredObject {
  /** As the store spells it; untrusted. */
  readonly key: string;
  /** Null: the store does not say before it sends them (http without Content-Length). */
  readonly bytes: number | null;
  /** What pins these very bytes: a strong ETag (quoted, as sent), a generation, a commit. Null: nothing does. */
  readonly version: string | null;
  readonly checksums: Checksums;
  /** Size of the parts it was uploaded in, when known: ranges are aligned to it. */
  readonly partBytes: number | null;
  /** False: the store answers a range with the whole object, so that it comes in one stream. */
  readonly ranges: boolean;
  /** gzip: the store keeps it compressed and its readers expect it decompressed (GCS, http). */
  readonly contentEncoding: 'gzip' | null;
  /** Only http(s) says it, '' when the server does not: an archive may be known by it. */
  readonly contentType?: string;
}

/** Of the whole object, base64 of the big-endian value; `gitBlob` is SHA-1 over "blob <bytes>\0" and the bytes. */
export type ChecksumAlgorithm = 'crc32' | 'crc32c' | 'crc64nvme' | 'sha1' | 'sha256' | 'md5' | 'gitBlob';
export type Checksums = Readonly<Partial<Record<ChecksumAlgorithm, string>>>;

/** Both inclusive, as in RFC 9110 14.1.2. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/** One request to a store's HTTP interface, signed; good for one attempt that starts now. */
export interface StoreRequest {
  readonly method: 'GET' | 'HEAD';
  /** Never shown as it is: it may hold a signature. */
  readonly url: URL;
  /** Without Host, Connection and Range. Names in any case. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Null: the whole object. */
  readonly range: ByteRange | null;
}

/** Lower-case names; of repeated fields the values are joined by ", ". */
export type AnswerHeaders = ReadonlyMap<string, string>;

/** Objects that come over HTTP. */
export interface RemoteStore extends AsyncDisposable {
  readonly kind: 'remote';
  /** Who may be reached: see address/address-rule.ts. */
  readonly reach: Reach;
  /**
   * Pages of what stands at the URI's path and below `path/`, siblings such as `path-2/` possibly too; the caller keeps what
   * the URI means. Read lazily: the next page is asked for while the caller fetches. @throws OutriggerError MODEL_NOT_FOUND,
   * STORE_DENIED, STORE_UNREACHABLE, STORE_FAILED, after the official client's own retries.
   */
  list(signal: AbortSignal): AsyncIterable<readonly StoredObject[]>;
  /**
   * How to ask for these bytes: signed now, pinned to `object.version`. @throws OutriggerError STORE_DENIED (no credentials),
   * STORE_UNREACHABLE (who gives tokens, or says where the bytes are), and as `list`
   */
  rangeRequest(object: StoredObject, range: ByteRange | null): Promise<StoreRequest>;
  /** A request whose answer's headers say more of the object (a HEAD with x-amz-checksum-mode); null: the list said all. */
  detailsRequest(object: StoredObject): Promise<StoreRequest> | null;
  /**
   * What such headers say, those of `detailsRequest` or of any answer with bytes of the object: its checksums where they are
   * there, and its `version` and, of a whole answer, its `bytes` as they are now, so that a change is seen.
   */
  readDetails(object: StoredObject, headers: AnswerHeaders): StoredObject;
  /** The object as it is now, after it changed. Null: it is gone. @throws as `list` */
  look(key: string, signal: AbortSignal): Promise<StoredObject | null>;
  /**
   * A request of this object was refused with 401, 403 or 410: drop what may have expired (token, redirect). False: nothing
   * can have, and the refusal is final.
   */
  renew(object: StoredObject): boolean;
}

/** Objects that are files here: file:// and mounted volumes. */
export interface LocalStore extends AsyncDisposable {
  readonly kind: 'local';
  /** @throws OutriggerError UNSAFE_PATH, STORE_DENIED, OBJECT_CHANGED, PULL_TOO_LARGE, STORE_FAILED */
  list(signal: AbortSignal): AsyncIterable<readonly StoredObject[]>;
  /**
   * Absolute, symbolic links resolved, never outside the URI's folder.
   * @throws OutriggerError UNSAFE_PATH, STORE_DENIED, OBJECT_CHANGED, STORE_FAILED
   */
  localPath(object: StoredObject): Promise<string>;
}

export type ReadableStore = RemoteStore | LocalStore;

/**
 * anywhere: the operator configured this host or wrote a private one, so it may have a private address.
 * public: a host of the internet; private and loopback addresses are refused. Cloud metadata is refused for both.
 */
export type Reach = 'anywhere' | 'public';

export interface PutObject {
  readonly key: string;
  readonly body: Uint8Array;
  readonly contentType: string;
  /** Only where nothing is: what is there already stays as it is. False: it is replaced. */
  readonly ifAbsent: boolean;
}

/** A bucket or container that takes objects. */
export interface WritableStore extends AsyncDisposable {
  /**
   * One attempt; resolves when the store has it whole. `exists`: `ifAbsent` was wanted, and something is there.
   * @throws PutFailure; with status 501 a store that knows no condition
   */
  put(object: PutObject, signal: AbortSignal): Promise<'stored' | 'exists'>;
}

/** `status`: HTTP status of the store; null: it did not answer. `message` has no secrets. */
export class PutFailure extends Error {
  override readonly name = 'PutFailure';
  readonly status: number | null;

  constructor(status: number | null, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}

/** Hears why an attempt failed that another one follows; without secrets. */
export type OnSetback = (reason: string) => void;
