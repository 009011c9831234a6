// Does the gate know what the runtime serves while models wait in line to be loaded?
import { describe, it } from 'vitest';
import { ModelHome } from '../support/puller/model-home.ts';

describe('a model', () => {
  it('that was lost while it waits for its turn to be changed is not said to serve', async () => {
    const home = await ModelHome.open();
    home.put('a', 'first');
    home.put('b', 'second');
    home.want({ m: 'a', n: 'a', o: 'a' });
    const agent = await home.start(['--model-loads', '1', '--runtime-check-interval', '1s']);
    await agent.untilReady();
    home.runtime.fail(/^load [mn]$/, 'hang', 1_000);
    home.want({ m: 'b', n: 'b', o: 'b' });
    const isLoading = async (name: string) => (await agent.model(name))?.state === 'loading';
    await agent.until(
      'all are in line',
      async () => (await isLoading('m')) && (await isLoading('n')) && isLoading('o'),
    );
    await home.runtime.restart();
    await agent.untilServed('o', 503);
  });
});
