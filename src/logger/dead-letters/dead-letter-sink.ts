// Dead letters that go to a second sink, each on its own: a few attempts, then the event is lost.
import { backoffMs } from '../delivery/backoff.ts';
import type { Clock } from '../delivery/clock.ts';
import type { Attempt, EncodedEvents, EventEncoding, SinkClient } from '../delivery/delivery.ts';
import { judge } from '../delivery/retry-policy.ts';
import type { LogEvent } from '../event/log-event.ts';
import { asDeadLetter, type DeadLetterCause, type DeadLetters } from './dead-letter.ts';

const attemptsAtMost = 5;
const firstBackoffMs = 200;

export interface DeadLetterSinkOptions {
  /** Of the second sink; disposed of with the letters. */
  readonly client: SinkClient;
  readonly encoding: EventEncoding;
  /** Letters on their way at once; further ones wait, still counted by the queue they come from. */
  readonly workers: number;
  readonly maxBackoffMs: number;
  readonly clock: Clock;
}

interface Letter {
  readonly post: EncodedEvents;
  readonly done: (kept: boolean) => void;
  attempts: number;
}

export function openDeadLetterSink(options: DeadLetterSinkOptions): DeadLetters {
  return new DeadLetterSink(options);
}

class DeadLetterSink implements DeadLetters {
  readonly #options: DeadLetterSinkOptions;
  readonly #waiting = new Set<() => void>(); // a queue: sets keep the order of arrival
  readonly #resting = new Map<Letter, () => void>(); // until their next attempt; values end that
  #underWay = 0;
  #disposed = false;

  constructor(options: DeadLetterSinkOptions) {
    this.#options = options;
  }

  bury(event: LogEvent, cause: DeadLetterCause): Promise<boolean> {
    return new Promise((resolve) => {
      this.#waiting.add(() => {
        if (this.#disposed) {
          resolve(false);
          return;
        }
        const post = this.#options.encoding.encode([asDeadLetter(event, cause)]);
        this.#underWay += 1;
        this.#send({ post, attempts: 0, done: resolve });
      });
      this.#next();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    for (const [letter, cancel] of this.#resting) {
      cancel();
      this.#finish(letter, false);
    }
    this.#next();
    await this.#options.client[Symbol.asyncDispose]();
  }

  #next(): void {
    for (const begin of this.#waiting) {
      if (this.#underWay >= this.#options.workers && !this.#disposed) return;
      this.#waiting.delete(begin);
      begin();
    }
  }

  #send(letter: Letter): void {
    letter.attempts += 1;
    this.#options.client.post(letter.post, (attempt) => this.#answered(letter, attempt));
  }

  #answered(letter: Letter, attempt: Attempt): void {
    const { clock, maxBackoffMs } = this.#options;
    const verdict = judge(attempt, { wallMs: clock.wallMs(), maxAfterMs: maxBackoffMs });
    if (verdict.kind !== 'retry' || letter.attempts >= attemptsAtMost || this.#disposed) {
      this.#finish(letter, verdict.kind === 'delivered');
      return;
    }
    const backoff = { firstMs: firstBackoffMs, maxMs: maxBackoffMs, random: clock.random };
    const afterMs = Math.max(verdict.afterMs ?? 0, backoffMs(letter.attempts, backoff));
    const cancel = clock.after(afterMs, () => {
      this.#resting.delete(letter);
      this.#send(letter);
    });
    this.#resting.set(letter, cancel);
  }

  #finish(letter: Letter, kept: boolean): void {
    this.#resting.delete(letter);
    this.#underWay -= 1;
    letter.done(kept);
    this.#next();
  }
}
