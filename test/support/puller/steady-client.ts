// A client that asks a model all the time: what it was answered, and how long it waited.
import { setTimeout as wait } from 'node:timers/promises';
import type { ServedModelsClient } from './agent-home.ts';

export interface SteadyReport {
  readonly asked: number;
  /** What was not one of the right answers. */
  readonly wrong: readonly string[];
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** `right`: the answers that may come. Ends by `end`. */
export function startSteadyClient(client: ServedModelsClient, name: string, right: readonly string[]) {
  const times: number[] = [];
  const wrong: string[] = [];
  let over = false;
  const asking = (async () => {
    while (!over) {
      const startedMs = performance.now();
      const answer = await client.ask(name).catch((error: unknown) => String(error));
      times.push(performance.now() - startedMs);
      if (!right.includes(String(answer))) wrong.push(String(answer));
      await wait(5);
    }
  })();
  return {
    async end(): Promise<SteadyReport> {
      over = true;
      await asking;
      times.sort((one, other) => one - other);
      const at = (share: number): number => times[Math.min(times.length - 1, Math.floor(share * times.length))] ?? 0;
      return { asked: times.length, wrong, p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) };
    },
  };
}

export function told({ asked, p50Ms, p99Ms, maxMs }: SteadyReport): string {
  const times = [p50Ms, p99Ms, maxMs].map((ms) => ms.toFixed(1));
  return `${asked} requests, p50 ${times[0]} ms, p99 ${times[1]} ms, longest ${times[2]} ms`;
}
