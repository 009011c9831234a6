// What pulls that did not end leave behind goes, with their model or without it.
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
