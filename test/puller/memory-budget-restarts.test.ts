// Under --model-memory-budget: the agent or the runtime starts anew, files change, models come and go; never more than the budget.
import { describe, expect, it } from 'vitest';
import { crowd, namesIn, roomFor, wrongAnswers } from '../support/puller/crowd.ts';
import { ModelHome } from '../support/puller/model-home.ts';

describe('under a memory budget', () => {
  it('an agent that starts again before a full runtime keeps to the budget, also when it has become smaller', async () => {
    const home = await ModelHome.open({ loadMs: 2, unloadMs: 5 });
    const { names } = crowd(home, 8);
    const first = await home.start(roomFor(4));
    await first.untilReady();
    expect(await wrongAnswers(first, names.slice(4))).toEqual([]);
    await first.end();
    expect(home.runtime.loadedNames.length).toBe(4);

    const second = await home.start(roomFor(2));
    await second.untilReady();
    expect(await wrongAnswers(second, names)).toEqual([]);
    await second.until('two are left', () => home.runtime.loadedNames.length === 2);
    expect((await second.status()).memory?.usedBytes).toBe(2e6);
    expect(home.runtime.peakLoaded).toBeLessThanOrEqual(4);
  });

  it('a runtime that was restarted gets no more than it had room for; who leaves models.json frees its room', async () => {
    const home = await ModelHome.open({ loadMs: 2, unloadMs: 5 });
    const { names } = crowd(home, 8);
    const agent = await home.start([...roomFor(3), '--runtime-check-interval', '50ms']);
    await agent.untilReady();
    expect(await wrongAnswers(agent, names)).toEqual([]);
    await home.runtime.restart();
    for (const name of names) await agent.untilServed(name, name);
    expect(home.runtime.peakLoaded).toBe(3);
    expect((await agent.status()).memory?.usedBytes).toBe(3e6);

    const [asleep] = (await namesIn(agent, 'idle')) as [string];
    const [removed] = home.runtime.loadedNames as [string];
    const left = names.filter((name) => name !== removed);
    home.want(Object.fromEntries(left.map((name) => [name, { from: name, memory: '1M' }])));
    await agent.until('it is gone', async () => (await agent.model(removed)) === undefined);
    expect((await agent.status()).memory?.usedBytes).toBe(2e6);
    const before = home.runtime.orders.length;
    expect(await agent.ask(asleep)).toBe(asleep);
    expect(home.runtime.orders.slice(before)).toEqual([`load ${asleep}`]); // nobody has to go for it
    expect(home.runtime.peakLoaded).toBe(3);
  });

  it('changed files of a loaded model are loaded in its room, those of an idle one when it is asked for', async () => {
    const home = await ModelHome.open({ loadMs: 2, unloadMs: 5 });
    for (const name of ['a', 'b', 'c', 'new-a', 'new-c']) home.put(name, name);
    home.want({ a: 'a', b: 'b', c: 'c' });
    const agent = await home.start(roomFor(2));
    await agent.untilReady();
    const [asleep] = (await namesIn(agent, 'idle')) as [string];
    const [awake] = (await namesIn(agent, 'ready')) as [string];
    for (const name of [asleep, awake]) home.put(`new-${name}`, `new-${name}`);
    const before = home.runtime.orders.length;
    home.want(
      Object.fromEntries(['a', 'b', 'c'].map((name) => [name, [asleep, awake].includes(name) ? `new-${name}` : name])),
    );
    await agent.untilServed(awake, `new-${awake}`);
    expect(home.runtime.orders.slice(before)).toEqual([`load ${awake}`]);
    await agent.until(
      'the other one is pulled',
      async () => (await agent.model(asleep))?.state === 'idle' && home.fetches(`new-${asleep}`) > 0,
    );
    expect(await agent.ask(asleep)).toBe(`new-${asleep}`);
    expect(home.runtime.peakLoaded).toBe(2);
  });
});
