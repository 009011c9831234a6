// Whose return the policy may expect: one source a connection of HTTP/1.1, one for each request under way on an HTTP/2 session.
import type { ClientMemory } from '../http/client.ts';
import type { ReleasePolicy } from './policy/release-policy.ts';

export class ClientSources implements ClientMemory {
  readonly #policy: ReleasePolicy<unknown>;
  readonly #multiplexed: boolean;
  /** Not under way; the one that was answered the longest ago first. */
  readonly #resting: unknown[] = [];
  #gone = false;

  constructor(policy: ReleasePolicy<unknown>, multiplexed: boolean) {
    this.#policy = policy;
    this.#multiplexed = multiplexed;
    if (!this.#multiplexed) this.#resting.push(policy.openSource());
  }

  /** For a request that arrives. On a session it is taken for the client that was answered the longest ago. */
  take(): unknown {
    if (!this.#multiplexed) return this.#resting[0];
    return this.#resting.shift() ?? this.#policy.openSource();
  }

  /** Its request was answered, or left before it was sent. */
  giveBack(source: unknown): void {
    if (!this.#multiplexed) return;
    if (this.#gone) this.#policy.closeSource(source);
    else this.#resting.push(source);
  }

  clientGone(): void {
    this.#gone = true;
    for (const source of this.#resting) this.#policy.closeSource(source);
  }
}
