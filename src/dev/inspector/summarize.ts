// One line of the list: what was noted, and the heads of the tensors, which are decoded for the first who asks.
import type { ExchangeSummary, TensorHead } from './api.ts';
import { requestPart, responsePart } from './message-parts.ts';
import { modelOf } from './named-model.ts';
import type { SeenExchange } from './seen-exchange.ts';
import { spokenProtocol } from './view/spoken-protocol.ts';
import { readTensorHeads } from './view/tensor-heads.ts';

/** Of one body, and of all bodies of one list: the path of the requests is in the same process. */
const maxDecodedBytes = 64 * 1024;
const maxDecodedBytesPerList = 1024 * 1024;

/** In the order given; when bodies are many, the newest have their tensors named first. */
export function summarizeAll(exchanges: readonly SeenExchange[]): readonly ExchangeSummary[] {
  let leftBytes = maxDecodedBytesPerList;
  return exchanges
    .toReversed()
    .map((seen) => {
      const summary = summarize(seen, leftBytes);
      leftBytes -= seen.heldBytes;
      return summary;
    })
    .reverse();
}

/** `maxBytes`: of bodies to be decoded. */
export function summarize(seen: SeenExchange, maxBytes = Number.POSITIVE_INFINITY): ExchangeSummary {
  const { id, method, path, outcome, status, grpcStatus, times, batch, kept, requestCopy, responseCopy } = seen;
  const { inputs, outputs } = headsOf(seen, maxBytes);
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

function headsOf(
  seen: SeenExchange,
  maxBytes: number,
): { inputs: readonly TensorHead[]; outputs: readonly TensorHead[] } {
  const { heads, requestCopy, responseCopy } = seen;
  const decodes = (bytes: number) => seen.kept && bytes > 0 && bytes <= Math.min(maxBytes, maxDecodedBytes);
  if (heads.inputs === null && seen.requestOver && decodes(requestCopy.passedBytes)) {
    heads.inputs = readTensorHeads(requestPart(seen));
  }
  const part =
    heads.outputs === null && seen.times !== null && decodes(responseCopy.passedBytes) ? responsePart(seen) : null;
  if (part !== null) heads.outputs = readTensorHeads(part);
  return { inputs: heads.inputs ?? none, outputs: heads.outputs ?? none };
}
