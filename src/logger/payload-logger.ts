// The stage that logs: it reads along with each exchange and offers its events to every sink. The client never waits for a sink.
import type { LoggerConfig } from '../config/slices.ts';
import type { Handler, ProxyRequest } from '../http/exchange.ts';
import type { Log } from '../log.ts';
import type { LogMetrics, SinkMetrics } from '../log-metrics.ts';
import { ByteBudget } from './capture/byte-budget.ts';
import { type EventWriter, openEventWriter } from './event/event-writer.ts';
import type { EventKind, LogEvent } from './event/log-event.ts';
import { ExchangeLog, type ExchangeLogParts } from './exchange-log.ts';
import { both, type Owed } from './owed.ts';
import { Patience } from './patience.ts';
import { openRedactor, type Redactor } from './privacy/redactor.ts';
import type { EventIntake } from './queue/event-queue.ts';
import { openSelection, type Selection } from './selection.ts';

/** One sink as the stage sees it. */
export interface Outlet {
  readonly intake: EventIntake;
  readonly metrics: SinkMetrics;
}

export interface PayloadLoggerParts {
  readonly config: LoggerConfig;
  readonly metrics: LogMetrics;
  readonly log: Log;
  readonly outlets: readonly Outlet[];
  /** The rest of the request path. */
  readonly next: Handler;
  /** Answers tell the stages in front which events tell of them. */
  readonly inspected?: boolean;
}

/** A model that answers sooner has its request logged behind the answer. */
const patienceMs = 5;
/** The same fault is most likely met by every request. */
const complainEveryMs = 60_000;

export class PayloadLogger implements ExchangeLogParts {
  readonly settings: LoggerConfig['selection'];
  /** Answers wait for the disk, a little. */
  readonly spooled: boolean;
  readonly selection: Selection;
  readonly redactor: Redactor | null;
  /** Bodies that are still passing may take as much as one sink's events that wait. */
  readonly budget: ByteBudget;
  readonly patience = new Patience(patienceMs);
  readonly next: Handler;
  readonly #writer: EventWriter;
  readonly #metrics: LogMetrics;
  readonly #outlets: readonly Outlet[];
  readonly #log: Log;
  readonly #inspected: boolean;
  #later: (() => void)[] = [];
  #turn: NodeJS.Immediate | null = null;
  #complainedMs = Number.NEGATIVE_INFINITY;

  constructor({ config, metrics, log, outlets, next, inspected = false }: PayloadLoggerParts) {
    this.settings = config.selection;
    this.spooled = config.spool !== null;
    this.selection = openSelection(config.selection, Math.random);
    this.redactor = openRedactor(config.selection.redact);
    this.budget = new ByteBudget(config.queue.maxBytes, metrics.captureBytes);
    this.next = next;
    this.#writer = openEventWriter(config.attributes, config.selection);
    this.#metrics = metrics;
    this.#outlets = outlets;
    this.#log = log;
    this.#inspected = inspected;
  }

  readonly handle: Handler = (request) => {
    const log = this.#open(request);
    if (log === null) return this.next(request);
    if (!this.#inspected) return log.run();
    return log.run().then((response) => ({ ...response, eventId: log.eventId }));
  };

  /** Null: it is not logged. */
  #open(request: ProxyRequest): ExchangeLog | null {
    try {
      const events = this.#writer.open(request, Date.now());
      const verdict = this.selection.ofRequest(request, () => events.id);
      if (verdict === 'log') return new ExchangeLog(this, events, request);
      this.#metrics.skipped(verdict).add();
    } catch (error) {
      this.failed(error);
    }
    return null;
  }

  failed(error: unknown): void {
    this.#metrics.skipped('fault').add();
    const nowMs = performance.now();
    if (nowMs - this.#complainedMs < complainEveryMs) return;
    this.#complainedMs = nowMs;
    this.#log.error({ err: error }, 'an exchange could not be logged');
  }

  /** Behind all that the clients of this turn wait for; one turn for the events of many exchanges. */
  afterTurn(work: () => void): void {
    this.#later.push(work);
    this.#turn ??= setImmediate(this.#onTurn);
  }

  readonly #onTurn = (): void => {
    this.#turn = null;
    for (const work of this.#later.splice(0)) work();
  };

  offer(event: LogEvent): Owed {
    let owed: Owed = null;
    for (const { intake } of this.#outlets) owed = both(owed, intake.offer(event));
    return owed;
  }

  dropUncaptured(kind: EventKind): void {
    for (const { metrics } of this.#outlets) {
      metrics.received(kind);
      metrics.ended(kind, 'capture_full', 0);
    }
  }
}
