// --model-disk-budget through the whole agent: what lies in the model folder, who goes, and that nothing is pulled in vain.
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { crowd, namesIn, putToWork, wrongAnswers } from '../support/puller/crowd.ts';
import { ModelHome } from '../support/puller/model-home.ts';

/** Of each model's large file; the others take less than a fifth of it. */
const bytes = 100_000;

function roomFor(models: number): string[] {
  return ['--model-disk-budget', String(models * bytes * 1.2), '--model-pulls', '2'];
}

/** Of models, whole or not; markers and folders aside. */
function bytesOn(home: ModelHome): number {
  const paths = readdirSync(join(home.modelDir, '.outrigger'), { recursive: true, encoding: 'utf8' });
  return paths.reduce((sum, path) => {
    const stats = statSync(join(home.modelDir, '.outrigger', path), { throwIfNoEntry: false });
    return sum + (stats?.isFile() && stats.size >= bytes ? stats.size : 0);
  }, 0);
}

function modelsOn({ home, names }: { home: ModelHome; names: readonly string[] }): string[] {
  return names.filter((name) => home.versions(name).length > 0);
}

describe('with more models than disk', () => {
  it('is ready with the first on disk; others are pulled and loaded on request, in the place of those asked for least', async () => {
    const home = await ModelHome.open({ unloadMs: 5 });
    const all = crowd(home, 12, bytes);
    const agent = await home.start(roomFor(4));
    await agent.untilReady();
    expect(modelsOn(all).length).toBe(4);
    expect((await namesIn(agent, 'idle')).length).toBe(8);
    // Two pulls at once: one of them may have begun when the other found no room.
    const tried = all.names.filter((name) =>
      home.store.requests.some(({ query, key }) => `${query.get('prefix')}${key}`.startsWith(name)),
    );
    expect(tried.length).toBeLessThanOrEqual(7);

    expect(await wrongAnswers(agent, all.names)).toEqual([]);
    const hot = all.names.slice(10);
    for (let round = 0; round < 4; round += 1) expect(await wrongAnswers(agent, hot)).toEqual([]);
    const fetched = hot.map((name) => home.fetches(name));
    for (const name of all.names) expect(await agent.ask(name)).toBe(name);
    expect(hot.map((name) => home.fetches(name))).toEqual(fetched);
    await agent.until('what had to go is gone', () => bytesOn(home) <= 4 * bytes);
    const { disk } = await agent.status();
    expect(disk?.usedBytes).toBeLessThanOrEqual(disk?.budgetBytes ?? 0);
    expect(home.runtime.loadedNames.length).toBeLessThanOrEqual(4);
  });

  it('keeps to it when it starts again, with less room, and pulls nothing again that it keeps', async () => {
    const home = await ModelHome.open();
    const all = crowd(home, 8, bytes);
    const first = await home.start(roomFor(4));
    await first.untilReady();
    const before = modelsOn(all);
    await first.end();
    const fetched = before.map((name) => home.fetches(name));

    const second = await home.start(roomFor(2));
    await second.untilReady();
    await second.until('two are left', () => modelsOn(all).length === 2);
    expect(before).toEqual(expect.arrayContaining(modelsOn(all)));
    expect(before.map((name) => home.fetches(name))).toEqual(fetched);
    expect((await second.status()).disk?.usedBytes).toBeLessThanOrEqual(2.4 * bytes);
    expect(await wrongAnswers(second, all.names)).toEqual([]);
  });

  it('never deletes a model in use', async () => {
    const home = await ModelHome.open();
    const all = crowd(home, 4, bytes);
    const agent = await home.start(roomFor(2));
    await agent.untilReady();
    const used = modelsOn(all);
    const ends: string[] = [];
    const note = (answer: string | number): void => void ends.push(`${answer}`);
    const slow = (await putToWork({ home, agent, names: used, inferMs: 500 })).map((answer) => answer.then(note));
    const other = all.names.find((name) => !used.includes(name)) as string;
    const woken = agent.ask(other).then(note);
    await Promise.all([...slow, woken]);
    expect([...ends].sort()).toEqual([...used, other].sort());
    expect(ends[0]).not.toBe(other);
  });

  it('has room again when models leave models.json, or when a pull that failed is no longer wanted', async () => {
    const home = await ModelHome.open();
    const { names } = crowd(home, 4, bytes);
    home.storeFault = ({ key }, answer) => (key === 'm0/1/part-0.bin' ? { ...answer, status: 403 } : answer);
    const agent = await home.start(roomFor(2));
    await agent.until('it has failed', async () => (await agent.model('m0'))?.state === 'failed');
    await agent.until('the others are served', async () => (await namesIn(agent, 'ready')).length >= 1);
    home.want({ m3: 'm3', m2: 'm2' });
    await agent.until('what has left is gone', () =>
      names.slice(0, 2).every((name) => home.versions(name).length === 0),
    );
    for (const name of ['m2', 'm3']) await agent.untilServed(name, name);
    expect(bytesOn(home)).toBe(2 * bytes);
    await agent.until('it is counted so', async () => ((await agent.status()).disk?.usedBytes ?? 0) < 2.4 * bytes);
  });

  it('a model larger than all of it fails with the reason, and the others have their room', async () => {
    const home = await ModelHome.open();
    home.put('large', 'large', 5 * bytes);
    home.put('small', 'small', bytes);
    home.want({ large: 'large', small: 'small' });
    const agent = await home.start([...roomFor(2), '--model-pulls', '1']);
    await agent.untilReady();
    await agent.until('it failed', async () => (await agent.model('large'))?.state === 'failed');
    expect((await agent.model('large'))?.failure).toMatchObject({
      code: 'MODEL_TOO_LARGE',
      reason: expect.stringContaining('--model-disk-budget'),
    });
    await agent.untilServed('small', 'small');
    expect(await agent.ask('large')).toBe(503);
  });
});
