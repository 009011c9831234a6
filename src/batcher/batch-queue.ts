// The queue of one key: who waits, the policy that says when they leave, and the one timer that is armed while somebody waits.

import type { ModelBatchMetrics } from '../batch-metrics.ts';
import type { Client } from '../http/client.ts';
import { ClientSources } from './client-sources.ts';
import { KeyHealth } from './key-health.ts';
import type { Member } from './member.ts';
import { type Flight, type FlushReason, fits, type ReleasePolicy } from './policy/release-policy.ts';
import type { WaitingRoom } from './waiting-room.ts';

/** A merged body never exceeds this: what Triton reads as JSON (--http-max-input-size), less room for its header. */
const maxBatchBytes = 64 * 1024 * 1024 - 64 * 1024;
/** Timers of node are a millisecond late, and never earlier than one. */
const timerSlackMs = 0.5;

/** A call that is over as far as the runtime is concerned; its answers are still to be given. */
export interface FinishedCall {
  /** It teaches the policy how long the runtime takes. */
  readonly ok: boolean;
  giveAnswers(): void;
}

/** Sends the members to the runtime; never rejects. */
export type CallRuntime = (members: readonly Member[], queue: BatchQueue) => Promise<FinishedCall>;

export interface BatchQueueParts {
  /** Decoded name. */
  readonly model: string;
  readonly policy: ReleasePolicy<unknown>;
  readonly room: WaitingRoom;
  readonly callRuntime: CallRuntime;
  /** Of the model; `answered` once the runtime has answered well for it, so that made-up names open no labels. */
  metrics(answered: boolean): ModelBatchMetrics;
}

interface SentBatch {
  readonly members: readonly Member[];
  readonly flight: Flight;
  readonly sentMs: number;
  readonly reason: FlushReason;
}

export class BatchQueue {
  readonly health = new KeyHealth();
  readonly #parts: BatchQueueParts;
  readonly #waiting: Member[] = []; // in order of arrival
  #rows = 0;
  #bytes = 0;
  #maxRows = 0;
  #calls = 0; // with the runtime
  #turn: NodeJS.Immediate | null = null;
  #timer: NodeJS.Timeout | null = null;
  #timerMs = 0; // when it fires
  #draining = false;
  #answered = false;

  constructor(parts: BatchQueueParts) {
    this.#parts = parts;
  }

  get model(): string {
    return this.#parts.model;
  }

  get metrics(): ModelBatchMetrics {
    return this.#parts.metrics(this.#answered);
  }

  get idle(): boolean {
    return this.#waiting.length === 0 && this.#calls === 0;
  }

  /** `slots`: calls that the runtime works on at once, null when it does not say. */
  limit(maxRows: number, slots: number | null): void {
    this.#maxRows = maxRows;
    this.#parts.policy.limit(maxRows, slots);
  }

  /** What the policy remembers of a client; the batcher takes a source from it for each request. */
  sourcesOf(client: Client): ClientSources {
    return client.recall(this, () => new ClientSources(this.#parts.policy, client.multiplexed));
  }

  add(member: Member): void {
    const { policy } = this.#parts;
    this.#waiting.push(member);
    this.#rows += member.rows;
    this.#bytes += member.bytes;
    member.onSettled(() => this.#withdraw(member));
    policy.arrived(member.arrivedMs, member.source, member.rows);
    if (this.#isFull() || policy.alone) this.#decide();
    // Once in a turn of the event loop: all that can be read already counts before a partial batch leaves.
    else this.#turn ??= setImmediate(this.#onTurn);
  }

  /** The agent stops: what waits leaves now, and from here on nothing waits but for an answer of the runtime. */
  drain(): void {
    this.#draining = true;
    this.flush();
  }

  flush(): void {
    while (this.#waiting.length > 0) this.#send(this.#maxRows, this.#maxRows, 'drain');
    this.#disarm();
  }

  readonly #onTurn = (): void => {
    this.#turn = null;
    this.#decide();
  };

  #decide(): void {
    const { policy } = this.#parts;
    while (this.#waiting.length > 0) {
      const { rows, targetRows, reason } = policy.decide(performance.now(), this.#isFull());
      if (rows > 0) this.#send(rows, targetRows, reason);
      else if (this.#draining && this.#calls === 0) this.flush();
      else break;
    }
    if (this.#waiting.length === 0) this.#disarm();
    else this.#arm(policy.wakeMs);
  }

  #isFull(): boolean {
    return this.#rows >= this.#maxRows || this.#bytes >= maxBatchBytes;
  }

  #send(maxRows: number, targetRows: number, reason: FlushReason): void {
    const { policy, room, callRuntime } = this.#parts;
    const members = this.#take(maxRows, targetRows);
    const sentMs = performance.now();
    const rows = members.reduce((sum, member) => sum + member.rows, 0);
    this.#rows -= rows;
    room.leaveRows(rows);
    const flight = policy.sent(sentMs, rows, this.#waiting[0]?.arrivedMs ?? null);
    this.#calls += 1;
    const sent = { members, flight, sentMs, reason };
    void callRuntime(members, this).then((finished) => this.#finish(sent, finished));
  }

  /** From the head: whole requests only. */
  #take(maxRows: number, targetRows: number): Member[] {
    const members: Member[] = [];
    let [taken, bytes] = [0, 0];
    for (const member of this.#waiting) {
      if (!fits({ taken, next: member.rows, maxRows, targetRows })) break;
      if (taken > 0 && bytes + member.bytes > maxBatchBytes) break;
      taken += member.rows;
      bytes += member.bytes;
      members.push(member);
    }
    this.#waiting.splice(0, members.length);
    this.#bytes -= bytes;
    return members;
  }

  /** The next call leaves before the answers of this one are written: the runtime waits for nobody's parsing. */
  #finish(sent: SentBatch, { ok, giveAnswers }: FinishedCall): void {
    const { policy } = this.#parts;
    const { members, flight } = sent;
    const nowMs = performance.now();
    this.#calls -= 1;
    if (ok) this.#answered = true;
    policy.answered(nowMs, flight, members, ok);
    for (const { sources, source } of members) sources.giveBack(source);
    if (this.#waiting.length > 0) this.#decide();
    giveAnswers();
    this.#count(sent, { ok, upstreamMs: nowMs - sent.sentMs });
  }

  #count(
    { members, flight, sentMs, reason }: SentBatch,
    { ok, upstreamMs }: { ok: boolean; upstreamMs: number },
  ): void {
    const { metrics } = this;
    metrics.flushed(reason).add();
    metrics.rows.observe(flight.rows);
    metrics.requests.observe(members.length);
    for (const member of members) metrics.waitSeconds.observe((sentMs - member.arrivedMs) / 1000);
    metrics.upstreamSeconds.observe(upstreamMs / 1000);
    const { fit } = this.#parts.policy;
    if (ok && fit !== null) metrics.fitted(fit, { requests: members.length, rows: flight.rows, upstreamMs });
  }

  /** Its client left, or its deadline is over: before the send its rows go with it. */
  #withdraw(member: Member): void {
    const at = this.#waiting.indexOf(member);
    if (at < 0) return;
    const { policy, room } = this.#parts;
    this.#waiting.splice(at, 1);
    this.#rows -= member.rows;
    this.#bytes -= member.bytes;
    room.leaveRows(member.rows);
    this.metrics.withdrawn.add();
    policy.withdrawn(performance.now(), member.rows, this.#waiting[0]?.arrivedMs ?? null);
    member.sources.giveBack(member.source);
    if (this.#waiting.length === 0) this.#disarm();
  }

  #arm(wakeMs: number): void {
    if (wakeMs === Number.POSITIVE_INFINITY) return;
    if (this.#timer !== null && wakeMs >= this.#timerMs - timerSlackMs) return;
    clearTimeout(this.#timer ?? undefined);
    this.#timerMs = wakeMs;
    const delayMs = Math.max(1, wakeMs - performance.now());
    this.#timer = setTimeout(this.#onTimer, delayMs);
  }

  /** Timers run before the poll phase: whatever has come meanwhile is read first. */
  readonly #onTimer = (): void => {
    this.#timer = null;
    this.#turn ??= setImmediate(this.#onTurn);
  };

  #disarm(): void {
    clearTimeout(this.#timer ?? undefined);
    this.#timer = null;
  }
}
