// Is the runtime there, and what does it serve: a slow look while all is well, quick ones while it is away or somebody doubts.
import { OutriggerError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import type { RuntimeApi } from './runtime-api.ts';
import { UpAndDown } from './up-and-down.ts';

export interface RuntimeWatchParts {
  readonly api: RuntimeApi;
  /** Between two looks while it is up. */
  readonly checkMs: number;
  readonly log: Log;
  /**
   * After every look that was answered, and before `up` becomes true. Null: the runtime cannot tell. `askedAtMs`: of
   * `performance.now()`; what was loaded later may be missing.
   */
  onServing(names: ReadonlySet<string> | null, askedAtMs: number): void;
  /** It was up and is not. */
  onDown(): void;
}

export interface RuntimeWatch extends AsyncDisposable {
  readonly up: boolean;
  /** Times that it came back, or was found without what it had. */
  readonly restarts: number;
  /** @throws the reason of `signal`; OutriggerError SHUTTING_DOWN */
  whenUp(signal: AbortSignal): Promise<void>;
  /** A call failed: it is looked at soon, a few times a second at most, however many doubt. */
  doubt(): void;
  /** Resolves when the first look has ended; at the end of the watch too. */
  readonly firstLook: Promise<void>;
  /** Resolves when a look that begins now, or soon, has ended. */
  looked(): Promise<void>;
  /** What it had is gone though it was never seen away: it was restarted between two looks. */
  countUnseenRestart(): void;
}

/** The first look begins at once. */
export function watchRuntime(parts: RuntimeWatchParts): RuntimeWatch {
  return new Watch(parts);
}

/** While it is away: doubled from the first to the last, so that models are ordered a second after it opens at the latest. */
const firstRetryMs = 100;
const lastRetryMs = 1000;
/** Between two looks, whoever wants them. */
const minPauseMs = 250;

/** `busy`: up, and no answer about models this time, as Triton in the middle of a reload. */
type Found = 'down' | 'busy' | { readonly names: ReadonlySet<string> | null; readonly askedAtMs: number };

class Watch implements RuntimeWatch {
  readonly #parts: RuntimeWatchParts;
  readonly #words: UpAndDown;
  readonly #closing = new AbortController();
  readonly #running: Promise<void>;
  readonly #firstLook = Promise.withResolvers<void>();
  /** Models by the thousand: each as a listener of one signal would have to be looked for among all others. */
  readonly #waiting = new Set<PromiseWithResolvers<void>>();
  /** Who wants the next look. */
  #asked: (() => void)[] = [];
  #up = false;
  #wasUp = false;
  #restarts = 0;
  #doubted = false;
  /** Between two looks; deaf: to doubts. */
  #pause: { readonly end: () => void; readonly deaf: boolean } | null = null;

  constructor(parts: RuntimeWatchParts) {
    this.#parts = parts;
    this.#words = new UpAndDown(parts.log);
    this.#running = this.#run();
  }

  get up(): boolean {
    return this.#up;
  }

  get restarts(): number {
    return this.#restarts;
  }

  get firstLook(): Promise<void> {
    return this.#firstLook.promise;
  }

  async whenUp(signal: AbortSignal): Promise<void> {
    for (const each of [signal, this.#closing.signal]) each.throwIfAborted();
    if (this.#up) return;
    const waiting = Promise.withResolvers<void>();
    const abort = (): void => waiting.reject(signal.reason);
    signal.addEventListener('abort', abort);
    this.#waiting.add(waiting);
    try {
      await waiting.promise;
    } finally {
      this.#waiting.delete(waiting);
      signal.removeEventListener('abort', abort);
    }
  }

  doubt(): void {
    this.#doubted = true;
    if (this.#pause?.deaf === false) this.#pause.end();
  }

  async looked(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#asked.push(resolve);
    this.doubt();
    await promise;
  }

  countUnseenRestart(): void {
    this.#restarts += 1;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new OutriggerError('SHUTTING_DOWN', 'the agent stops'));
    for (const { reject } of this.#waiting) reject(this.#closing.signal.reason);
    this.#pause?.end();
    await this.#running;
    for (const go of this.#asked) go();
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    for (let retryMs = firstRetryMs; ; retryMs = this.#up ? firstRetryMs : Math.min(2 * retryMs, lastRetryMs)) {
      this.#doubted = false; // whoever doubts from now on wants a look that begins later
      const asked = this.#asked;
      this.#asked = [];
      const found = await this.#look(signal);
      if (!signal.aborted) this.#take(found);
      for (const go of asked) go();
      this.#firstLook.resolve();
      if (signal.aborted) return;
      const pauseMs = this.#up ? this.#parts.checkMs : retryMs;
      await this.#rest(Math.min(minPauseMs, pauseMs), true);
      if (!this.#doubted) await this.#rest(pauseMs - minPauseMs, false);
    }
  }

  async #rest(ms: number, deaf: boolean): Promise<void> {
    if (ms <= 0 || this.#closing.signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#pause = { end: resolve, deaf };
    const timer = setTimeout(resolve, ms);
    await promise;
    clearTimeout(timer);
    this.#pause = null;
  }

  async #look(signal: AbortSignal): Promise<Found> {
    if (!(await this.#parts.api.isUp(signal))) return 'down';
    const askedAtMs = performance.now();
    try {
      return { names: await this.#parts.api.serving(signal), askedAtMs };
    } catch (error) {
      const code = error instanceof OutriggerError ? error.code : null;
      if (code === 'UPSTREAM_UNREACHABLE') return 'down';
      if (code === 'UPSTREAM_TIMEOUT') return 'busy';
      if (!signal.aborted) this.#parts.log.debug({ err: error }, 'the runtime does not tell what it serves');
      return { names: null, askedAtMs };
    }
  }

  #take(found: Found): void {
    const isUp = found !== 'down';
    if (typeof found === 'object') this.#parts.onServing(found.names, found.askedAtMs);
    this.#words.look(isUp, performance.now());
    if (isUp === this.#up) return;
    this.#up = isUp;
    if (!isUp) {
      this.#parts.onDown();
      return;
    }
    if (this.#wasUp) this.#restarts += 1;
    this.#wasUp = true;
    for (const { resolve } of this.#waiting) resolve();
  }
}
