// The runtime comes and goes, the agent too: models are loaded again, and what is there is neither fetched again nor lost.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type ModelAgent, ModelHome } from '../support/puller/model-home.ts';

const quickCheck = '--runtime-check-interval=300ms';

async function homeWithModels(models: Readonly<Record<string, string>>, times = {}): Promise<ModelHome> {
  const home = await ModelHome.open(times);
  for (const key of new Set(Object.values(models))) home.put(key, key);
  home.want(models);
  return home;
}

async function untilBack(agent: ModelAgent, home: ModelHome, names: readonly string[]): Promise<void> {
  await agent.until('all are loaded again', () => home.runtime.loadedNames.join() === names.join());
  await agent.untilReady();
}

/** What /readyz says while the runtime still loads; each question asks the runtime too. */
async function statusesUntilLoaded(agent: ModelAgent, home: ModelHome, models: number): Promise<number[]> {
  const statuses = new Set<number>();
  for (;;) {
    const { status } = await agent.ready();
    if (home.runtime.loadedNames.length === models) return [...statuses];
    statuses.add(status);
  }
}

describe('the runtime', () => {
  it('may come long after the agent: models wait for it on disk, and that is no failure of theirs', async () => {
    const home = await homeWithModels({ m: 'a' });
    await home.runtime.kill();
    const agent = await home.start();
    await agent.until('it is on disk', () => home.fetches('a') === 3);
    const { status, reasons } = await agent.ready();
    expect([status, reasons.at(-1)]).toEqual([503, expect.stringMatching(/takes no orders at 127\.0\.0\.1:\d+$/)]);
    expect(await agent.ask('m')).toBe(503);
    await home.runtime.open();
    await agent.untilReady();
    expect(await agent.ask('m')).toBe('a');
    expect(home.runtime.orders).toEqual(['load m']);
    expect(agent.logged.filter(({ message }) => /failed/.test(message))).toEqual([]);
  });

  it('that names a model which it is still loading does not make it ready', async () => {
    const home = await homeWithModels({ m: 'a' }, { loadMs: 2500 });
    await home.runtime.kill();
    const agent = await home.start();
    await agent.until('it is on disk', () => home.fetches('a') === 3);
    await home.runtime.open();
    await agent.until('it is ordered', () => home.runtime.orders.length === 1);
    expect(await statusesUntilLoaded(agent, home, 1)).toEqual([503]);
    await agent.untilServed('m', 'a');
  });

  it('is given its models again after a kill, with nobody asking, and is not ready before', async () => {
    const home = await homeWithModels({ m: 'a', n: 'b' });
    const agent = await home.start([quickCheck]);
    await agent.untilReady();
    await home.runtime.kill();
    await agent.until('unready', async () => (await agent.ready()).status === 503);
    home.runtime.times.loadMs = 1500;
    await home.runtime.open();
    expect(await statusesUntilLoaded(agent, home, 2)).toEqual([503]);
    await untilBack(agent, home, ['m', 'n']);
    expect(await agent.ask('m')).toBe('a');
    expect(home.runtime.orders).toHaveLength(4);
    expect((await agent.status()).runtime.restarts).toBe(1);
    expect(home.fetches('a')).toBe(3);
  });

  it('is found out by the first request that it refuses, however far off the next check is', async () => {
    const home = await homeWithModels({ m: 'a' });
    const agent = await home.start(['--runtime-check-interval=1h']);
    await agent.untilReady();
    await home.runtime.kill();
    expect(await agent.ask('m')).not.toBe('a');
    await home.runtime.open();
    await agent.untilServed('m', 'a');
  });

  it.each([
    ['with an index', false],
    ['without an index, as of KServe', true],
  ])('that restarts between two checks is found out by the next one: %s', async (_, noIndex) => {
    const home = await homeWithModels({ m: 'a' });
    if (noIndex) home.runtime.fail(/^index$/, { status: 404, body: '' }, Number.POSITIVE_INFINITY);
    const agent = await home.start([quickCheck]);
    await agent.untilReady();
    await home.runtime.restart();
    await agent.until('loaded again', () => home.runtime.loadedNames.length === 1);
    await agent.untilServed('m', 'a');
  });

  it('that comes and goes five times a second is told of each model once per life at most', async () => {
    const home = await homeWithModels({ m: 'a', n: 'b' });
    const agent = await home.start([quickCheck]);
    await agent.untilReady();
    const before = home.runtime.orders.length;
    const lives = 8;
    for (let life = 0; life < lives; life += 1) {
      await home.runtime.restart();
      await agent.ask('m');
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await untilBack(agent, home, ['m', 'n']);
    expect(home.runtime.orders.length - before).toBeLessThanOrEqual(2 * (lives + 1));
    expect(home.fetches('a')).toBe(3);
  });
});

describe('a change that the runtime refuses', () => {
  it('does not keep the files of before from a runtime that restarts', async () => {
    const home = await homeWithModels({ m: 'a' });
    const agent = await home.start([quickCheck]);
    await agent.untilReady();
    home.store.put('models', 'b/nothing.txt', 'the runtime wants a value');
    home.want({ m: 'b' });
    await agent.until('it failed often', async () => ((await agent.model('m'))?.failure?.attempts ?? 0) >= 4);
    await home.runtime.restart();
    await agent.until('m is loaded again', () => home.runtime.loadedNames.length === 1);
    await agent.untilServed('m', 'a');
    expect((await agent.model('m'))?.failure?.reason).toBeDefined();
  });
});

describe('the agent', () => {
  it('finds its models when it is started again: nothing is fetched, and requests go on at once', async () => {
    const home = await homeWithModels({ m: 'a', n: 'b' });
    const first = await home.start();
    await first.untilReady();
    await first.end();
    home.runtime.times.loadMs = 1_000;
    const fetched = home.store.requests.length;
    // As MLServer, which loads again what has not changed: until then the model of before serves.
    for (const name of ['m', 'n']) writeFileSync(join(home.modelDir, name, 'touched'), '');
    const agent = await home.start();
    await agent.until('it knows its models', async () => (await agent.status()).list.length === 2);
    expect([await agent.ask('m'), await agent.ask('n')]).toEqual(['a', 'b']);
    expect((await agent.ready()).status).toBe(200);
    await agent.until('both are loaded again', () => home.runtime.orders.length === 4);
    expect(home.store.requests.length).toBe(fetched);
  });

  it('finds its models when the runtime was restarted too, and loads them without the store', async () => {
    const home = await homeWithModels({ m: 'a' });
    const first = await home.start();
    await first.untilReady();
    await first.end();
    await home.runtime.restart();
    const fetched = home.store.requests.length;
    const agent = await home.start();
    await agent.untilReady();
    expect(await agent.ask('m')).toBe('a');
    expect(home.store.requests.length).toBe(fetched);
  });

  it('makes models whole of which a file is missing or was changed, and fetches no other', async () => {
    const home = await homeWithModels({ m: 'a', n: 'b' });
    const first = await home.start();
    await first.untilReady();
    await first.end();
    await home.runtime.restart();
    rmSync(join(home.modelDir, 'm', '1', 'part-0.bin'));
    writeFileSync(join(home.modelDir, 'n', '1', 'part-0.bin'), 'torn');
    const agent = await home.start();
    await agent.untilReady();
    expect([await agent.ask('m'), await agent.ask('n')]).toEqual(['a', 'b']);
    expect([home.fetches('a'), home.fetches('b')]).toEqual([4, 4]);
  });

  it('unloads and deletes what left models.json while it was away', async () => {
    const home = await homeWithModels({ m: 'a', n: 'b' });
    const first = await home.start();
    await first.untilReady();
    await first.end();
    home.want({ n: 'b' });
    const agent = await home.start();
    await agent.untilServed('m', 404);
    await agent.until('its files are gone', () => home.versions('m').length === 0);
    expect(home.runtime.orders).toContain('unload m');
    expect(home.runtime.loadedNames).toEqual(['n']);
  });
});
