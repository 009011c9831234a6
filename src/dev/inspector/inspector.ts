// What `outrigger dev` sees of each exchange: recorded at the agent's front, listed at the operator's port, a line each in the terminal.
import type { Inspector } from '../../inspection.ts';
import { BatchShelf } from './batch-shelf.ts';
import { systemClock } from './clock.ts';
import { describeExchange, isReplayable } from './describe-exchange.ts';
import type { EventSource } from './event-view.ts';
import { ExchangeShelf, standardBounds } from './exchange-shelf.ts';
import { type Inspected, openInspectApi } from './inspect-api.ts';
import { modelOf } from './named-model.ts';
import { recordExchanges } from './record-exchanges.ts';
import { replay } from './replay/replay.ts';
import { summarizeAll } from './summarize.ts';
import { TerminalLines } from './terminal-lines.ts';

export interface InspectorOptions extends EventSource {
  /** Of the agent's own port; asked when it serves. */
  agentUrl(): string;
  /** That the operator's port is bound to. */
  readonly opsHost: string;
  /** Writes one line, which has no line break. */
  print(line: string): void;
}

const maxBatches = 500;

/** Dispose: says how many lines were left out in the last second. */
export function openInspector(options: InspectorOptions): Inspector & Disposable {
  const clock = systemClock;
  const exchanges = new ExchangeShelf(standardBounds, clock);
  const batches = new BatchShelf({ maxBatches }, clock);
  const lines = new TerminalLines({ print: options.print, clock });
  return {
    stage: recordExchanges({
      clock,
      open: (request) => exchanges.open(request),
      answered: (seen) => batches.joined(seen, modelOf),
      ended(seen) {
        exchanges.ended(seen);
        lines.ended(seen);
      },
    }),
    answer: openInspectApi({ opsHost: options.opsHost, inspected: inspectedOf({ exchanges, batches }, options) }),
    [Symbol.dispose]: () => lines[Symbol.dispose](),
  };
}

interface Shelves {
  readonly exchanges: ExchangeShelf;
  readonly batches: BatchShelf;
}

/** Decoded for who asks, and no sooner. */
function inspectedOf({ exchanges, batches }: Shelves, { agentUrl, eventsOf, sinkUrl }: InspectorOptions): Inspected {
  return {
    exchanges(after) {
      const { cursor, ended, running, skipped } = exchanges.after(after);
      const limits = exchanges.limits();
      return { cursor, exchanges: summarizeAll(ended), running: summarizeAll(running), skipped, limits };
    },
    batches: (after) => batches.after(after),
    exchange(id) {
      const seen = exchanges.byId(id);
      const batchOf = (batchId: string) => batches.byId(batchId);
      return seen === undefined ? null : describeExchange(seen, { agentUrl, eventsOf, sinkUrl, batchOf });
    },
    async replay(id) {
      const seen = exchanges.byId(id);
      if (seen === undefined) return null;
      return isReplayable(seen) ? replay(seen.request, agentUrl()) : 'impossible';
    },
  };
}
