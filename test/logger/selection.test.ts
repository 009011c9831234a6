import { describe, expect, it } from 'vitest';
import type { LogSelection } from '../../src/config/slices.ts';
import { FlatHeaderBlock } from '../../src/http/header-block.ts';
import { openSelection } from '../../src/logger/selection.ts';
import { logSelection } from '../support/logged-exchange.ts';

const never = (): never => {
  throw new Error('nobody needs it');
};

interface Choice {
  readonly config?: Partial<LogSelection>;
  readonly random?: () => number;
  readonly idOf?: () => string;
}

function verdictOf(headers: readonly string[], { config = {}, random = never, idOf = never }: Choice = {}): string {
  return openSelection({ ...logSelection, ...config }, random).ofRequest(
    { headers: new FlatHeaderBlock(headers) },
    idOf,
  );
}

describe('health checks of Kubernetes', () => {
  it.each([
    [['User-Agent', 'kube-probe/1.33'], 'probe'],
    [['user-agent', 'Knative-Activator-Probe/1.0'], 'probe'],
    [['K-Network-Probe', 'queue'], 'probe'],
    [['k-kubelet-probe', 'kubelet'], 'probe'],
    [['k-kubelet-probe', ''], 'log'],
    [['user-agent', 'my kube-probe/1'], 'log'],
    [['user-agent', 'python-requests/2.32'], 'log'],
    [[], 'log'],
  ])('are told by %j: %s', (headers, verdict) => {
    expect(verdictOf(headers)).toBe(verdict);
  });
});

describe('a request with the opt-out header', () => {
  it.each([
    [['X-No-Log', 'true'], 'opted_out'],
    [['x-no-log', '1'], 'opted_out'],
    [['x-no-log', 'please'], 'opted_out'],
    [['x-no-log', 'false'], 'log'],
    [['x-no-log', ' FALSE '], 'log'],
    [['x-no-log', '0'], 'log'],
    [['x-no-log', ''], 'log'],
    [['x-no-log', 'false', 'x-no-log', 'true'], 'opted_out'],
    [['x-no-log', '0, 1'], 'opted_out'],
    [['x-log', 'true'], 'log'],
  ])('%j: %s', (headers, verdict) => {
    expect(verdictOf(headers, { config: { optOutHeader: 'X-No-Log' } })).toBe(verdict);
  });

  it('is logged when no such header is configured, and is no part of the sample', () => {
    expect(verdictOf(['x-no-log', 'true'])).toBe('log');
    expect(verdictOf(['x-no-log', 'true'], { config: { optOutHeader: 'x-no-log', sampleRate: 0 } })).toBe('opted_out');
  });
});

describe('a sample', () => {
  it('of all or none asks neither chance nor id', () => {
    for (const sampleBy of ['random', 'id'] as const) {
      expect(verdictOf([], { config: { sampleBy, sampleRate: 1 } })).toBe('log');
      expect(verdictOf([], { config: { sampleBy, sampleRate: 0 } })).toBe('sampled_out');
    }
  });

  it('by chance takes what is below the rate', () => {
    const config = { sampleRate: 0.25 };
    expect(verdictOf([], { config, random: () => 0.2499 })).toBe('log');
    expect(verdictOf([], { config, random: () => 0.25 })).toBe('sampled_out');
    expect(verdictOf([], { config, random: () => 0 })).toBe('log');
  });

  it('by id is the same everywhere: CRC-32 of the id over 2^32', () => {
    // 123456789 has CRC-32 cbf43926, which is 0.7967 of 2^32.
    const check = (sampleRate: number) =>
      verdictOf([], { config: { sampleBy: 'id', sampleRate }, idOf: () => '123456789' });
    expect([check(0.797), check(0.796)]).toEqual(['log', 'sampled_out']);
  });

  it.each([0.01, 0.1, 0.5, 0.9])('by id takes %d of ids, also of numbers in a row', (sampleRate) => {
    const selection = openSelection({ ...logSelection, sampleBy: 'id', sampleRate }, never);
    const request = { headers: new FlatHeaderBlock([]) };
    const total = 20_000;
    let logged = 0;
    for (let n = 0; n < total; n += 1) if (selection.ofRequest(request, () => `request-${n}`) === 'log') logged += 1;
    expect(Math.abs(logged / total - sampleRate)).toBeLessThan(0.01);
  });
});

describe('an answer', () => {
  const table: readonly [Partial<LogSelection>, number, string | null, boolean][] = [
    [{}, 200, null, true],
    [{}, 201, null, false],
    [{}, 404, null, false],
    [{}, 500, null, false],
    [{}, 200, '0', true],
    [{}, 200, '13', false],
    [{}, 200, 'hostile', false],
    [{ mode: 'response' }, 200, null, true],
    [{ mode: 'request' }, 200, null, false],
    [{ mode: 'request', allResponses: true }, 500, null, false],
    [{ allResponses: true }, 500, null, true],
    [{ allResponses: true }, 200, '13', true],
  ];

  it.each(table)('with %j, status %d and gRPC status %s is logged: %s', (config, status, grpcStatus, logged) => {
    const selection = openSelection({ ...logSelection, ...config }, never);
    expect(selection.wantsResponse(status, grpcStatus)).toBe(logged);
  });
});
