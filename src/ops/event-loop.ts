// How busy and how late is the event loop: one timer, once a second, so that an idle agent stays idle.
import { performance } from 'node:perf_hooks';
import type { Metrics } from '../metrics.ts';

const SAMPLE_PERIOD_MS = 1_000;

/** Feeds the lag histogram and the busy-time counter until disposed; never keeps the process alive. */
export function watchEventLoop({ eventLoopLag, eventLoopActive }: Metrics): Disposable {
  let dueAtMs = performance.now() + SAMPLE_PERIOD_MS;
  let activeMs = 0;
  const timer = setInterval(() => {
    const nowMs = performance.now();
    eventLoopLag.observe(Math.max(0, nowMs - dueAtMs) / 1000);
    dueAtMs = nowMs + SAMPLE_PERIOD_MS;
    const { active } = performance.eventLoopUtilization();
    eventLoopActive.add(Math.max(0, active - activeMs) / 1000);
    activeMs = active;
  }, SAMPLE_PERIOD_MS);
  timer.unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
