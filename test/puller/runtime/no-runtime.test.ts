// With --runtime-api=none nobody is told of models, and nobody is asked.
import { expect, it } from 'vitest';
import { openRuntime } from '../../../src/puller/runtime/open-runtime.ts';
import { ModelFolder } from '../../support/runtimes/model-folder.ts';

it('every order is done at once, and what serves is not known', async () => {
  const folder = new ModelFolder();
  const never = new AbortController().signal;
  await using runtime = openRuntime(folder.config('none', 1), folder.modelDir);
  await runtime.load({ name: 'm', version: 'v' }, never);
  await runtime.unload('m', never);
  const answers = [await runtime.isUp(never), await runtime.serving(never), await runtime.isServing('m', never)];
  expect(answers).toEqual([true, null, null]);
});
