// SIGTERM in the middle of something: the agent ends at once, whatever its models are waiting for.
import { describe, it } from 'vitest';
import { ModelHome } from '../support/puller/model-home.ts';

const ends = 'does not wait for';

describe('the end of the agent', () => {
  it(`${ends} an unload that the runtime does not confirm`, async () => {
    const home = await ModelHome.open();
    home.put('a', 'first');
    home.want({ m: 'a' });
    const agent = await home.start();
    await agent.untilReady();
    home.runtime.fail(/^index$/, 'hang', 1_000);
    home.want({});
    await agent.until('it is unloaded', () => home.runtime.orders.includes('unload m'));
    await agent.end();
  });

  it(`${ends} a load that the runtime does not answer`, async () => {
    const home = await ModelHome.open();
    home.put('a', 'first');
    home.runtime.fail(/^load m$/, 'hang', 1_000);
    home.want({ m: 'a' });
    const agent = await home.start();
    await agent.until('it is loaded', () => home.runtime.orders.includes('load m'));
    await agent.end();
  });

  it(`${ends} a store that does not answer`, async () => {
    const home = await ModelHome.open();
    home.put('a', 'first');
    home.storeFault = () => null;
    home.want({ m: 'a' });
    const agent = await home.start();
    await agent.until('it is pulled', () => home.store.requests.length > 0);
    await agent.end();
  });

  it(`${ends} a runtime that is away`, async () => {
    const home = await ModelHome.open();
    home.put('a', 'first');
    home.want({ m: 'a' });
    await home.runtime.kill();
    const agent = await home.start();
    await agent.until('it waits for its load', async () => (await agent.model('m'))?.state === 'loading');
    await agent.end();
  });
});
