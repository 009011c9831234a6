// What both programs of S14 say: how fast events went to the sink, and what one cost.

export const CONNECTIONS = 5; // --workers, by default
export const EVENT_BYTES = 1024; // of a payload

export interface Delivered {
  readonly eventsPerSecond: number;
  readonly cpuUsPerEvent: number; // of the whole process
}

/** `deliver` resolves when the sink has taken `events`. */
export async function timed(events: number, deliver: () => Promise<void>): Promise<Delivered> {
  const [cpu, startedMs] = [process.cpuUsage(), performance.now()];
  await deliver();
  const elapsedMs = performance.now() - startedMs;
  const { user, system } = process.cpuUsage(cpu);
  return { eventsPerSecond: (events * 1000) / elapsedMs, cpuUsPerEvent: (user + system) / events };
}
