// The whole way of a model, through the agent: models.json, store, folder, runtime, client.
import { readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ModelHome } from '../support/puller/model-home.ts';

describe('a model', () => {
  it.each([
    ['and serves all the while', []],
    ['also where requests are merged', ['--enable-batcher']],
  ])('is pulled, loaded, changed, rolled back and removed, %s', async (_where, flags) => {
    const home = await ModelHome.open();
    home.put('a', 'first');
    home.put('b', 'second');
    home.want({ m: 'a' });
    const agent = await home.start(flags);
    await agent.untilReady();
    expect(await agent.ask('m')).toBe('first');
    expect(readlinkSync(join(home.modelDir, 'm'))).toMatch(/^\.outrigger\/m\/[0-9a-f]{64}$/);

    home.want({ m: 'b' });
    await agent.untilServed('m', 'second');
    const fetched = home.fetches('a');
    home.want({ m: 'a' });
    await agent.untilServed('m', 'first');
    expect(home.fetches('a')).toBe(fetched);

    home.want({});
    await agent.untilServed('m', 404);
    await agent.until('its files are gone', () => home.versions('m').length === 0);
    expect(home.runtime.orders.at(-1)).toBe('unload m');
    await agent.until('it is forgotten', async () => (await agent.model('m')) === undefined);
  });

  it('is loaded again at once by a runtime that was restarted, as soon as a probe or a failed request asks', async () => {
    const home = await ModelHome.open();
    home.put('a', 'first');
    home.want({ m: 'a' });
    const agent = await home.start(['--runtime-check-interval', '1h']);
    await agent.untilReady();
    expect((await agent.status()).runtime).toEqual({ up: true, restarts: 0 });
    await home.runtime.kill();
    await agent.until('it is seen', async () => {
      await agent.ready();
      return !(await agent.status()).runtime.up;
    });
    await home.runtime.open();
    await agent.untilServed('m', 'first');
    expect((await agent.status()).runtime).toEqual({ up: true, restarts: 1 });
  });
});
