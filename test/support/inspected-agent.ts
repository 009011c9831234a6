// An agent with the inspector of `outrigger dev`, in front of a runtime of the test's own; asked over HTTP as its page asks.
import { onTestFinished } from 'vitest';
import type { BatchList, ExchangeDetail, ExchangeList, ExchangeSummary } from '../../src/dev/inspector/api.ts';
import type { EventSource } from '../../src/dev/inspector/event-view.ts';
import { openInspector } from '../../src/dev/inspector/inspector.ts';
import { eventually } from './eventually.ts';
import { startConfigured, type TestAgent, testConfig } from './test-agent.ts';

export interface InspectedAgent extends TestAgent {
  /** http://127.0.0.1:PORT of the operator's port. */
  readonly opsUrl: string;
  /** What the terminal would show. */
  readonly lines: readonly string[];
  list(after?: number): Promise<ExchangeList>;
  /** All that ended, once there are as many. */
  ended(count: number): Promise<readonly ExchangeSummary[]>;
  detail(id: number): Promise<ExchangeDetail>;
  batches(after?: number): Promise<BatchList>;
}

export async function startInspectedAgent(
  upstreamPort: number,
  flags: readonly string[] = [],
  events: EventSource = { eventsOf: null, sinkUrl: null },
): Promise<InspectedAgent> {
  const lines: string[] = [];
  const started: { url: string } = { url: '' };
  const inspector = openInspector({
    ...events,
    agentUrl: () => started.url,
    opsHost: '127.0.0.1',
    print: (line) => lines.push(line),
  });
  onTestFinished(() => inspector[Symbol.dispose]());
  const config = { ...testConfig(upstreamPort, flags), ops: { host: '127.0.0.1', port: 0 } };
  const agent = await startConfigured(config, inspector);
  started.url = agent.url;
  const opsUrl = `http://127.0.0.1:${agent.agent.opsPort}`;
  const ask = async <Told>(path: string): Promise<Told> =>
    (await (await fetch(`${opsUrl}/inspect/${path}`)).json()) as Told;
  const list = (after = 0) => ask<ExchangeList>(`exchanges?after=${after}`);
  return {
    ...agent,
    opsUrl,
    lines,
    list,
    async ended(count) {
      await eventually(`${count} ended`, async () => (await list()).cursor >= count);
      return (await list()).exchanges;
    },
    detail: (id) => ask(`exchanges/${id}`),
    batches: (after = 0) => ask(`batches?after=${after}`),
  };
}
