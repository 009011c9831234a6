import { describe, expect, it } from 'vitest';
import { exchangeMatcher } from '../../../../src/ops/page/exchanges/filter.js';
import { exchange } from './exchanges.ts';

const all = [
  exchange(1),
  exchange(2, { model: 'cats', path: '/v2/models/cats/infer', outcome: 'error', status: 400 }),
  exchange(3, { outcome: 'running', status: null }),
  exchange(12, { outcome: 'cancelled', status: null, protocol: 'gRPC' }),
];
const everything = { text: '', model: '', outcome: 'all' } as const;
const idsOf = (filter: Partial<Parameters<typeof exchangeMatcher>[0]>) =>
  all.filter(exchangeMatcher({ ...everything, ...filter })).map(({ id }) => id);

describe('a filter', () => {
  it('that asks for nothing shows all', () => {
    expect(idsOf({})).toEqual([1, 2, 3, 12]);
  });

  it('by outcome counts clients that left among the errors', () => {
    expect(idsOf({ outcome: 'errors' })).toEqual([2, 12]);
    expect(idsOf({ outcome: 'ok' })).toEqual([1]);
    expect(idsOf({ outcome: 'running' })).toEqual([3]);
  });

  it('by model takes its name whole', () => {
    expect(idsOf({ model: 'cats' })).toEqual([2]);
    expect(idsOf({ model: 'cat' })).toEqual([]);
  });

  it('by text wants every word, in any case, of tensors too', () => {
    expect(idsOf({ text: 'GRPC fp32 ' })).toEqual([12]);
    expect(idsOf({ text: '[1,64]' })).toEqual([1, 2, 3, 12]);
    expect(idsOf({ text: '400' })).toEqual([2]);
    expect(idsOf({ text: 'digits cats' })).toEqual([]);
  });

  it('by #id takes that one alone', () => {
    expect(idsOf({ text: '#1' })).toEqual([1]);
    expect(idsOf({ text: '#12' })).toEqual([12]);
  });
});
