// What a client may make the relay and the runtime do for nothing: bounded on each connection, by the rules of nghttp2 and more.
import { Http2Fault } from './http2-fault.ts';
import { LeakyBucket } from './leaky-bucket.ts';

/** Streams that a client resets (CVE-2023-44487); the figures of nghttp2, which guards the other lane. */
const resetLimits = { burst: 1000, perSecond: 33 };
/** Frames that move nothing: SETTINGS, PING, PRIORITY, WINDOW_UPDATE, empty DATA. Each frame that does move something starts anew. */
const idleLimits = { burst: 1000, perSecond: 33 };
/** Streams at once. Clients are told of fewer; who has not read that yet may open some more. */
const maxOpenStreams = 1000;

const clock = (): number => performance.now();

export class RelayFloods {
  readonly #resets = new LeakyBucket(resetLimits);
  readonly #idle = new LeakyBucket(idleLimits);

  /** @throws Http2Fault ENHANCE_YOUR_CALM */
  resetByClient(): void {
    if (!this.#resets.add(clock)) throw tooMuch('streams reset');
  }

  /** A frame that moved nothing. @throws Http2Fault ENHANCE_YOUR_CALM */
  idleFrame(): void {
    if (!this.#idle.add(clock)) throw tooMuch('frames without data');
  }

  progress(): void {
    this.#idle.empty();
  }

  /** @throws Http2Fault ENHANCE_YOUR_CALM */
  streamsOpen(count: number): void {
    if (count > maxOpenStreams) throw tooMuch('streams at once');
  }
}

function tooMuch(what: string): Http2Fault {
  return new Http2Fault('ENHANCE_YOUR_CALM', `too many ${what}`);
}
