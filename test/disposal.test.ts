import { expect, it } from 'vitest';
import { Disposal } from '../src/disposal.ts';

function part(name: string, closed: string[], failure?: Error) {
  return {
    async [Symbol.asyncDispose]() {
      await Promise.resolve();
      closed.push(name);
      if (failure !== undefined) throw failure;
    },
  };
}

it('closes what was opened in reverse order, each to its end, and once', async () => {
  const closed: string[] = [];
  const disposal = new Disposal();
  for (const name of ['first', 'second', 'third']) disposal.use(part(name, closed));
  await disposal[Symbol.asyncDispose]();
  await disposal[Symbol.asyncDispose]();
  expect(closed).toEqual(['third', 'second', 'first']);
});

it('closes the others too when one fails, and tells the first failure', async () => {
  const closed: string[] = [];
  const disposal = new Disposal();
  disposal.use(part('first', closed, new Error('later')));
  disposal.use(part('second', closed));
  disposal.use(part('third', closed, new Error('sooner')));
  await expect(disposal[Symbol.asyncDispose]()).rejects.toThrow('sooner');
  expect(closed).toEqual(['third', 'second', 'first']);
});
