// Models that fail, through the whole agent: what readiness makes of it, what clients hear, and that the end is never final.
import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ModelHome } from '../support/puller/model-home.ts';
import { errorAnswer } from '../support/stores/s3-answers.ts';
import type { Alter } from '../support/stores/s3-server.ts';

const denied = (prefix: string): Alter => {
  return (request, answer) =>
    (request.query.get('prefix') ?? request.key).startsWith(prefix) ? errorAnswer(403, 'AccessDenied') : answer;
};

const refusal = { status: 400, body: '{"error":"no GPU for it"}' };

/** Named as what is wrong with them: nothing but a person can help. */
const specs = {
  denied: { storageUri: 's3://models/denied', reason: /403|denied/i },
  missing: { storageUri: 's3://models/nowhere', reason: /models\/nowhere/ },
  archive: { storageUri: 's3://models/archive/model.zip', reason: /zip|archive/i },
  scheme: { storageUri: 'gopher://models/fine', reason: /gopher/ },
  spec: { storageUri: 's3://models/fine', memory: 'lots', reason: /memory/ },
  fine: { storageUri: 's3://models/fine', reason: /never/ },
};
type Name = keyof typeof specs;
const allNames = Object.keys(specs) as Name[];
const badNames = allNames.filter((name) => name !== 'fine');

async function homeWith(names: readonly Name[]): Promise<ModelHome> {
  const home = await ModelHome.open();
  for (const key of ['fine', 'denied']) home.put(key, key);
  home.store.put('models', 'archive/model.zip', 'no archive at all');
  home.storeFault = denied('denied');
  const entries = names.map((modelName) => {
    const { reason: _, ...spec } = specs[modelName];
    return { modelName, modelSpec: { framework: 'text', memory: '1M', ...spec } };
  });
  home.write(JSON.stringify(entries));
  return home;
}

describe('models that cannot be had as they are wanted', () => {
  it('let the pod be ready with the others, say why, and come when a person has mended them', async () => {
    const home = await homeWith(allNames);
    const agent = await home.start();
    await agent.untilReady();
    expect(await agent.ask('fine')).toBe('fine');
    expect(await agent.ask('nobody')).toBe(404);
    for (const name of badNames) {
      const refused = await agent.infer(name);
      expect([name, refused.status]).toEqual([name, 503]);
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(await refused.text()).toMatch(specs[name].reason);
      const { failure, ...report } = (await agent.model(name))!;
      expect(report).toMatchObject({ serving: false, version: null });
      expect(failure?.reason).toMatch(specs[name].reason);
      expect(failure?.attempts).toBeGreaterThan(0);
    }

    // The store alone is mended: nobody touches models.json.
    home.storeFault = null;
    home.put('nowhere', 'missing');
    await agent.untilServed('denied', 'denied');
    await agent.untilServed('missing', 'missing');
    home.want({ fine: 'fine', denied: 'denied', missing: 'nowhere', archive: 'fine', scheme: 'fine', spec: 'fine' });
    for (const name of ['archive', 'scheme', 'spec']) await agent.untilServed(name, 'fine');
    expect((await agent.status()).list.filter(({ failure }) => failure !== null)).toEqual([]);
  });

  it('keep the pod out of traffic with --on-model-failure unready, until they come', async () => {
    const home = await homeWith(['denied', 'fine']);
    const agent = await home.start(['--on-model-failure=unready']);
    await agent.untilServed('fine', 'fine');
    await agent.until('it failed', async () => (await agent.model('denied'))?.failure !== null);
    const { status, reasons } = await agent.ready();
    expect(status).toBe(503);
    expect(reasons.join()).toMatch(/model denied .*(403|denied)/i);
    home.storeFault = null;
    await agent.untilReady();
    expect(await agent.ask('denied')).toBe('denied');
  });

  it.each(['missing', 'scheme'] as const)('make the agent give up with --on-model-failure exit: %s', async (name) => {
    const home = await homeWith([name, 'fine']);
    const agent = await home.start(['--on-model-failure=exit']);
    const { code, message } = await agent.gaveUp;
    expect(code).toBe('MODEL_NOT_READY');
    expect(message).toMatch(specs[name].reason);
    expect(message).toMatch(`model ${name} has failed: `);
    expect(message).not.toMatch('model fine');
  });

  it('do not end an agent that was ready once', async () => {
    const home = await homeWith(['fine']);
    const agent = await home.start(['--on-model-failure=exit']);
    await agent.untilReady();
    home.want({ fine: 'fine', late: 'nowhere' });
    await agent.until('it failed', async () => (await agent.model('late'))?.state === 'failed');
    expect(await Promise.race([agent.gaveUp, 'serving'])).toBe('serving');
    expect((await agent.ready()).status).toBe(200);
  });
});

describe('a model whose load fails', () => {
  async function homeWithRefusal(): Promise<ModelHome> {
    const home = await ModelHome.open();
    home.put('a', 'a');
    home.want({ m: 'a' });
    home.runtime.fail(/^load m$/, refusal, Number.POSITIVE_INFINITY);
    return home;
  }

  it('holds up readiness for --model-ready-attempts, then is tried on until it works', async () => {
    const home = await homeWithRefusal();
    const agent = await home.start(['--model-ready-attempts=3']);
    await agent.until('unready for its sake', async () =>
      (await agent.ready()).reasons.join().includes('no GPU for it'),
    );
    await agent.untilReady();
    expect((await agent.model('m'))?.failure?.attempts).toBeGreaterThanOrEqual(3);
    expect(await agent.ask('m')).toBe(503);
    // MLServer ends itself at its start over one model of its folder that fails.
    await agent.until('no link is left for a runtime that starts', () => !readdirSync(home.modelDir).includes('m'));
    const orders = home.runtime.orders.length;
    await agent.until('it is tried on', () => home.runtime.orders.length > orders);
    home.runtime.heal();
    await agent.untilServed('m', 'a');
    expect(home.fetches('a')).toBe(3); // once, however often it was tried
  });

  it('holds up readiness no longer than --model-ready-timeout', async () => {
    const home = await homeWithRefusal();
    const agent = await home.start(['--model-ready-attempts=1000', '--model-ready-timeout=600ms']);
    await agent.untilReady();
    expect((await agent.model('m'))?.failure?.attempts ?? 0).toBeLessThan(1000);
    expect(await agent.ask('m')).toBe(503);
  });
});
