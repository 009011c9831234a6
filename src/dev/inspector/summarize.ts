// One line of the list: what was noted, and the heads of the tensors, which are decoded for the first who asks.
import type { ExchangeSummary, TensorHead } from './api.ts';
import type { BodyCopy } from './body-copy.ts';
import { requestPart, responsePart } from './message-parts.ts';
import { modelOf } from './named-model.ts';
import type { SeenExchange } from './seen-exchange.ts';
import { spokenProtocol } from './view/spoken-protocol.ts';
import { type HeadBudget, maxHeadBytes, readTensorHeads } from './view/tensor-heads.ts';

/** Of all bodies of one list, decoded: the path of the requests is in the same process. */
const maxBytesPerList = 1024 * 1024;

/** In the order given; when bodies are many, the newest have their tensors named first. */
export function summarizeAll(exchanges: readonly SeenExchange[]): readonly ExchangeSummary[] {
  const budget: HeadBudget = { leftBytes: maxBytesPerList };
  return exchanges
    .toReversed()
    .map((seen) => summarize(seen, budget))
    .reverse();
}

export function summarize(seen: SeenExchange, budget: HeadBudget = { leftBytes: 2 * maxHeadBytes }): ExchangeSummary {
  const { id, method, path, outcome, status, grpcStatus, times, batch, kept, requestCopy, responseCopy } = seen;
  const { inputs, outputs } = headsOf(seen, budget);
  return {
    id,
    at: new Date(seen.atMs).toISOString(),
    protocol: spokenProtocol(seen.request),
    ...{ method, path, model: modelOf(seen), inputs, outputs },
    ...{ outcome, status, grpcStatus },
    totalMs: times?.totalMs ?? null,
    waitMs: times?.waitMs ?? null,
    runtimeMs: times?.runtimeMs ?? null,
    agentMs: times?.agentMs ?? null,
    batch: batch === undefined ? null : { id: batch.id, requests: batch.requests, rows: batch.rows },
    requestBytes: requestCopy.passedBytes,
    responseBytes: responseCopy.passedBytes,
    kept,
  };
}

const none: readonly TensorHead[] = [];

function headsOf(seen: SeenExchange, budget: HeadBudget): Pick<ExchangeSummary, 'inputs' | 'outputs'> {
  const decodes = ({ passedBytes }: BodyCopy): boolean =>
    seen.kept && passedBytes > 0 && passedBytes <= maxHeadBytes && budget.leftBytes >= maxHeadBytes;
  if (seen.inputs === null && seen.requestOver && decodes(seen.requestCopy)) {
    seen.inputs = readTensorHeads(requestPart(seen), budget);
  }
  if (seen.outputs === null && seen.outcome !== 'running' && decodes(seen.responseCopy)) {
    const part = responsePart(seen);
    seen.outputs = part === null ? none : readTensorHeads(part, budget);
  }
  return { inputs: seen.inputs ?? none, outputs: seen.outputs ?? none };
}
