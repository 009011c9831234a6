// Requests that wait for a model under --model-memory-budget and do not get it: told in time, in words, with the time to ask again.
import { describe, expect, it } from 'vitest';
import { crowd, namesIn, putToWork, roomFor } from '../support/puller/crowd.ts';
import { ModelHome } from '../support/puller/model-home.ts';

async function full(flags: readonly string[] = []) {
  const home = await ModelHome.open();
  crowd(home, 5);
  const agent = await home.start([...roomFor(3), ...flags]);
  await agent.untilReady();
  const asleep = (await namesIn(agent, 'idle'))[0] as string;
  const order = new RegExp(`^load ${asleep}$`);
  /** Loads do not end before `heal`. */
  const hold = () => home.runtime.fail(/^ready /, { status: 503, body: '' }, Number.POSITIVE_INFINITY);
  const orders = () => home.runtime.orders.filter((call) => order.test(call)).length;
  return { home, agent, asleep, order, orders, hold };
}

async function refusal(response: Response): Promise<{ status: number; retryAfter: number; words: string }> {
  return {
    status: response.status,
    retryAfter: Number(response.headers.get('retry-after')),
    words: await response.text(),
  };
}

describe('a request that waits for its model', () => {
  it('waits for --model-wait, for a load or for room, and is told why; what it has woken serves later ones', async () => {
    const { home, agent, asleep, orders, hold } = await full(['--model-wait', '300ms']);
    hold();
    const { status, retryAfter, words } = await refusal(await agent.infer(asleep));
    expect([status, words]).toEqual([503, expect.stringContaining(`model ${asleep} is loading`)]);
    expect(retryAfter).toBeGreaterThanOrEqual(1);
    home.runtime.heal();
    await agent.untilServed(asleep, asleep);
    expect(orders()).toBe(1);
    expect(home.runtime.peakLoaded).toBe(3);

    const other = (await namesIn(agent, 'idle'))[0] as string;
    const used = await namesIn(agent, 'ready');
    const slow = await putToWork({ home, agent, names: used, inferMs: 1_000 });
    expect(await agent.ask(other)).toBe(503);
    expect(await Promise.all(slow)).toEqual(used);
    await agent.untilServed(other, other);
    expect(home.runtime.peakLoaded).toBe(3);
  });

  it('is one of --model-waiting: who comes beyond is refused at once, those before are answered', async () => {
    const { home, agent, asleep, hold } = await full(['--model-waiting', '2']);
    hold();
    const waiting = [agent.ask(asleep), agent.ask(asleep)];
    await agent.until('two wait', async () => (await agent.status()).waiting === 2);
    const { status, retryAfter, words } = await refusal(await agent.infer(asleep));
    expect([status, retryAfter]).toEqual([503, 1]);
    expect(words).toContain('2 requests wait for models');
    home.runtime.heal();
    expect(await Promise.all(waiting)).toEqual([asleep, asleep]);
    expect((await agent.status()).waiting).toBe(0);
  });

  it('leaves nothing behind when its client goes, and is told at once when the load fails, which is tried again later', async () => {
    const { home, agent, asleep, orders, hold } = await full();
    hold();
    const gone = new AbortController();
    const url = `${agent.url}/v2/models/${asleep}/infer`;
    const left = fetch(url, { method: 'POST', body: '{"inputs":[]}', signal: gone.signal });
    const stays = agent.ask(asleep);
    await agent.until('both wait', async () => (await agent.status()).waiting === 2);
    gone.abort();
    await expect(left).rejects.toThrow();
    await agent.until('one waits', async () => (await agent.status()).waiting === 1);
    home.runtime.heal();
    expect(await stays).toBe(asleep);
    expect(orders()).toBe(1);
    expect(home.runtime.calls.filter((call) => call === `infer ${asleep}`).length).toBe(1);
    await agent.until('nobody waits', async () => (await agent.status()).waiting === 0);

    const other = (await namesIn(agent, 'idle'))[0] as string;
    const before = home.runtime.orders.length;
    home.runtime.fail(new RegExp(`^load ${other}$`), { status: 500, body: '{"error":"out of memory"}' }, 1);
    const answers = await Promise.all([1, 2, 3].map(async () => refusal(await agent.infer(other))));
    for (const { status, words } of answers)
      expect([status, words]).toEqual([503, expect.stringContaining('out of memory')]);
    expect((await agent.ready()).status).toBe(200); // it was settled when it was idle
    await agent.untilServed(other, other);
    expect(home.runtime.orders.slice(before).filter((call) => call === `load ${other}`).length).toBe(2);
    expect((await agent.status()).memory?.usedBytes).toBe(3e6);
    expect(home.runtime.peakLoaded).toBe(3);
  });
});
