// Takes events from a sink's queue, delivers them, and decides what becomes of those that failed. No failure loses an event that has room.
import type { DeliveryConfig } from '../../config/slices.ts';
import type { Log } from '../../log.ts';
import type { SinkMetrics } from '../../log-metrics.ts';
import type { DeadLetters } from '../dead-letters/dead-letter.ts';
import { LastResort } from '../dead-letters/last-resort.ts';
import type { DropReason, EventSource } from '../queue/event-queue.ts';
import { type Backoff, backoffMs } from './backoff.ts';
import { Circuit } from './circuit.ts';
import { type Clock, systemClock } from './clock.ts';
import type { Attempt, Carrier } from './delivery.ts';
import { DropReport } from './drop-report.ts';
import { type BatchBounds, FreshParcels } from './fresh-parcels.ts';
import { type Parcel, split } from './parcel.ts';
import { ParcelTurns } from './parcel-turns.ts';
import { judge, type RetryVerdict } from './retry-policy.ts';
import { HealthRecord, type SinkHealth } from './sink-health.ts';
import { WakeTimer } from './wake-timer.ts';

const firstBackoffMs = 200;
/** A parcel of several that was refused so often while the sink took others may hold one bad event: its halves go on alone. */
const strikesToSplit = 3;

export interface EventSenderOptions {
  readonly source: EventSource;
  /** Disposed of with the sender. */
  readonly carrier: Carrier;
  /** Of the events of one attempt. */
  readonly batch: BatchBounds;
  readonly deadLetters: DeadLetters | null;
  readonly config: DeliveryConfig;
  readonly metrics: SinkMetrics;
  readonly log: Log;
  /** The sink without secrets: what dead letters call it. */
  readonly label: string;
  /** Events are offered when no client waits for this turn: they may leave at once. Default false. */
  readonly eager?: boolean;
  readonly clock?: Clock; // default: the system's
}

/** Disposed of, it sends nothing more: what it took and did not deliver stays in the queue, for `close` to count. */
export interface EventSender extends AsyncDisposable {
  /** Sends without waiting for company; resolves when no event is left, or at `deadlineMs` (performance.now()). */
  flush(deadlineMs: number): Promise<void>;
  readonly health: SinkHealth;
}

export function openEventSender(options: EventSenderOptions): EventSender {
  return new Sender(options);
}

class Sender implements EventSender {
  readonly #options: EventSenderOptions;
  readonly #clock: Clock;
  readonly #backoff: Backoff;
  readonly #circuit: Circuit;
  readonly #fresh: FreshParcels;
  readonly #parcels: ParcelTurns;
  readonly #timer: WakeTimer;
  readonly #record: HealthRecord;
  readonly #drops: DropReport;
  readonly #lastResort: LastResort;
  #inFlight = 0;
  #deliveries = 0;
  #pausedUntilMs = 0;
  #flushes = 0; // under way
  #scheduled = false;
  #pumping = false;
  #disposed = false;
  #idle: (() => void)[] = []; // those who wait for it

  constructor(options: EventSenderOptions) {
    const { config, metrics, log, source, clock = systemClock } = options;
    this.#options = options;
    this.#clock = clock;
    this.#backoff = { firstMs: firstBackoffMs, maxMs: config.maxBackoffMs, random: clock.random };
    this.#circuit = new Circuit(this.#backoff);
    this.#record = new HealthRecord(metrics, log);
    this.#drops = new DropReport(metrics, log);
    this.#lastResort = new LastResort({ ...options, ended: (lost) => this.#ended(lost) });
    this.#timer = new WakeTimer(clock, () => this.#pump());
    this.#fresh = new FreshParcels(source, options.batch);
    this.#parcels = new ParcelTurns(this.#fresh, { workers: config.workers, together: options.carrier.together });
    source.onReady(() => this.#offered());
  }

  get health(): SinkHealth {
    return this.#record.read(this.#circuit.state);
  }

  async flush(deadlineMs: number): Promise<void> {
    if (this.#disposed || this.#options.source.depth === 0) return;
    this.#flushes += 1;
    // The last chance of all that wait for their time.
    const nowMs = this.#clock.nowMs();
    this.#parcels.hasten(nowMs);
    this.#circuit.probeNow(nowMs);
    await new Promise<void>((resolve) => {
      const cancel = this.#clock.after(Math.max(0, deadlineMs - nowMs), resolve);
      this.#idle.push(() => {
        cancel();
        resolve();
      });
      this.#pump();
    });
    this.#flushes -= 1;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#lastResort.close();
    this.#timer.set(null);
    this.#wakeIdle();
    this.#drops.say();
    await this.#options.carrier[Symbol.asyncDispose]();
  }

  #offered(): void {
    const { source, config, batch, eager = false } = this.#options;
    if (this.#inFlight >= config.workers) return;
    // A batch that waits for others is looked at when its time is over, or when it may be full.
    const few = source.depth < batch.events && source.bytes < Math.min(batch.bytes, batch.queuedBytes);
    if (few && this.#timer.isSet && this.#fresh.readyMs < Number.POSITIVE_INFINITY) return;
    if (eager) this.#pump();
    else this.#schedule();
  }

  /** Not in the turn of whoever offered the event: that is the request path. */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#pump();
    });
  }

  #pump(): void {
    if (this.#pumping || this.#disposed) return;
    this.#pumping = true;
    const nowMs = this.#clock.nowMs();
    this.#drops.look(nowMs);
    if (nowMs >= this.#pausedUntilMs) this.#fill(nowMs);
    if (this.#inFlight < this.#options.config.workers) this.#timer.set(this.#wakeMs(nowMs));
    this.#pumping = false;
    if (this.#options.source.depth === 0) this.#wakeIdle();
  }

  #fill(nowMs: number): void {
    const { workers } = this.#options.config;
    while (this.#inFlight < workers && nowMs >= this.#pausedUntilMs) {
      if (this.#circuit.state === 'open') {
        const { nextProbeMs } = this.#circuit;
        const probe = nextProbeMs !== null && nowMs >= nextProbeMs ? this.#parcels.takeProbe() : null;
        if (probe === null) return;
        this.#circuit.probeSent();
        this.#post(probe, true);
      } else {
        const parcel = this.#parcels.take(nowMs, this.#flushes > 0);
        if (parcel === null) return;
        this.#post(parcel, false);
      }
    }
  }

  /** Null: only an event that comes, or an answer, changes anything. */
  #wakeMs(nowMs: number): number | null {
    if (this.#options.source.depth === 0) return null;
    if (nowMs < this.#pausedUntilMs) return this.#pausedUntilMs;
    if (this.#circuit.state === 'closed') return this.#parcels.readyMs;
    const { nextProbeMs } = this.#circuit;
    return nextProbeMs !== null && nextProbeMs > nowMs ? nextProbeMs : null; // else there was nothing to send
  }

  #post(parcel: Parcel, probe: boolean): void {
    const { carrier, metrics } = this.#options;
    if (parcel.failures === 0) parcel.deliveriesSeen = this.#deliveries;
    else metrics.retries.add();
    const suspect = this.#parcels.sent(parcel);
    const startMs = this.#clock.nowMs();
    this.#inFlight += 1;
    const events = parcel.events.map(({ event }) => event);
    carrier.deliver(events, (attempt) => {
      this.#inFlight -= 1;
      if (suspect) this.#parcels.suspectAnswered();
      metrics.deliverySeconds.observe((this.#clock.nowMs() - startMs) / 1000);
      this.#answered(parcel, attempt, probe);
      this.#pump();
    });
  }

  #answered(parcel: Parcel, attempt: Attempt, probe: boolean): void {
    const wallMs = this.#clock.wallMs();
    const verdict = judge(attempt, { wallMs, maxAfterMs: this.#options.config.maxBackoffMs });
    if (verdict.kind !== 'delivered' && this.#disposed) return; // it stays in the queue
    this.#record.went(verdict.kind === 'delivered', attempt, wallMs);
    if (verdict.kind === 'delivered') {
      this.#delivered(parcel);
      return;
    }
    const nowMs = this.#clock.nowMs();
    for (const { event } of parcel.events) this.#options.metrics.failed(event.kind);
    parcel.failures += 1;
    if (verdict.kind === 'rejected') {
      this.#circuit.rejected(nowMs, probe);
      this.#giveUp(parcel, attempt, 'rejected');
      return;
    }
    if (this.#circuit.failed(nowMs, probe)) this.#record.gone(attempt, nowMs);
    this.#postpone(parcel, verdict, nowMs);
    if (parcel.strikes < this.#patienceWith(parcel)) this.#parcels.postpone(parcel);
    else this.#giveUp(parcel, attempt, 'attempts');
  }

  #patienceWith({ events }: Parcel): number {
    if (this.#options.carrier.together) return Number.POSITIVE_INFINITY;
    return events.length > 1 ? strikesToSplit : this.#options.config.maxAttempts;
  }

  #postpone(parcel: Parcel, { afterMs, throttled }: RetryVerdict, nowMs: number): void {
    if (throttled && afterMs !== null) this.#pausedUntilMs = Math.max(this.#pausedUntilMs, nowMs + afterMs);
    if (!throttled && parcel.deliveriesSeen < this.#deliveries) parcel.strikes += 1;
    parcel.deliveriesSeen = this.#deliveries;
    const failures = this.#flushes > 0 ? 1 : parcel.failures; // there may be no time for more patience
    parcel.dueMs = nowMs + Math.max(afterMs ?? 0, backoffMs(failures, this.#backoff));
  }

  #delivered(parcel: Parcel): void {
    this.#deliveries += 1;
    for (const queued of parcel.events) this.#options.source.end(queued, 'delivered');
    if (this.#circuit.succeeded()) this.#record.back(this.#clock.nowMs());
  }

  /** Of several events the bad one is looked for, by halves. */
  #giveUp(parcel: Parcel, attempt: Attempt, reason: DropReason): void {
    const { events } = parcel;
    if (events.length === 1) this.#lastResort.take(events[0]!, attempt, reason);
    else for (const half of split(parcel, Math.ceil(events.length / 2))) this.#parcels.postpone(half);
  }

  #ended(lost: boolean): void {
    if (lost) this.#drops.dropped(this.#clock.nowMs());
    if (this.#options.source.depth === 0) this.#wakeIdle();
  }

  #wakeIdle(): void {
    for (const wake of this.#idle.splice(0)) wake();
  }
}
