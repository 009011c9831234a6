// Lines of the list, as the inspector tells them.
import type { ExchangeList, ExchangeSummary } from '../../../../src/dev/inspector/api.ts';

const ended: Omit<ExchangeSummary, 'id'> = {
  at: '2026-11-22T07:00:00.000Z',
  protocol: 'V2 JSON',
  method: 'POST',
  path: '/v2/models/digits/infer',
  model: 'digits',
  inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 64] }],
  outputs: [{ name: 'label', datatype: 'INT64', shape: [1] }],
  outcome: 'ok',
  status: 200,
  grpcStatus: null,
  totalMs: 12,
  waitMs: 4,
  runtimeMs: 7,
  agentMs: 1,
  batch: null,
  requestBytes: 100,
  responseBytes: 50,
  kept: true,
};

export function exchange(id: number, differences: Partial<ExchangeSummary> = {}): ExchangeSummary {
  return { id, ...ended, ...differences };
}

export function listOf(cursor: number, differences: Partial<ExchangeList> = {}): ExchangeList {
  return {
    cursor,
    exchanges: [],
    running: [],
    skipped: 0,
    limits: {
      maxExchanges: 1000,
      maxBytes: 32 * 2 ** 20,
      heldExchanges: 10,
      heldBytes: 1000,
      maxKeptPerSecond: 100,
      perSecond: 5,
      keptPerSecond: 5,
    },
    ...differences,
  };
}
