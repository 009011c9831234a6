// What pulls that did not end leave behind: it goes with its model or without it, unless the next pull can use it.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type ModelAgent, ModelHome } from '../support/puller/model-home.ts';

/** A store that has all of `first` and, of `broken`, not the last file; the agent is between two attempts at `broken`. */
async function startBroken(before: Readonly<Record<string, string>>): Promise<{ home: ModelHome; agent: ModelAgent }> {
  const home = await ModelHome.open();
  home.put('first', 'first');
  home.put('broken', 'second');
  home.storeFault = (request, answer) => {
    const isLast = request.method === 'GET' && request.key === 'broken/1/part-0.bin';
    return isLast ? { ...answer, status: 403, body: Buffer.alloc(0) } : answer;
  };
  home.want(before);
  const agent = await home.start();
  await agent.untilReady();
  home.want({ m: 'broken' });
  await agent.until('it is between two attempts', async () => {
    const nextTryAt = (await agent.model('m'))?.failure?.nextTryAt ?? null;
    return nextTryAt !== null && Date.parse(nextTryAt) > Date.now() + 100;
  });
  return { home, agent };
}

describe('a pull that failed leaves nothing behind', () => {
  it('when its model is removed', async () => {
    const { home, agent } = await startBroken({});
    expect(home.versions('m')).toHaveLength(1);
    home.want({});
    await agent.until('it is forgotten', async () => (await agent.model('m')) === undefined);
    expect(home.versions('m')).toEqual([]);
  });

  it('when the model goes back to what it was', async () => {
    const { home, agent } = await startBroken({ m: 'first' });
    expect(home.versions('m')).toHaveLength(2);
    home.want({ m: 'first' });
    await agent.until('one version is left', () => home.versions('m').length === 1);
    expect(await agent.ask('m')).toBe('first');
  });
});

describe('a pull that was broken off is gone on with, not begun again', () => {
  /** A store that keeps the last file of `long` to itself until `release`; it has 12 others. */
  async function startLong(before: Readonly<Record<string, string>>) {
    const home = await ModelHome.open();
    for (const key of ['first', 'long', 'other']) home.put(key, key);
    for (let nth = 0; nth < 10; nth += 1) home.store.put('models', `long/1/more-${nth}.bin`, Buffer.alloc(1_000, nth));
    home.want(before);
    const agent = await home.start(['--runtime-check-interval=300ms']);
    await agent.untilReady();
    const released = Promise.withResolvers<void>();
    home.storeFault = (request, answer, response) => {
      if (request.method !== 'GET' || !/^(long|other)\/1\/part/.test(request.key)) return answer;
      void released.promise.then(() => {
        response.writeHead(answer.status, { ...answer.headers, 'content-length': String(answer.body.length) });
        response.end(answer.body);
      });
      return null;
    };
    home.want({ m: 'long' });
    await agent.until('all but the last are noted as fetched', () => {
      const journals = home
        .versions('m')
        .map((id) => join(home.modelDir, '.outrigger', 'm', id, '.outrigger', 'journal'));
      return journals
        .filter(existsSync)
        .some((journal) => readFileSync(journal, 'utf8').split('"is":"completed"').length > 12);
    });
    return { home, agent, release: released.resolve };
  }

  it('when the change is taken back within a moment', async () => {
    const { home, agent, release } = await startLong({});
    home.want({ m: 'other' });
    await agent.until('the change is seen', async () => (await agent.model('m'))?.uri.endsWith('/other') === true);
    home.want({ m: 'long' });
    await agent.until(
      'so is that it is taken back',
      async () => (await agent.model('m'))?.uri.endsWith('/long') === true,
    );
    release();
    await agent.untilServed('m', 'long');
    expect(home.fetches('long')).toBeLessThan(13 + 12);
    await agent.until('nothing is left of the other', () => home.versions('m').length === 1);
  });

  it('when the runtime was restarted and is given the files of before meanwhile', async () => {
    const { home, agent, release } = await startLong({ m: 'first' });
    await home.runtime.restart();
    await agent.until('loaded again', () => home.runtime.loadedNames.length === 1);
    release();
    await agent.untilServed('m', 'long');
    expect(home.fetches('long')).toBeLessThan(13 + 12);
  });
});
