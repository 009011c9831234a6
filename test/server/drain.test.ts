// When does the listener close, and what happens to whoever is still there?
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Drain, type DrainHooks, planListenerClose } from '../../src/server/drain.ts';

const kubernetes = { minWaitMs: 5_000, quietPeriodMs: 2_000, maxWaitMs: 25_000 };
const knative = { minWaitMs: 0, quietPeriodMs: 30_000, maxWaitMs: 300_000 };

describe('the time until the listener closes', () => {
  it.each([
    ['nobody asked for long: Kubernetes gets its time', kubernetes, 0, 60_000, 5_000],
    ['part of that time is over', kubernetes, 3_000, 60_000, 2_000],
    ['it is over, and it was quiet', kubernetes, 5_000, 2_000, 0],
    ['it is over, but a request came just now', kubernetes, 5_000, 0, 2_000],
    ['the quiet period ends later than the minimum', kubernetes, 4_500, 500, 1_500],
    ['the quiet period ends before the minimum', kubernetes, 1_000, 1_500, 4_000],
    ['requests never stop: ten seconds are kept for the last of them', kubernetes, 14_000, 0, 1_000],
    ['requests never stop, and the time is up', kubernetes, 15_000, 0, 0],
    ['later than ever', kubernetes, 99_000, 0, 0],
    ['Knative: nobody asked for long', knative, 0, 31_000, 0],
    ['Knative: each request restarts the quiet period', knative, 100_000, 0, 30_000],
    ['Knative: requests never stop', knative, 289_000, 0, 1_000],
    ['a short maximum: two fifths of it are kept', { ...kubernetes, maxWaitMs: 1_000 }, 0, 0, 600],
    ['no waiting at all', { minWaitMs: 0, quietPeriodMs: 0, maxWaitMs: 5_000 }, 0, 0, 0],
  ] as const)('%s', (_, config, sinceSignalMs, sinceLastRequestMs, expected) => {
    expect(planListenerClose({ sinceSignalMs, sinceLastRequestMs, hurried: false }, config)).toBe(expected);
    expect(planListenerClose({ sinceSignalMs, sinceLastRequestMs, hurried: true }, config)).toBe(0);
  });
});

/** What the drain asked of its listener, with the time since the signal; the listener's connections end when a test says so. */
class Listened implements DrainHooks {
  readonly events: string[] = [];
  readonly #startedMs = performance.now();
  #empty: () => void = () => undefined;
  readonly #emptied = new Promise<void>((resolve) => {
    this.#empty = resolve;
  });

  askClientsToLeave(): void {
    this.#note('ask');
  }
  async stopAccepting(): Promise<void> {
    this.#note('stop accepting');
  }
  async endIdle(): Promise<void> {
    this.#note('end idle');
  }
  emptied(): Promise<void> {
    return this.#emptied;
  }
  cut(): void {
    this.#note('cut');
  }
  /** The last connection is gone. */
  becomeEmpty(): void {
    this.#empty();
  }
  #note(what: string): void {
    this.events.push(`${Math.round(performance.now() - this.#startedMs)} ${what}`);
  }
}

const exchange = (name: string) => ({ describe: () => name });

describe('a drain', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  function start(config = kubernetes) {
    const drain = new Drain(config);
    vi.advanceTimersByTime(60_000); // nobody asked for long
    const listened = new Listened();
    let result: readonly string[] | null = null;
    return {
      drain,
      listened,
      begin() {
        void drain.run(listened).then((cut) => {
          result = cut;
        });
      },
      result: () => result,
      pass: (ms: number) => vi.advanceTimersByTimeAsync(ms),
    };
  }

  it('without a request in flight ends after the minimum, the last arrivals, and the connections', async () => {
    const { listened, begin, result, pass } = start();
    begin();
    await pass(5_250);
    expect(listened.events).toEqual(['5000 ask', '5000 stop accepting', '5100 ask', '5200 ask', '5200 end idle']);
    expect(result()).toBeNull();
    listened.becomeEmpty();
    await pass(0);
    expect(result()).toEqual([]);
  });

  it('waits half a second, no longer, for the rest of a request that has begun to arrive', async () => {
    const { begin, result, pass } = start();
    begin();
    await pass(5_699);
    expect(result()).toBeNull();
    await pass(1);
    expect(result()).toEqual([]);
  });

  it('says at once that it drains, and asks clients to leave after the minimum', async () => {
    const { drain, begin, pass } = start();
    begin();
    expect([drain.state, drain.draining, drain.lastAnswers]).toEqual(['draining', true, false]);
    await pass(4_000);
    drain.exchangeBegan(exchange('GET /'));
    await pass(1_000);
    expect([drain.state, drain.lastAnswers]).toEqual(['draining', true]);
  });

  it('restarts its quiet period with each request', async () => {
    const { drain, listened, begin, pass } = start();
    begin();
    for (let i = 0; i < 4; i++) {
      await pass(1_500);
      const request = exchange('POST /');
      drain.exchangeBegan(request);
      drain.exchangeEnded(request);
    }
    await pass(1_999);
    expect(listened.events).toEqual(['5000 ask']);
    await pass(1);
    expect(listened.events).toEqual(['5000 ask', '8000 stop accepting']);
  });

  it('ends idle connections only when nothing is in flight, and then ends', async () => {
    const { drain, listened, begin, result, pass } = start();
    const slow = exchange('POST /slow');
    drain.exchangeBegan(slow);
    vi.advanceTimersByTime(60_000);
    begin();
    await pass(20_000);
    expect(listened.events).not.toContain('20000 end idle');
    drain.exchangeEnded(slow);
    listened.becomeEmpty();
    await pass(0);
    expect(listened.events.at(-1)).toMatch(/ end idle$/);
    expect(result()).toEqual([]);
  });

  it('leaves the client of the last answer a moment to ask once more on its connection', async () => {
    const { drain, listened, begin, result, pass } = start();
    const stream = exchange('POST /stream');
    drain.exchangeBegan(stream);
    begin();
    await pass(10_000);
    drain.exchangeEnded(stream);
    await pass(199);
    expect(listened.events.at(-1)).not.toMatch(/ end idle$/);
    const next = exchange('POST /next');
    drain.exchangeBegan(next);
    await pass(1_000);
    drain.exchangeEnded(next);
    listened.becomeEmpty();
    await pass(0);
    expect(result()).toEqual([]);
  });

  it('serves a request that arrives after the port was closed', async () => {
    const { drain, begin, result, pass } = start();
    begin();
    await pass(5_400);
    const late = exchange('POST /late');
    drain.exchangeBegan(late);
    await pass(3_000);
    expect(result()).toBeNull();
    drain.exchangeEnded(late);
    await pass(700);
    expect(result()).toEqual([]);
  });

  it('keeps clients on their connections for a moment before the port closes, when they come all the time', async () => {
    const { drain, begin, pass, listened } = start({ ...kubernetes, minWaitMs: 0 });
    drain.exchangeBegan(exchange('POST /'));
    begin();
    await pass(1);
    expect(drain.lastAnswers).toBe(true);
    await pass(2_000);
    expect([drain.state, drain.lastAnswers]).toEqual(['closing', false]);
    await pass(200);
    expect(drain.lastAnswers).toBe(true);
    expect(listened.events.slice(0, 3)).toEqual(['0 ask', '2200 stop accepting', '2200 ask']);
  });

  it('cuts at the maximum what is in flight, and names it', async () => {
    const { drain, listened, begin, result, pass } = start();
    drain.exchangeBegan(exchange('POST /endless'));
    begin();
    await pass(24_999);
    expect(result()).toBeNull();
    await pass(1);
    expect(result()).toEqual(['POST /endless']);
    expect(listened.events.at(-1)).toMatch(/ cut$/);
  });

  it('closes the port at once when hurried, and cuts when hurried again', async () => {
    const { drain, listened, begin, result, pass } = start();
    drain.exchangeBegan(exchange('POST /endless'));
    begin();
    await pass(1_000);
    drain.hurry();
    await pass(200);
    expect(listened.events).toEqual(['1200 stop accepting', '1200 ask']);
    await pass(10_000);
    expect(result()).toBeNull();
    drain.hurry();
    await pass(0);
    expect(result()).toEqual(['POST /endless']);
  });

  it('that was hurried before it began does not wait', async () => {
    const { drain, listened, begin, result, pass } = start();
    drain.hurry();
    begin();
    listened.becomeEmpty();
    await pass(200);
    expect(result()).toEqual([]);
  });

  it('leaves no timer behind', async () => {
    const { listened, begin, pass } = start();
    begin();
    listened.becomeEmpty();
    await pass(5_200);
    expect(vi.getTimerCount()).toBe(0);
  });
});
