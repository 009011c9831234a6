// Ready is who has a ready runtime with its models in it.
import { describe, expect, it } from 'vitest';
import { withModels } from '../../src/readiness/with-models.ts';

function readinessOf({ models, runtime }: { models: readonly string[] | null; runtime: readonly string[] }) {
  const asked: string[] = [];
  const ready: number[] = [];
  const probe = (name: string) => async () => {
    asked.push(name);
    return { ready: runtime.length === 0, reasons: runtime };
  };
  const probes = { check: probe('check'), look: probe('look'), [Symbol.asyncDispose]: async () => undefined };
  const settled = { notReady: async () => models, doubtRuntime: () => void asked.push('doubt') };
  const metrics = { ready: { set: (value: number) => void ready.push(value) } };
  const readiness = withModels({ runtime: probes, models: settled, metrics });
  return { readiness, asked, ready };
}

describe('an agent with models', () => {
  it('is ready when the models are settled and the runtime says so', async () => {
    const { readiness, asked } = readinessOf({ models: null, runtime: [] });
    expect(await readiness.check()).toEqual({ ready: true, reasons: [] });
    expect(await readiness.look()).toEqual({ ready: true, reasons: [] });
    expect(asked).toEqual(['check', 'look']);
  });

  it('is not ready for the models it waits for, and the gauge knows; the runtime is not even asked', async () => {
    const { readiness, asked, ready } = readinessOf({ models: ['m is downloading'], runtime: [] });
    expect(await readiness.check()).toEqual({ ready: false, reasons: ['m is downloading'] });
    expect([asked, ready]).toEqual([[], [0]]);
  });

  it('is not ready when the runtime is not, which may then come back without its models', async () => {
    const { readiness, asked } = readinessOf({ models: null, runtime: ['connection refused'] });
    expect(await readiness.check()).toEqual({ ready: false, reasons: ['connection refused'] });
    expect(asked).toEqual(['check', 'doubt']);
  });
});
