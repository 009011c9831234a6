// Clients beside a puller: what they may not do to its models, how their requests are kept apart, and what operators see of all that.
import { describe, expect, it } from 'vitest';
import { type ModelAgent, ModelHome } from '../support/puller/model-home.ts';

async function homeWithModel(): Promise<ModelHome> {
  const home = await ModelHome.open();
  for (const key of ['a', 'b']) home.put(key, key);
  home.want({ m: 'a' });
  return home;
}

async function post(agent: ModelAgent, path: string, body = '{}'): Promise<number> {
  const response = await fetch(`${agent.url}${path}`, { method: 'POST', body });
  await response.body?.cancel();
  return response.status;
}

describe('a client', () => {
  it('may not load or unload what the agent keeps, but ask what there is', async () => {
    const home = await homeWithModel();
    const agent = await home.start();
    await agent.untilReady();
    for (const order of ['load', 'unload']) {
      expect(await post(agent, `/v2/repository/models/m/${order}`)).toBe(403);
      expect(await post(agent, `/v2/repository/models/other/${order}`)).toBe(403);
    }
    expect(await post(agent, '/v2/repository/index')).toBe(200);
    expect(home.runtime.orders).toEqual(['load m']);
    expect(await agent.ask('m')).toBe('a');
  });

  it('may with --own-models=false; a family of --deny-apis is closed with its questions', async () => {
    const home = await homeWithModel();
    const open = await home.start(['--own-models=false']);
    await open.untilReady();
    expect(await post(open, '/v2/repository/models/m/unload')).toBe(200);
    expect(home.runtime.orders).toContain('unload m');
    await open.end();
    const closed = await home.start(['--own-models=false', '--deny-apis=repository']);
    await closed.untilReady();
    expect(await post(closed, '/v2/repository/index')).toBe(403);
    expect(await post(closed, '/v2/repository/models/m/unload')).toBe(403);
  });
});

describe('requests', () => {
  it('are merged, but not over a change of their model', async () => {
    const home = await homeWithModel();
    const batching = ['--enable-batcher', '--batch-policy=window', '--max-batchsize=2', '--max-latency=60000'];
    const agent = await home.start([...batching, '--batcher-rerun=false']);
    await agent.untilReady();
    const predict = (): Promise<number> => post(agent, '/v1/models/m:predict', '{"instances": [[1]]}');
    const predictions = (): number => home.runtime.calls.filter((call) => call.endsWith(':predict')).length;
    await Promise.all([predict(), predict()]);
    expect(predictions()).toBe(1); // the stub has no V1: a refusal is an answer, too

    home.runtime.fail(/^load m$/, 'hang');
    const early = predict();
    await agent.until('it waits for another', async () => /waiting_rows 1\n/.test(await agent.page('/metrics')));
    home.want({ m: 'b' });
    await early; // did not wait for requests after the change
    expect((await agent.model('m'))?.state).toBe('loading');
    await predict();
    expect(predictions()).toBe(3);
    await home.runtime.restart();
    await agent.untilServed('m', 'b');
    await Promise.all([predict(), predict()]);
    expect(predictions()).toBe(4);
  });
});

describe('an operator', () => {
  it('reads in /models, /status and the metrics what has become of each model', async () => {
    const home = await homeWithModel();
    home.want({ m: 'a', bad: 'nowhere' });
    const agent = await home.start();
    await agent.untilReady();
    await agent.until('one is ready, one failed', async () => {
      const { ready, failed } = (await agent.status()).counts; // the failed one is tried again now and then
      return ready === 1 && failed === 1;
    });
    const { settled, runtime, file, list } = await agent.status();
    expect({ settled, runtime }).toEqual({ settled: true, runtime: { up: true, restarts: 0 } });
    expect(file).toMatchObject({ path: home.modelsFile, problem: null });
    expect(list.find(({ name }) => name === 'm')).toMatchObject({
      ...{ state: 'ready', serving: true, uri: 's3://models/a', download: null, failure: null, memoryBytes: 1e6 },
      version: home.versions('m')[0],
    });
    expect(JSON.parse(await agent.page('/status'))).toMatchObject({ models: { counts: { ready: 1 }, settled: true } });

    expect(await agent.ask('bad')).toBe(503);
    home.want({ m: 'b' });
    await agent.untilServed('m', 'b');
    home.want({});
    await agent.until('all is gone', async () => (await agent.status()).list.length === 0);
    const metrics = await agent.page('/metrics');
    for (const line of [
      'outrigger_models{state="ready"} 0',
      'outrigger_model_pulls_total{result="ok"} 2',
      'outrigger_model_loads_total{result="ok"} 2',
      'outrigger_model_unloads_total{result="ok"} 1',
      'outrigger_model_requests_total{outcome="not_ready"} 1',
      'outrigger_models_file_reads_total{result="ok"} 3',
      'outrigger_models_settled 1',
      'outrigger_runtime_up 1',
      'outrigger_model_disk_bytes 0',
    ])
      expect(metrics).toContain(`${line}\n`);
    expect(metrics).toMatch(/outrigger_model_pulls_total\{result="failed"\} [1-9]/);
  });

  it('finds no secret of a URI anywhere', async () => {
    const home = await homeWithModel();
    const uri = `http://127.0.0.1:${home.store.port}/m.zip?sig=hidden-secret`;
    home.write(JSON.stringify([{ modelName: 'm', modelSpec: { storageUri: uri, framework: 'text' } }]));
    const agent = await home.start();
    await agent.until('it failed', async () => (await agent.model('m'))?.failure !== undefined);
    await agent.until('it failed', async () => (await agent.model('m'))?.failure !== null);
    const refused = await (await agent.infer('m')).text();
    const pages = await Promise.all(['/models', '/status', '/metrics', '/readyz'].map((path) => agent.page(path)));
    const logged = agent.logged.map(({ fields, message }) => `${message} ${Object.values(fields).map(String).join()}`);
    expect([refused, ...pages, ...logged].filter((text) => text.includes('hidden-secret'))).toEqual([]);
  });
});
