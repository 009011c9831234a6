// The text of /metrics: our instruments and the figures of the process, in the Prometheus text format 0.0.4.
import type { Metric, Registry } from 'prom-client';
import type { Instrument } from '../instruments.ts';

export interface Exposition {
  readonly contentType: string;
  render(): Promise<string>;
}

// prom-client's lag monitor wakes the process every 10 ms and reports its own period as lag: ours replaces it (event-loop.ts).
// It cannot be left out, so it is set to wake once an hour and its series are taken off the page.
const LAG_MONITOR_PERIOD_MS = 3_600_000;
const LAG_SERIES = 'nodejs_eventloop_lag_';

/** Loads prom-client at the first scrape, not at start: a process that nobody scrapes pays neither its time nor its memory. */
export function openExposition(instruments: readonly Instrument[]): Exposition {
  let registry: Promise<Registry> | null = null;
  return {
    contentType: 'text/plain; version=0.0.4; charset=utf-8',
    async render() {
      registry ??= openRegistry(instruments);
      return (await registry).metrics();
    },
  };
}

async function openRegistry(instruments: readonly Instrument[]): Promise<Registry> {
  const { collectDefaultMetrics, Registry: OwnRegistry } = await import('prom-client');
  const registry = new OwnRegistry();
  for (const instrument of instruments) registry.registerMetric(asMetric(instrument));
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: LAG_MONITOR_PERIOD_MS });
  for (const { name } of registry.getMetricsAsArray()) {
    if (name.startsWith(LAG_SERIES)) registry.removeSingleMetric(name);
  }
  return registry;
}

/** A registry only ever calls `get` on what is registered; its type asks for prom-client's own classes. */
function asMetric(instrument: Instrument): Metric<string> {
  const { name, help, type } = instrument;
  const get = () => {
    const values = [...instrument.samples()].map(({ suffix, labels, value }) => ({
      metricName: `${name}${suffix}`,
      labels,
      value,
    }));
    return Promise.resolve({ name, help, type, values, aggregator: 'sum' });
  };
  return { name, help, type, get } as unknown as Metric<string>;
}
