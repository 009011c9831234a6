// One bucket through the official client: calls that find out the bucket's region by themselves and fail with words of ours.
import type { S3Client } from '@aws-sdk/client-s3';
import { OutriggerError } from '../../../errors.ts';
import { openS3Client, openS3Ground, type S3Ground, type S3Settings } from './s3-client.ts';
import { readFault, s3Failure } from './s3-failure.ts';

/** Where AWS answers for every bucket, if only to say where it is; what other stores are in, unless they are told. */
const firstRegion = 'us-east-1';

export interface S3Call<Answer> {
  readonly action: string; // for people, such as "list"
  readonly key: string | null;
  readonly signal: AbortSignal;
  readonly send: (client: S3Client, sdk: S3Ground['sdk']) => Promise<Answer>;
}

export class S3Session implements AsyncDisposable {
  readonly #ground: S3Ground;
  #region: string;
  #client: S3Client;

  private constructor(ground: S3Ground) {
    this.#ground = ground;
    this.#region = ground.settings.config.region ?? firstRegion;
    this.#client = openS3Client(ground, this.#region);
  }

  /** @throws OutriggerError CONFIG_INVALID: a file of authorities is unusable; MODEL_URI_INVALID: a directory bucket */
  static async open(settings: S3Settings, maxAttempts: number): Promise<S3Session> {
    const { bucket } = settings;
    if (bucket.endsWith('--x-s3')) {
      // Sessions instead of signatures, lists in no order, ETags that are no MD5.
      throw new OutriggerError('MODEL_URI_INVALID', `s3://${bucket}: directory buckets (S3 Express) are not supported`);
    }
    return new S3Session(await openS3Ground(settings, maxAttempts));
  }

  get bucket(): string {
    return this.#ground.settings.bucket;
  }

  get anonymous(): boolean {
    return this.#ground.settings.config.anonymous;
  }

  get sdk(): S3Ground['sdk'] {
    return this.#ground.sdk;
  }

  /** Another one after a call that learnt of another region. */
  get client(): S3Client {
    return this.#client;
  }

  /** @throws OutriggerError of `s3Failure`; the reason of `signal` when that is aborted */
  async call<Answer>({ action, key, signal, send }: S3Call<Answer>): Promise<Answer> {
    const first = this.#client;
    try {
      return await send(first, this.sdk).catch(async (error: unknown) => {
        await this.#learnRegion(error, first);
        if (this.#client === first) throw error;
        return send(this.#client, this.sdk);
      });
    } catch (error) {
      signal.throwIfAborted();
      throw this.failure(action, error, key);
    }
  }

  failure(action: string, error: unknown, key: string | null): OutriggerError {
    const { endpoint, anonymous } = this.#ground.settings.config;
    return s3Failure(action, error, { bucket: this.bucket, key, endpoint, anonymous });
  }

  /**
   * PermanentRedirect and AuthorizationHeaderMalformed name the right region; a configured one may be wrong too. (The official
   * client's followRegionRedirects knows the first of them only, and forgets it after each call.)
   */
  async #learnRegion(error: unknown, client: S3Client): Promise<void> {
    const { status, name, region } = readFault(error);
    if (status !== 301 && status !== 307 && status !== 400) return;
    if (region === null && name.startsWith('Unknown')) await this.#askRegion(client);
    if (region === null || region === this.#region) return;
    this.#region = region;
    this.#client = openS3Client(this.#ground, region); // calls that the other one has under way go on
  }

  /** The answer to a HEAD has no body to name the region in, and not every store has a header for it. */
  async #askRegion(client: S3Client): Promise<void> {
    const command = new this.sdk.ListObjectsV2Command({ Bucket: this.bucket, MaxKeys: 1 });
    await client.send(command).catch(async (error: unknown) => {
      if (!readFault(error).name.startsWith('Unknown')) await this.#learnRegion(error, client);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ground.agents[Symbol.dispose]();
    this.#ground.stsAgents[Symbol.dispose]();
  }
}
