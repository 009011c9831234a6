// Credentials that the store refuses before they should be over: are there newer ones?
import { RenewalPace } from '../renewal-pace.ts';
import type { S3Credentials } from './s3-credentials.ts';

export type RenewCredentials = () => Promise<S3Credentials>;

export class S3Renewal {
  readonly #renew: RenewCredentials;
  readonly #pace = new RenewalPace();
  #known: string | null = null; // never shown
  #futile = false;
  #running: Promise<void> = Promise.resolve();

  constructor(renew: RenewCredentials) {
    this.#renew = renew;
  }

  /** Begins a renewal; one that is under way, or was just now, serves as well. False: the last one brought nothing new. */
  request(nowMs: number): boolean {
    if (!this.#pace.begin(nowMs)) return !this.#futile;
    this.#running = this.#renew().then(
      ({ accessKeyId, sessionToken }) => {
        const found = `${accessKeyId} ${sessionToken}`;
        this.#futile = found === this.#known;
        this.#known = found;
      },
      () => undefined, // the next signature meets the same failure and tells of it
    );
    return true;
  }

  /** Resolves when no renewal is under way. */
  settled(): Promise<void> {
    return this.#running;
  }
}
