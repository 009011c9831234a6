// The client end to a sink: HTTP/1.1 with connections that are kept, without what a general client costs for each event.
import type { SinkTls } from '../../config/slices.ts';
import type { Log } from '../../log.ts';
import type { Attempt, EncodedEvents, Failure, FailureCode, SinkClient } from '../delivery/delivery.ts';
import { BearerToken } from './bearer-token.ts';
import { type ConnectionOwner, type Post, SinkConnection } from './sink-connection.ts';
import { readSinkTarget, type SinkTarget } from './sink-target.ts';
import { SinkTrust } from './sink-tls.ts';

export interface SinkClientOptions {
  readonly url: string; // http or https; a user part becomes Basic authorization
  readonly workers: number; // connections that are kept
  readonly timeoutMs: number; // of one attempt: connecting, writing and the whole answer
  readonly tls: SinkTls;
  readonly bearerTokenFile: string | null; // goes before the user part of the URL
  readonly log: Log;
  readonly idleMs?: number; // a connection without use is closed after it, or up to half of it later; 60 s
  readonly maxAgeMs?: number; // a connection over TLS is not used for longer, as certificates rotate; 5 min
}

export interface ReachableClient extends SinkClient {
  /** Can the sink be connected to? Calls back once; null: yes, and the connection is kept for the first post. */
  reach(done: (failure: Failure | null) => void): void;
}

/** Connects when it is first asked to. Certificates and the token are read now, so that what is wrong with them is heard at start. */
export function openSinkClient(options: SinkClientOptions): ReachableClient {
  return new Http1SinkClient(options);
}

class Http1SinkClient implements ReachableClient, ConnectionOwner {
  readonly #options: SinkClientOptions;
  readonly #target: SinkTarget;
  readonly #trust: SinkTrust | null;
  readonly #token: BearerToken | null;
  readonly #idleMs: number;
  readonly #maxAgeMs: number;
  readonly #connections = new Set<SinkConnection>();
  readonly #idle: SinkConnection[] = []; // the last one was used last
  #sweeper: NodeJS.Timeout | null = null;
  #closed = false;

  constructor(options: SinkClientOptions) {
    const { url, tls, bearerTokenFile, log, idleMs = 60_000, maxAgeMs = 300_000 } = options;
    this.#options = options;
    this.#idleMs = idleMs;
    this.#maxAgeMs = maxAgeMs;
    this.#target = readSinkTarget(url);
    this.#trust = this.#target.secure ? new SinkTrust({ tls, log }) : null;
    this.#token = bearerTokenFile === null ? null : new BearerToken({ file: bearerTokenFile, log });
    this.#token?.header(performance.now());
  }

  post(events: EncodedEvents, done: (attempt: Attempt) => void): void {
    const startedMs = performance.now();
    const authorization = this.#token?.header(startedMs) || this.#target.authorization;
    const head = `${this.#target.requestHead}${authorization}${events.headers}Content-Length: ${events.bodyBytes}\r\n\r\n`;
    const post: Post = { head, events, done, startedMs, again: false };
    if (this.#closed) refuse(post, 'closed', new Error('the client of the sink is closed'));
    else this.#send(post, this.#idle.pop());
  }

  reach(done: (failure: Failure | null) => void): void {
    try {
      this.#open().reach(done);
    } catch (error) {
      process.nextTick(done, { code: 'tls', message: (error as Error).message });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    for (const connection of this.#connections) connection.close('the client of the sink was closed');
  }

  free(connection: SinkConnection): void {
    if (this.#closed || this.#idle.length >= this.#options.workers || this.#isOutdated(connection)) connection.close();
    else this.#idle.push(connection);
  }

  gone(connection: SinkConnection): void {
    this.#connections.delete(connection);
    const at = this.#idle.indexOf(connection);
    if (at >= 0) this.#idle.splice(at, 1);
    if (this.#connections.size > 0 || this.#sweeper === null) return;
    clearInterval(this.#sweeper);
    this.#sweeper = null;
  }

  unanswered(post: Post): void {
    this.#send({ ...post, again: true }, undefined);
  }

  #send(post: Post, idle: SinkConnection | undefined): void {
    let connection = idle;
    try {
      connection ??= this.#open();
    } catch (error) {
      refuse(post, 'tls', error as Error);
      return;
    }
    connection.send(post);
  }

  /** @throws when there is no usable client certificate */
  #open(): SinkConnection {
    const { timeoutMs, tls } = this.#options;
    const before = this.#trust?.generation ?? 0;
    const secureContext = this.#trust?.context() ?? null;
    const generation = this.#trust?.generation ?? 0;
    if (generation !== before) for (const connection of [...this.#idle]) connection.close();
    const target = this.#target;
    const skipVerify = tls.skipVerify;
    const connection = new SinkConnection({ owner: this, timeoutMs, generation, target, secureContext, skipVerify });
    this.#connections.add(connection);
    this.#sweeper ??= setInterval(() => this.#sweep(), this.#idleMs / 2).unref();
    return connection;
  }

  #isOutdated({ generation, openedMs }: SinkConnection): boolean {
    if (this.#trust === null) return false;
    return generation !== this.#trust.generation || performance.now() - openedMs > this.#maxAgeMs;
  }

  #sweep(): void {
    const lastMs = performance.now() - this.#idleMs;
    for (const connection of [...this.#idle]) if (connection.lastUsedMs <= lastMs) connection.close();
  }
}

/** Later, as every answer comes later: nobody is called back out of his own call. */
function refuse({ done }: Post, code: FailureCode, { message }: Error): void {
  process.nextTick(done, { kind: 'failed', code, message });
}
