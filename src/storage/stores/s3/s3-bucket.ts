// A bucket that takes objects: one attempt a call, as its caller keeps what was not taken and decides when to try again.
import { createHash } from 'node:crypto';
import { OutriggerError } from '../../../errors.ts';
import { PutFailure, type PutObject, type WritableStore } from '../../object-store.ts';
import type { S3Settings } from './s3-client.ts';
import { readFault } from './s3-failure.ts';
import { S3Session } from './s3-session.ts';

/** Of a store that knows no condition (RFC 9110 15.6.2). */
const notImplemented = 501;

/** @throws OutriggerError CONFIG_INVALID: a file of authorities is unusable */
export async function openS3Bucket(settings: S3Settings): Promise<WritableStore> {
  const transfer = { ...settings.transfer, ...settings.config.transfer };
  const session = await S3Session.open({ ...settings, transfer }, 1);
  return new S3Bucket(session, settings.config.endpoint === null ? true : null);
}

class S3Bucket implements WritableStore {
  readonly #session: S3Session;
  /** Does the store refuse what would replace an object? AWS does; null: of another one nobody knows yet. */
  #heeds: boolean | null;
  /** What is to be put where nothing is waits meanwhile. */
  #proof: Promise<void> | null = null;

  constructor(session: S3Session, heeds: boolean | null) {
    this.#session = session;
    this.#heeds = heeds;
  }

  async put(object: PutObject, signal: AbortSignal): Promise<'stored' | 'exists'> {
    if (!object.ifAbsent) return this.#send(object, signal);
    while (this.#heeds === null && this.#proof !== null) await this.#proof;
    if (this.#heeds === false) throw new PutFailure(notImplemented, 'the store does not heed If-None-Match');
    if (this.#heeds === true) return this.#send(object, signal);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#proof = promise;
    const end = (): void => {
      this.#proof = null;
      resolve();
    };
    try {
      const outcome = await this.#send(object, signal);
      if (outcome === 'exists') this.#heeds = true;
      // Not awaited: the object is there, whatever comes of this.
      if (outcome === 'stored') void this.#prove(object, signal).finally(end);
      else end();
      return outcome;
    } catch (error) {
      end();
      throw error;
    }
  }

  /**
   * Some stores take the condition, say 200 and replace what is there (SeaweedFS before 3.97): the same once more, which changes
   * nothing where it is heeded, and nothing that matters where it is not.
   */
  async #prove(object: PutObject, signal: AbortSignal): Promise<void> {
    try {
      this.#heeds = (await this.#send(object, signal)) === 'exists';
    } catch (error) {
      const { status } = error as PutFailure;
      if (status !== null && status < 500 && status !== 429) this.#heeds = true; // a refusal replaced nothing either
    }
  }

  async #send(object: PutObject, signal: AbortSignal): Promise<'stored' | 'exists'> {
    const { key, body, contentType, ifAbsent } = object;
    let status: number | null = null;
    try {
      await this.#session.call({
        action: 'put',
        key,
        signal,
        send: (client, sdk) => {
          const command = new sdk.PutObjectCommand({
            Bucket: this.#session.bucket,
            Key: key,
            Body: body,
            ContentLength: body.byteLength,
            ContentType: contentType,
            ...(ifAbsent ? { IfNoneMatch: '*' } : {}),
            ContentMD5: createHash('md5').update(body).digest('base64'), // known to every store, unlike the newer checksums
          });
          return client.send(command, { abortSignal: signal }).catch((error: unknown) => {
            status = readFault(error).status;
            throw error;
          });
        },
      });
      return 'stored';
    } catch (error) {
      if (ifAbsent && status === 412) return 'exists';
      // Without credentials nothing was sent, which is a refusal like the store's own.
      if (error instanceof OutriggerError) throw new PutFailure(status ?? statusOf(error), error.message);
      throw new PutFailure(status, 'the put was aborted', { cause: error });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session[Symbol.asyncDispose]();
  }
}

function statusOf({ code, httpStatus }: OutriggerError): number | null {
  return code === 'STORE_DENIED' ? httpStatus : null;
}
