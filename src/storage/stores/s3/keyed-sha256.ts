// SHA-256 for the official signer, with the keys of its HMACs prepared once. Given a key as text or bytes, node:crypto makes a key
// object of it each time, and finds out by a caught exception that it was none: half of what a signature cost.
import { createHash, createHmac, createSecretKey, type Hash, type Hmac, type KeyObject } from 'node:crypto';
import type { S3ClientConfig } from '@aws-sdk/client-s3';

type Sha256 = NonNullable<S3ClientConfig['sha256']>;
type Secret = string | ArrayBuffer | ArrayBufferView;

/** Secrets in use at once: an account's and, after a renewal, the next one's. */
const maxTexts = 8;

/** For one client. The signer keeps the key of a day, the same bytes each time: they are known by their identity. */
export function openKeyedSha256(): Sha256 {
  const byBytes = new WeakMap<object, KeyObject>();
  const byText = new Map<string, KeyObject>();
  const keyOf = (secret: Secret): KeyObject => {
    const known = typeof secret === 'string' ? byText.get(secret) : byBytes.get(secret);
    if (known !== undefined) return known;
    const key = createSecretKey(bytesOf(secret));
    if (typeof secret !== 'string') byBytes.set(secret, key);
    else {
      if (byText.size >= maxTexts) byText.clear();
      byText.set(secret, key);
    }
    return key;
  };
  return class KeyedSha256 {
    readonly #key: KeyObject | null;
    #hash: Hash | Hmac;

    constructor(secret?: Secret) {
      this.#key = secret === undefined ? null : keyOf(secret);
      this.#hash = this.#begin();
    }

    update(data: Secret, encoding?: 'utf8' | 'ascii' | 'latin1'): void {
      if (typeof data === 'string') this.#hash.update(data, encoding ?? 'utf8');
      else this.#hash.update(bytesOf(data));
    }

    async digest(): Promise<Uint8Array> {
      return this.#hash.digest();
    }

    reset(): void {
      this.#hash = this.#begin();
    }

    #begin(): Hash | Hmac {
      return this.#key === null ? createHash('sha256') : createHmac('sha256', this.#key);
    }
  };
}

function bytesOf(data: Secret): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data);
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
}
