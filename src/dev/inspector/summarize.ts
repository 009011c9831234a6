// One line of the list: what was noted, and the heads of the tensors, which are decoded for the first who asks.
import type { ExchangeSummary, TensorHead } from './api.ts';
import type { BodyCopy } from './body-copy.ts';
import { requestPart, responsePart } from './message-parts.ts';
import { modelOf } from './named-model.ts';
import type { SeenExchange } from './seen-exchange.ts';
import { spokenProtocol } from './view/spoken-protocol.ts';
import { readTensorHeads } from './view/tensor-heads.ts';

/** Of one body, and of all bodies of one list: the path of the requests is in the same process. */
const maxDecodedBytes = 64 * 1024;
const maxDecodedBytesPerList = 1024 * 1024;

/** Of bodies that may still be decoded. */
interface DecodeBudget {
  leftBytes: number;
}

/** In the order given; when bodies are many, the newest have their tensors named first. */
export function summarizeAll(exchanges: readonly SeenExchange[]): readonly ExchangeSummary[] {
  const budget: DecodeBudget = { leftBytes: maxDecodedBytesPerList };
  return exchanges
    .toReversed()
    .map((seen) => summarize(seen, budget))
    .reverse();
}

export function summarize(
  seen: SeenExchange,
  budget: DecodeBudget = { leftBytes: 2 * maxDecodedBytes },
): ExchangeSummary {
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

function headsOf(seen: SeenExchange, budget: DecodeBudget): Pick<ExchangeSummary, 'inputs' | 'outputs'> {
  const decodes = ({ passedBytes }: BodyCopy): boolean => {
    if (!seen.kept || passedBytes === 0 || passedBytes > Math.min(budget.leftBytes, maxDecodedBytes)) return false;
    budget.leftBytes -= passedBytes;
    return true;
  };
  if (seen.inputs === null && seen.requestOver && decodes(seen.requestCopy)) {
    seen.inputs = readTensorHeads(requestPart(seen));
  }
  if (seen.outputs === null && seen.outcome !== 'running' && decodes(seen.responseCopy)) {
    const part = responsePart(seen);
    seen.outputs = part === null ? none : readTensorHeads(part);
  }
  return { inputs: seen.inputs ?? none, outputs: seen.outputs ?? none };
}
