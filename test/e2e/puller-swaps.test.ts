// Who reads a model while the agent changes it? (Two hundred changes: test/full/puller-swaps.ts.)
import { expect, it } from 'vitest';
import { swapUnderReaders } from '../support/puller/agent-swaps.ts';
import { builtProgram } from './support/built-program.ts';

it('readers of the link and clients see the old or the new model, whole, while models.json flips', async () => {
  const { problems, reads } = await swapUnderReaders(await builtProgram(), 10);
  expect(problems).toEqual([]);
  expect(reads).toBeGreaterThan(10);
});
