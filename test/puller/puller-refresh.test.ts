// --model-refresh-interval: what changes behind a URI comes by itself, and nothing is fetched when nothing has changed.
import { describe, expect, it } from 'vitest';
import { ModelHome } from '../support/puller/model-home.ts';
import { errorAnswer } from '../support/stores/s3-answers.ts';

describe('files behind a URI', () => {
  it('that change are pulled beside the old ones, which serve on; those that do not are left alone', async () => {
    const home = await ModelHome.open();
    home.put('a', 'first');
    home.put('b', 'still');
    home.want({ m: 'a', n: 'b' });
    const agent = await home.start(['--model-refresh-interval=100ms']);
    await agent.untilReady();
    const asked = home.store.requests.length;
    await agent.until('it has looked', () => home.store.requests.length >= asked + 4);
    expect([home.fetches('a'), home.fetches('b')]).toEqual([3, 3]);

    home.storeFault = () => errorAnswer(403, 'AccessDenied');
    const told = () => agent.logged.filter(({ message }) => /could not be looked at/.test(message));
    await agent.until('it has looked in vain', () => told().length >= 2);
    const refused = home.store.requests.length;
    await agent.until('it has looked again', () => home.store.requests.length >= refused + 4);
    const refusals = told().map(({ fields: { model, code, err } }) => [model, code, err]);
    expect(refusals.sort()).toEqual([
      ['m', 'STORE_DENIED', undefined],
      ['n', 'STORE_DENIED', undefined],
    ]);
    expect((await agent.status()).counts).toMatchObject({ ready: 2, failed: 0 });
    home.storeFault = null;

    home.put('a', 'second');
    const answers = new Set<string | number>();
    await agent.until('m has changed', async () => {
      answers.add(await agent.ask('m'));
      return answers.has('second');
    });
    expect([...answers]).toEqual(['first', 'second']);
    expect(home.fetches('b')).toBe(3);
    expect(home.runtime.orders.filter((order) => order === 'load m')).toHaveLength(2);
    expect(await agent.ask('n')).toBe('still');
  });

  it('are not looked at without the option', async () => {
    const home = await ModelHome.open();
    home.put('a', 'first');
    home.want({ m: 'a' });
    const agent = await home.start();
    await agent.untilReady();
    home.put('a', 'second');
    home.want({ m: 'a', n: 'a' });
    await agent.untilServed('n', 'second');
    expect(await agent.ask('m')).toBe('first');
  });
});
