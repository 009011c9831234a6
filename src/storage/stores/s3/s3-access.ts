// A bucket as it is reached, whatever is read of it: the official client, what signs, and newer credentials. Pulls share it.
import type { S3Client } from '@aws-sdk/client-s3';
import type { S3Settings } from './s3-client.ts';
import { areRenewable } from './s3-credentials.ts';
import { S3Renewal } from './s3-renewal.ts';
import { S3Requests } from './s3-requests.ts';
import { S3Session } from './s3-session.ts';

export class S3Access implements AsyncDisposable {
  readonly session: S3Session;
  readonly requests: S3Requests;
  /** Null: nothing newer can be had. */
  readonly renewal: S3Renewal | null;

  private constructor(session: S3Session, { config }: S3Settings) {
    this.session = session;
    this.requests = new S3Requests(session);
    this.renewal = areRenewable(config) ? new S3Renewal(() => renewed(session.client)) : null;
  }

  /** @throws OutriggerError CONFIG_INVALID: a file of authorities is unusable; MODEL_URI_INVALID: a directory bucket */
  static async open(settings: S3Settings): Promise<S3Access> {
    return new S3Access(await S3Session.open(settings, settings.transfer.maxAttempts), settings);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.session[Symbol.asyncDispose]();
  }
}

function renewed({ config }: S3Client): ReturnType<S3Client['config']['credentials']> {
  return config.credentials({ forceRefresh: true });
}
