// What all pulls of one thread stand on: clients and connections that are kept between them, one thread of hashes, one bound.
import { type HashThread, openHashThread } from './checksum/hash-thread.ts';
import { ConnectionShare } from './download/connection-share.ts';
import { LanePool } from './http/lane-pool.ts';
import { type HttpClientConfig, openHttpClient } from './http/open-http-client.ts';
import { type Borrowed, Kept } from './kept.ts';

/** The next models of a list follow at once, and a retry within seconds; rotated certificates are read again soon enough. */
const idleMs = 15_000;
/** As many as the largest pull has by default. */
const maxIdleLanes = 64;

export class PullGround implements AsyncDisposable {
  readonly kept = new Kept({ idleMs });
  readonly connections = new ConnectionShare();

  /** @throws OutriggerError CONFIG_INVALID: a file of authorities is unusable */
  http({ tls, proxy, transfer, allowAddresses }: HttpClientConfig): Promise<Borrowed<LanePool>> {
    const config = { tls, proxy, transfer, allowAddresses };
    return this.kept.borrow(`http ${JSON.stringify(config)}`, () => {
      const { openLane } = openHttpClient(config);
      return new LanePool({ openLane, idleMs, maxIdle: maxIdleLanes });
    });
  }

  hashes(): Promise<Borrowed<HashThread>> {
    return this.kept.borrow('hashes', openHashThread);
  }

  /** After the last pull. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.kept[Symbol.asyncDispose]();
  }
}
