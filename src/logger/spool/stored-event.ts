// An event as bytes that say themselves whether they are whole, and that bring back the very same event: for a queue on disk.
import { crc32 } from 'node:zlib';
import { type Attributes, eventKinds, type LogEvent } from '../event/log-event.ts';

/** Of what follows; bytes of another version are read by nobody. */
const version = 1;
/** Version, CRC-32 of all behind it, bytes of the JSON of `fixed`, of the JSON of all else, of the payload; little-endian. */
const prefixBytes = 17;
const checkedFrom = 5;
/** Events of a process share few arrays; whoever makes more of them reads a little slower. */
const maxSharedArrays = 256;

export class StoredEvents {
  readonly #fixedTexts = new WeakMap<Attributes, Buffer>();
  readonly #fixedArrays = new Map<string, Attributes>();
  #last: { readonly event: LogEvent; readonly bytes: Uint8Array } | null = null;

  /** As `write`, but the event that came last is not written again: it comes once for each sink. */
  writeOnce(event: LogEvent): Uint8Array {
    if (this.#last?.event !== event) this.#last = { event, bytes: this.write(event) };
    return this.#last.bytes;
  }

  forgetLast(): void {
    this.#last = null;
  }

  /** In memory of its own, so it can be handed to a worker. */
  write(event: LogEvent): Uint8Array {
    const { kind, attributes, contentType, contentEncoding, data, dataBytes } = event;
    const fixed = this.#fixedTextOf(event.fixed);
    const own = JSON.stringify([kind, contentType, contentEncoding, attributes]);
    const ownBytes = Buffer.byteLength(own);
    const out = Buffer.allocUnsafeSlow(prefixBytes + fixed.length + ownBytes + dataBytes);
    out[0] = version;
    out.writeUInt32LE(fixed.length, checkedFrom);
    out.writeUInt32LE(ownBytes, checkedFrom + 4);
    out.writeUInt32LE(dataBytes, checkedFrom + 8);
    out.set(fixed, prefixBytes);
    out.write(own, prefixBytes + fixed.length);
    let at = prefixBytes + fixed.length + ownBytes;
    for (const piece of data) {
      out.set(piece, at);
      at += piece.length;
    }
    out.writeUInt32LE(crc32(out.subarray(checkedFrom)), 1);
    return out;
  }

  /** Null: not whole, or not written by `write`. The payload is a view of `bytes`; equal `fixed` arrays are one. */
  read(bytes: Uint8Array): LogEvent | null {
    const stored = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (stored.length < prefixBytes || stored[0] !== version) return null;
    const ownAt = prefixBytes + stored.readUInt32LE(checkedFrom);
    const dataAt = ownAt + stored.readUInt32LE(checkedFrom + 4);
    const dataBytes = stored.readUInt32LE(checkedFrom + 8);
    if (dataAt + dataBytes !== stored.length) return null;
    if (crc32(stored.subarray(checkedFrom)) !== stored.readUInt32LE(1)) return null;
    const fixed = this.#fixedArrayOf(stored.toString('utf8', prefixBytes, ownAt));
    const own = parsed(stored.toString('utf8', ownAt, dataAt));
    if (fixed === null || !isOwn(own)) return null;
    const [kind, contentType, contentEncoding, attributes] = own;
    const data = dataBytes === 0 ? [] : [stored.subarray(dataAt)];
    return { kind, fixed, attributes, contentType, contentEncoding, data, dataBytes };
  }

  #fixedTextOf(fixed: Attributes): Buffer {
    const kept = this.#fixedTexts.get(fixed);
    if (kept !== undefined) return kept;
    const text = Buffer.from(JSON.stringify(fixed));
    this.#fixedTexts.set(fixed, text);
    return text;
  }

  #fixedArrayOf(text: string): Attributes | null {
    const kept = this.#fixedArrays.get(text);
    if (kept !== undefined) return kept;
    const fixed = parsed(text);
    if (!isAttributes(fixed)) return null;
    if (this.#fixedArrays.size >= maxSharedArrays) this.#fixedArrays.clear();
    this.#fixedArrays.set(text, fixed);
    return fixed;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // a checksum that fits by chance, or a forged one
  }
}

type Own = readonly [LogEvent['kind'], string | null, string | null, Attributes];

function isOwn(value: unknown): value is Own {
  if (!Array.isArray(value) || value.length !== 4) return false;
  const [kind, contentType, contentEncoding, attributes] = value as unknown[];
  const known = eventKinds.some((one) => one === kind);
  return known && isTextOrNull(contentType) && isTextOrNull(contentEncoding) && isAttributes(attributes);
}

function isTextOrNull(value: unknown): value is string | null {
  return value === null || typeof value === 'string';
}

function isAttributes(value: unknown): value is Attributes {
  return Array.isArray(value) && value.length % 2 === 0 && value.every((text) => typeof text === 'string');
}
