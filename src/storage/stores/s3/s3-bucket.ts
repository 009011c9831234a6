// A bucket that takes objects: one attempt a call, as its caller keeps what was not taken and decides when to try again.
import { createHash } from 'node:crypto';
import { OutriggerError } from '../../../errors.ts';
import { PutFailure, type PutObject, type WritableStore } from '../../object-store.ts';
import type { S3Settings } from './s3-client.ts';
import { readFault } from './s3-failure.ts';
import { S3Session } from './s3-session.ts';

/** @throws OutriggerError CONFIG_INVALID: a file of authorities is unusable */
export async function openS3Bucket(settings: S3Settings): Promise<WritableStore> {
  const transfer = { ...settings.transfer, ...settings.config.transfer };
  return new S3Bucket(await S3Session.open({ ...settings, transfer }, 1));
}

class S3Bucket implements WritableStore {
  readonly #session: S3Session;

  constructor(session: S3Session) {
    this.#session = session;
  }

  async put(object: PutObject, signal: AbortSignal): Promise<'stored' | 'exists'> {
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
