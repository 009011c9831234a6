// What a lane tells its receiver, kept for the tests to look at.
import type { StorageConfig } from '../../../src/config/storage-config.ts';
import type { AnswerHead, FetchFailure, HttpClient, HttpLane } from '../../../src/storage/http/http-client.ts';
import { openHttpClient } from '../../../src/storage/http/open-http-client.ts';
import type { Reach, StoreRequest } from '../../../src/storage/object-store.ts';

export interface Exchanged {
  readonly head: AnswerHead | null;
  readonly body: Buffer;
  readonly failure: FetchFailure | null;
  readonly chunks: number;
}

type Config = Pick<StorageConfig, 'tls' | 'proxy' | 'transfer' | 'allowAddresses'>;

interface Choices {
  readonly tls?: Partial<Config['tls']>;
  readonly proxy?: Partial<Config['proxy']>;
  readonly transfer?: Partial<Config['transfer']>;
  readonly allowAddresses?: readonly string[];
}

export function openClient({ tls, proxy, transfer, allowAddresses = [] }: Choices = {}): HttpClient {
  return openHttpClient({
    tls: { caFiles: [], verify: true, ...tls },
    proxy: { http: null, https: null, none: [], ...proxy },
    transfer: {
      minConnections: 8,
      maxConnections: 64,
      partBytes: 8 * 1024 * 1024,
      connectTimeoutMs: 10_000,
      idleTimeoutMs: 60_000,
      maxAttempts: 3,
      maxBackoffMs: 100,
      ...transfer,
    },
    allowAddresses,
  });
}

/** A lane that closes with the test. */
export function openLane(choices: Choices = {}, reach: Reach = 'anywhere'): HttpLane & Disposable {
  const lane = openClient(choices).openLane(reach);
  return {
    fetch: (request, receiver) => lane.fetch(request, receiver),
    close: () => lane.close(),
    [Symbol.dispose]: () => lane.close(),
  };
}

export function get(url: URL, rest: Partial<StoreRequest> = {}): StoreRequest {
  return { method: 'GET', url, headers: [], range: null, ...rest };
}

/** `wanted`: what the receiver answers to the head. */
export function exchange(lane: HttpLane, request: StoreRequest, { wanted = true } = {}): Promise<Exchanged> {
  const { promise, resolve } = Promise.withResolvers<Exchanged>();
  const parts: Buffer[] = [];
  let head: AnswerHead | null = null;
  lane.fetch(request, {
    head(received) {
      head = received;
      return wanted;
    },
    bytes: (chunk) => parts.push(Buffer.from(chunk)),
    ended: (failure) => resolve({ head, body: Buffer.concat(parts), failure, chunks: parts.length }),
  });
  return promise;
}
