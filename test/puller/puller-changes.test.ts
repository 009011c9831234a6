// Changes of models.json while clients ask all the time: the last one wins, nobody hears an error, nothing is fetched for nothing.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type ModelAgent, ModelHome } from '../support/puller/model-home.ts';
import { seededRandom } from '../support/random.ts';
import { seed } from '../support/seed.ts';
import { s3Object } from '../support/stores/s3-answers.ts';

const keys = ['a', 'b', 'c'];

async function homeWithKeys(times = {}): Promise<ModelHome> {
  const home = await ModelHome.open(times);
  for (const key of keys) home.put(key, key);
  return home;
}

/** A client that asks one thing after another until `end`; every answer that differs from the one before it. */
function askInALoop(agent: ModelAgent, name: string): { end: () => Promise<(string | number)[]> } {
  const answers: (string | number)[] = [];
  let asks = true;
  const asking = (async () => {
    while (asks) {
      const answer = await agent.ask(name);
      if (answer !== answers.at(-1)) answers.push(answer);
    }
  })();
  return {
    end: async () => {
      asks = false;
      await asking;
      return answers;
    },
  };
}

async function stateInRuntime(home: ModelHome, name: string): Promise<string> {
  const index = await fetch(`http://127.0.0.1:${home.runtime.port}/v2/repository/index`, {
    method: 'POST',
    body: '{}',
  });
  const models = (await index.json()) as { readonly name: string; readonly state?: string }[];
  return models.find((model) => model.name === name)?.state ?? '';
}

describe('models.json', () => {
  it('changed and changed back within milliseconds ends as it began, and nothing is fetched twice', async () => {
    const home = await homeWithKeys();
    home.want({ m: 'a' });
    const agent = await home.start();
    await agent.untilReady();
    const client = askInALoop(agent, 'm');
    home.want({ m: 'b' });
    await agent.until('the change is seen', async () => (await agent.model('m'))?.uri.endsWith('/b') === true);
    home.want({ m: 'a' });
    await agent.until('the end', async () => {
      const { uri, state } = (await agent.model('m'))!;
      return uri.endsWith('/a') && state === 'ready';
    });
    home.want({ m: 'b' });
    home.want({ m: 'a', n: 'c' });
    await agent.untilServed('n', 'c');
    const answers = await client.end();
    expect(answers.filter((answer) => answer !== 'a' && answer !== 'b')).toEqual([]);
    expect(await agent.ask('m')).toBe('a');
    expect(home.fetches('a')).toBe(3);
    expect(home.fetches('b')).toBeLessThanOrEqual(3);
  });

  it('changed fifty times in a row ends at the last, without a failed request or a file of another model', async () => {
    const random = seededRandom(seed);
    const home = await homeWithKeys();
    home.want({ m: 'a' });
    const agent = await home.start();
    await agent.untilReady();
    const client = askInALoop(agent, 'm');
    const others = ['n', 'o'];
    let last: Record<string, string> = {};
    for (let change = 0; change < 50; change += 1) {
      const some = others.filter(() => random() < 0.5);
      last = Object.fromEntries(
        ['m', ...some].map((name) => [name, keys[Math.floor(random() * keys.length)] as string]),
      );
      home.want(last);
      await new Promise((resolve) => setTimeout(resolve, random() * 20));
    }
    home.want({ ...last, end: 'c' });
    await agent.untilServed('end', 'c');
    for (const name of ['m', ...others]) await agent.untilServed(name, last[name] ?? 404);
    expect((await client.end()).filter((answer) => typeof answer === 'number')).toEqual([]);
    await agent.until('the rest is gone', () =>
      others.every((name) => name in last || home.versions(name).length === 0),
    );
    expect((await agent.status()).list.map(({ name }) => name).sort()).toEqual(['end', ...Object.keys(last)].sort());
  });

  it('broken as a whole, or gone, changes nothing and is told', async () => {
    const home = await homeWithKeys();
    home.want({ m: 'a' });
    const agent = await home.start();
    await agent.untilReady();
    home.write('[{"modelName": "m", ');
    await agent.until('it is told', async () => (await agent.status()).file.problem !== null);
    expect((await agent.status()).file.problem).toMatch(/JSON/);
    expect(await agent.ask('m')).toBe('a');
    expect((await agent.ready()).status).toBe(200);
    home.want({ m: 'b' });
    await agent.untilServed('m', 'b');
    expect((await agent.status()).file.problem).toBeNull();
  });

  it('with a broken entry keeps that model as it is, and does what the others say', async () => {
    const home = await homeWithKeys();
    home.want({ m: 'a', n: 'b' });
    const agent = await home.start();
    await agent.untilReady();
    home.write(
      JSON.stringify([
        { modelName: 'm', modelSpec: { storageUri: 7 } },
        { modelName: '../up', modelSpec: { storageUri: 's3://models/a' } },
        { modelName: 'o', modelSpec: { storageUri: 's3://models/c' } },
      ]),
    );
    await agent.untilServed('o', 'c');
    await agent.untilServed('n', 404);
    expect(await agent.ask('m')).toBe('a');
    const { state, serving, failure } = (await agent.model('m'))!;
    expect([state, serving]).toEqual(['failed', true]);
    expect(failure?.reason).toMatch(/storageUri/);
    expect((await agent.status()).file.problem).toMatch(/folder name/);
    expect(existsSync(join(home.modelDir, '..', 'up'))).toBe(false);
  });
});

describe('a new version that the runtime refuses', () => {
  const refusal = { status: 400, body: '{"error":"no GPU for it"}' };

  it('leaves the one before in service, linked again, and comes when it is taken', async () => {
    const home = await homeWithKeys();
    home.want({ m: 'a' });
    const agent = await home.start();
    await agent.untilReady();
    const client = askInALoop(agent, 'm');
    const { version } = (await agent.model('m'))!;
    home.runtime.fail(/^load m$/, refusal, 3);
    home.want({ m: 'b' });
    await agent.until(
      'it is refused',
      async () => (await agent.model('m'))?.failure?.reason.includes('no GPU') === true,
    );
    expect((await agent.model('m'))?.version).toBe(version);
    expect((await agent.ready()).status).toBe(200);
    await agent.untilServed('m', 'b');
    expect(await client.end()).toEqual(['a', 'b']);
    expect(home.fetches('b')).toBe(3);
    expect((await agent.model('m'))?.failure).toBeNull();
  });

  it('and that it drops the one before for is followed by the one before', async () => {
    const home = await homeWithKeys();
    home.want({ m: 'a' });
    const agent = await home.start(['--model-load-timeout=300ms']);
    await agent.untilReady();
    home.store.put('models', 'b/parts.txt', 'not whole  1/part-0.bin');
    home.runtime.fail(/^load m$/, 'hang', 1);
    home.want({ m: 'b' });
    await agent.until('the order is given', () => home.runtime.orders.length === 2);
    await fetch(`http://127.0.0.1:${home.runtime.port}/v2/repository/models/m/unload`, { method: 'POST' });
    await agent.until('it failed', async () => (await agent.model('m'))?.failure !== null);
    await agent.untilServed('m', 'a');
    expect((await agent.model('m'))?.failure?.attempts).toBeGreaterThan(0);
  });

  it('by never answering is given up after --model-load-timeout', async () => {
    const home = await homeWithKeys();
    home.want({ m: 'a' });
    const agent = await home.start(['--model-load-timeout=200ms']);
    await agent.untilReady();
    const client = askInALoop(agent, 'm');
    home.runtime.fail(/^load m$/, 'hang', 1);
    home.want({ m: 'b' });
    await agent.until('it is too late', async () => (await agent.model('m'))?.failure?.code === 'UPSTREAM_TIMEOUT');
    await agent.untilServed('m', 'b');
    expect(await client.end()).toEqual(['a', 'b']);
  });
});

describe('a model that leaves models.json', () => {
  it('is unloaded first: its files stay until the runtime has let go of them', async () => {
    const home = await homeWithKeys();
    home.want({ m: 'a', n: 'b' });
    const agent = await home.start();
    await agent.untilReady();
    home.runtime.fail(/^unload m$/, { status: 500, body: '{"error":"not now"}' }, 2);
    home.runtime.times.unloadMs = 100;
    home.want({ n: 'b' });
    const file = join(home.modelDir, 'm', 'value.txt');
    let pulledAway = false;
    await agent.until('it is unloaded', async () => {
      const isThere = existsSync(file);
      const isHeld = /^(READY|UNLOADING)$/.test(await stateInRuntime(home, 'm'));
      pulledAway ||= isHeld && !isThere;
      return !isHeld;
    });
    expect(pulledAway).toBe(false);
    await agent.until('its files are gone', () => home.versions('m').length === 0 && !existsSync(file));
    expect(await agent.ask('m')).toBe(404);
    expect(await agent.ask('n')).toBe('b');
  });

  it('while it is pulled takes its half files along', async () => {
    const home = await homeWithKeys();
    home.put('large', 'large');
    home.store.put('models', 'large/1/more.bin', s3Object(Buffer.alloc(300_000)));
    home.want({ m: 'a' });
    const agent = await home.start();
    await agent.untilReady();
    home.storeFault = (request, answer) => (request.key === 'large/1/more.bin' ? null : answer);
    home.want({ m: 'a', l: 'large' });
    await agent.until('it is under way', () => home.store.asked().includes('GET large/1/more.bin'));
    home.want({ m: 'a' });
    await agent.until('it is forgotten', async () => (await agent.model('l')) === undefined);
    expect(home.versions('l')).toEqual([]);
    expect(home.runtime.orders).not.toContain('load l');
  });

  it('while it is loaded is unloaded after it, and comes back when it is wanted again meanwhile', async () => {
    const home = await homeWithKeys({ loadMs: 150, unloadMs: 150 });
    home.want({ n: 'b' });
    const agent = await home.start();
    await agent.untilReady();
    home.want({ m: 'a', n: 'b' });
    await agent.until('it is being loaded', () => home.runtime.orders.includes('load m'));
    home.want({ n: 'b' });
    await agent.until('it is being unloaded', () => home.runtime.orders.includes('unload m'));
    home.want({ m: 'a', n: 'b' });
    await agent.untilServed('m', 'a');
    expect(home.runtime.loadedNames).toEqual(['m', 'n']);
    expect(home.fetches('a')).toBeLessThanOrEqual(6);
  });
});
