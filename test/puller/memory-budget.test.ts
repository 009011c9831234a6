// --model-memory-budget through the whole agent: who is in memory, who waits, and that the runtime never holds more.
import { describe, expect, it } from 'vitest';
import { inferenceClient, startInferenceRuntime } from '../support/grpc/inference-peers.ts';
import { crowd, namesIn, putToWork, roomFor, wrongAnswers } from '../support/puller/crowd.ts';
import { ModelHome } from '../support/puller/model-home.ts';
import { seededRandom } from '../support/random.ts';
import { seed } from '../support/seed.ts';

/** Ten models, room for three, all settled; unloading takes longer than a load, as with Triton. */
async function full(flags: readonly string[] = []) {
  const home = await ModelHome.open({ loadMs: 2, unloadMs: 5 });
  const { names } = crowd(home, 10);
  const agent = await home.start([...roomFor(3), ...flags]);
  await agent.untilReady();
  return { home, names, agent };
}

describe('with more models than memory', () => {
  it('is ready with the first loaded and the others idle, which are ready to who asks and load on request', async () => {
    const grpc = await startInferenceRuntime();
    const { home, names, agent } = await full(['--component-grpc-port', String(grpc.port)]);
    const [loaded, idle] = [await namesIn(agent, 'ready'), await namesIn(agent, 'idle')];
    expect([loaded.length, idle.length]).toEqual([3, 7]);
    expect((await agent.status()).memory).toEqual({ usedBytes: 3e6, budgetBytes: 3e6 });
    const [asleep, other] = idle as [string, string];
    const client = inferenceClient(Number(new URL(agent.url).port));
    expect((await fetch(`${agent.url}/v2/models/${asleep}/ready`)).status).toBe(200);
    expect((await client.ready(asleep)).answer?.ready).toBe(true);
    expect(home.runtime.orders.length).toBe(3);
    expect(await agent.ask(asleep)).toBe(asleep);
    expect(home.runtime.orders.length).toBe(5);
    expect(home.runtime.orders.at(-1)).toBe(`load ${asleep}`);
    expect(home.runtime.loadedNames.length).toBe(3);
    expect((await client.infer({ model_name: other, id: '1' })).answer?.model_name).toBe(other);
    expect(home.runtime.loadedNames).toContain(other); // loaded before the message went on to another port
    expect(grpc.inferred).toEqual([other]);
    for (const name of names) expect(await agent.ask(name)).toBe(name);
    expect((await agent.ready()).status).toBe(200);
    expect(home.runtime.peakLoaded).toBe(3);
  });

  it('loads a model once for a hundred first requests, and answers those to all models in their turn', async () => {
    const { home, names, agent } = await full();
    const asleep = (await namesIn(agent, 'idle'))[3] as string;
    expect(await wrongAnswers(agent, Array(100).fill(asleep))).toEqual([]);
    expect(home.runtime.orders.filter((order) => order === `load ${asleep}`).length).toBe(1);
    const before = home.runtime.orders.length;
    const requests = names.flatMap((name) => Array(10).fill(name) as string[]);
    expect(await wrongAnswers(agent, requests)).toEqual([]);
    expect(home.runtime.orders.length - before).toBeLessThan(50); // and does not thrash: 14 if each is loaded once

    const random = seededRandom(seed);
    const client = async (): Promise<void> => {
      for (let request = 0; request < 20; request += 1) {
        const name = names[Math.floor(random() ** 2 * names.length)] as string;
        expect(await agent.ask(name)).toBe(name);
      }
    };
    await Promise.all(Array.from({ length: 6 }, client));
    expect(home.runtime.peakLoaded).toBe(3);
    await agent.until('nobody waits', async () => (await agent.status()).waiting === 0);
    expect((await agent.status()).memory?.usedBytes).toBe(3e6);
  });

  it('keeps in memory what is asked for again and again during a scan, and what is in use: who comes waits', async () => {
    const { home, names, agent } = await full();
    const hot = names.slice(0, 2);
    for (let round = 0; round < 5; round += 1) for (const name of hot) await agent.ask(name);
    const before = home.runtime.orders.length;
    for (const name of names.slice(2)) expect(await agent.ask(name)).toBe(name);
    const since = home.runtime.orders.slice(before);
    expect(since.filter((order) => hot.some((name) => order.endsWith(` ${name}`)))).toEqual([]);
    expect(home.runtime.loadedNames).toEqual(expect.arrayContaining(hot));

    const used = await namesIn(agent, 'ready');
    const ends: string[] = [];
    const note = (answer: string | number): void => void ends.push(`${answer}`);
    const slow = (await putToWork({ home, agent, names: used, inferMs: 150 })).map((answer) => answer.then(note));
    const asleep = (await namesIn(agent, 'idle'))[0] as string;
    const woken = agent.ask(asleep).then(note);
    await Promise.all([...slow, woken]);
    expect([...ends].sort()).toEqual([...used, asleep].sort());
    expect(ends[0]).not.toBe(asleep);
    expect(home.runtime.peakLoaded).toBe(3);
  });
});

describe('what a model counts', () => {
  it('is the size of its files where models.json does not say; who is larger than all fails for good, with the reason', async () => {
    const home = await ModelHome.open();
    const memories = { large: '4M', a: '0', b: '0', c: '0' };
    const entries = Object.entries(memories).map(([modelName, memory]) => {
      home.put(modelName, modelName, 500_000);
      return { modelName, modelSpec: { storageUri: `s3://models/${modelName}`, framework: 'text', memory } };
    });
    home.write(JSON.stringify(entries));
    const agent = await home.start(['--model-memory-budget', '1100k']);
    await agent.untilReady();
    await agent.until('it failed', async () => (await agent.model('large'))?.state === 'failed');
    const { list, memory } = await agent.status();
    const [large, ...rest] = list;
    for (const { memoryBytes, diskBytes } of rest) expect(memoryBytes).toBe(diskBytes);
    expect(memory?.usedBytes).toBe((rest[0]?.diskBytes ?? 0) * 2);
    expect((await namesIn(agent, 'idle')).length).toBe(1);
    expect(await wrongAnswers(agent, ['a', 'b', 'c'])).toEqual([]);
    expect(home.runtime.peakLoaded).toBe(2);
    expect(large?.failure?.code).toBe('MODEL_TOO_LARGE');
    const refused = await agent.infer('large');
    expect([refused.status, await refused.text()]).toEqual([503, expect.stringContaining('--model-memory-budget')]);
    expect(home.runtime.orders).not.toContain('load large');
  });

  it('may change without a pull: models go until all have room, or come', async () => {
    const home = await ModelHome.open({ unloadMs: 5 });
    for (const name of ['a', 'b', 'c']) home.put(name, name);
    const as = (memory: string) => ({ a: { from: 'a', memory }, b: { from: 'b', memory }, c: { from: 'c', memory } });
    home.want(as('1M'));
    const agent = await home.start(roomFor(3));
    await agent.untilReady();
    expect(home.runtime.loadedNames).toEqual(['a', 'b', 'c']);
    const fetched = home.store.requests.length;
    home.want(as('1500k'));
    await agent.until('it is in force', async () => (await agent.model('c'))?.memoryBytes === 1.5e6);
    await agent.until('no more than the budget is used', async () => home.runtime.loadedNames.length === 2);
    await agent.until('its bytes are free', async () => (await agent.status()).memory?.usedBytes === 3e6);
    expect(await wrongAnswers(agent, ['a', 'b', 'c', 'a'])).toEqual([]);
    expect(home.runtime.loadedNames.length).toBe(2);
    expect(home.store.requests.length).toBe(fetched);
  });
});
