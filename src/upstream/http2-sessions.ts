// HTTP/2 sessions to one port of the runtime: as few as its stream limit allows; requests beyond the last one wait, bounded.
import { OutriggerError } from '../errors.ts';
import type { Cancellation } from '../http/cancellation.ts';
import type { Metrics } from '../metrics.ts';
import { openUpstreamSession, type SessionTarget, type UpstreamSession } from './http2-session.ts';
import type { Reachability } from './reachability.ts';

export interface SessionsParts {
  readonly target: SessionTarget;
  readonly maxSessions: number;
  readonly metrics: Metrics;
  readonly reachability: Reachability;
}

interface Waiter {
  use(session: UpstreamSession): void;
  fail(error: Error): void;
}

/** Requests that wait for a stream, as a multiple of maxSessions (the rule of the HTTP/1.1 pool); beyond: 503. */
const waitersPerSession = 10;

export class Http2Sessions implements AsyncDisposable {
  readonly #parts: SessionsParts;
  readonly #sessions = new Set<UpstreamSession>(); // that take new streams
  readonly #open = new Set<UpstreamSession>(); // those, and the ones that only finish what they carry
  readonly #waiters = new Set<Waiter>(); // in order of arrival
  #connecting = false; // one at a time: requests that arrive meanwhile share it
  #closed = false;

  constructor(parts: SessionsParts) {
    this.#parts = parts;
  }

  /**
   * A session with room, already counted as used by one stream more: give it back with `release`.
   * @throws OutriggerError OVERLOADED, SHUTTING_DOWN, CLIENT_GONE while waiting, or what connecting throws
   */
  acquire(cancellation: Cancellation): UpstreamSession | Promise<UpstreamSession> {
    if (this.#closed) throw new OutriggerError('SHUTTING_DOWN', 'the agent stops');
    for (const session of this.#sessions) {
      if (session.hasRoom) return taken(session);
    }
    const { maxSessions } = this.#parts;
    if (this.#waiters.size >= maxSessions * waitersPerSession) {
      this.#parts.metrics.queueRefused.add();
      throw new OutriggerError('OVERLOADED', 'every HTTP/2 stream that the runtime allows is busy, and too many wait');
    }
    return new Promise((resolve, reject) => {
      const waiter: Waiter = { use: (session) => resolve(taken(session)), fail: reject };
      this.#waiters.add(waiter);
      cancellation.onCancel(() => {
        this.#waiters.delete(waiter);
        reject(new OutriggerError('CLIENT_GONE', 'the client left while its request waited')); // no effect once resolved
      });
      this.#connectForWaiters();
    });
  }

  /** The stream is closed. */
  release(session: UpstreamSession): void {
    session.streams -= 1;
    if (this.#waiters.size > 0) this.#serveWaiters();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#failWaiters(new OutriggerError('SHUTTING_DOWN', 'the agent stops'));
    for (const { http2 } of this.#open) http2.destroy();
  }

  #serveWaiters(): void {
    for (const session of this.#sessions) {
      for (const waiter of this.#waiters) {
        if (!session.hasRoom) break;
        this.#waiters.delete(waiter);
        waiter.use(session);
      }
    }
    this.#connectForWaiters();
  }

  #failWaiters(error: Error): void {
    for (const waiter of this.#waiters) waiter.fail(error);
    this.#waiters.clear();
  }

  #connectForWaiters(): void {
    const { target, maxSessions, metrics, reachability } = this.#parts;
    if (this.#waiters.size === 0 || this.#connecting || this.#closed || this.#sessions.size >= maxSessions) return;
    this.#connecting = true;
    openUpstreamSession(target, reachability).then(
      (session) => {
        this.#connecting = false;
        metrics.upstreamConnects('ok').add();
        if (this.#closed) session.http2.destroy();
        else this.#add(session);
      },
      (error: Error) => {
        this.#connecting = false;
        metrics.upstreamConnects('failed').add();
        if (this.#sessions.size === 0) this.#failWaiters(error); // else they wait for a stream of those that are there
      },
    );
  }

  #add(session: UpstreamSession): void {
    const { http2 } = session;
    this.#open.add(session);
    this.#sessions.add(session);
    this.#parts.metrics.upstreamSessions.add(1);
    // No new streams; those that run end by themselves.
    http2.once('goaway', () => this.#retire(session));
    http2.once('close', () => {
      this.#open.delete(session);
      this.#parts.metrics.upstreamSessions.add(-1);
      this.#retire(session);
    });
    http2.on('remoteSettings', () => this.#serveWaiters()); // a runtime may raise its limit
    this.#serveWaiters();
  }

  #retire(session: UpstreamSession): void {
    if (this.#sessions.delete(session)) this.#connectForWaiters();
  }
}

/** Counted at once, also for a waiter that runs a moment later: the limit holds. */
function taken(session: UpstreamSession): UpstreamSession {
  session.streams += 1;
  return session;
}
