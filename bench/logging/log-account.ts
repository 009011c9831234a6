// The agent's own account of its events, from its metrics: what it received must be what became of them.

export interface LogAccount {
  readonly received: number;
  readonly delivered: number;
  readonly deadLettered: number;
  readonly queued: number;
  readonly dropped: number;
}

/** Over all sinks. @throws Error when the operator's port does not answer. */
export async function readLogAccount(operatorPort: number): Promise<LogAccount> {
  const response = await fetch(`http://127.0.0.1:${operatorPort}/metrics`);
  if (!response.ok) throw new Error(`/metrics answered ${response.status}`);
  const text = await response.text();
  const sum = (name: string): number =>
    [...text.matchAll(new RegExp(`^outrigger_log_events_${name}(?:\\{[^}]*\\})? (\\S+)$`, 'gm'))].reduce(
      (total, [, value]) => total + Number(value),
      0,
    );
  return {
    received: sum('received_total'),
    delivered: sum('delivered_total'),
    deadLettered: sum('dead_lettered_total'),
    queued: sum('queued'),
    dropped: sum('dropped_total'),
  };
}

/** Events that nobody accounts for; 0 unless something is wrong. */
export function unaccounted({ received, delivered, deadLettered, queued, dropped }: LogAccount): number {
  return Math.abs(received - delivered - deadLettered - queued - dropped);
}
