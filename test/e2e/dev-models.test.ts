// Does what `outrigger dev` serves follow its models.json and the stored file, as its greeting says?
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { ModelsReport } from '../../src/model-report.ts';
import { measureAccuracy } from '../dev/held-back.ts';
import { identityModel } from '../dev/onnx-file.ts';
import { freePorts } from '../support/free-ports.ts';
import { RepositoryRuntime } from '../support/runtimes/repository-runtime.ts';
import { builtProgram } from './support/built-program.ts';
import { DevProcess, startDev } from './support/dev-process.ts';
import { toolMissing } from './support/tool-missing.ts';

const deadlineMs = 10_000;
let program: string;

beforeAll(async () => {
  program = await builtProgram();
});

/** @throws when `ask` has not said so within 10 s */
async function until<T>(what: string, ask: () => Promise<T>, isIt: (answer: T) => boolean): Promise<T> {
  const lastMs = performance.now() + deadlineMs;
  for (;;) {
    const answer = await ask();
    if (isIt(answer)) return answer;
    if (performance.now() > lastMs) throw new Error(`not within ${deadlineMs} ms: ${what}; ${JSON.stringify(answer)}`);
    await wait(20);
  }
}

async function post(url: string): Promise<number> {
  const response = await fetch(url, { method: 'POST', body: '{}' });
  await response.arrayBuffer();
  return response.status;
}

describe('outrigger dev --model', () => {
  it('serves the files that were named in the place of digits, with a first request that works', async (context) => {
    const missing = toolMissing('bash', 'curl');
    context.skip(missing !== null, `no ${missing} here`);
    const folder = mkdtempSync(join(tmpdir(), 'outrigger-dev-model-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, 'any name.onnx'), identityModel([{ name: 'a', datatype: 'INT64', shape: [-1, 2] }]));
    const mine = ['--model', `mine=${join(folder, 'any name.onnx')}`, '--model', `whole=${folder}`];
    const dev = startDev({ program, flags: mine });
    const { agentUrl, curl } = await dev.greeted();
    expect(dev.output).toContain('with the models mine, whole,');
    const { stdout } = await promisify(execFile)('bash', ['-c', curl as string]);
    expect(JSON.parse(stdout)).toMatchObject({ model_name: 'mine', outputs: [{ name: 'out_a', data: [0, 0] }] });
    expect((await fetch(`${agentUrl}/v2/models/whole`)).status).toBe(200);
    expect((await fetch(`${agentUrl}/v2/models/digits`)).status).toBe(404);
  });

  it("is pulled into the folder of a runtime of the user's own, which is told to load it", async () => {
    const folder = mkdtempSync(join(tmpdir(), 'outrigger-dev-model-'));
    const modelDir = join(folder, 'repository');
    mkdirSync(join(folder, 'stored'));
    writeFileSync(join(folder, 'stored', 'value.txt'), 'seven');
    const runtime = new RepositoryRuntime({ modelDir });
    await runtime.open();
    onTestFinished(async () => {
      await runtime[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true });
    });
    const flags = ['--upstream', String(runtime.port), '--model-dir', modelDir];
    const dev = startDev({ program, flags: [...flags, '--model', `seven=${join(folder, 'stored')}`] });
    await dev.greeted();
    expect(runtime.loadedNames).toEqual(['seven']);
  });
});

describe('outrigger dev', () => {
  let dev: DevProcess;
  let agentUrl: string;
  let modelsFile: string;
  let storedModel: string;
  let first: { readonly models: string; readonly stored: Buffer };

  beforeAll(async () => {
    const [opsPort = 0] = await freePorts(1);
    dev = new DevProcess({ program, flags: ['--metrics-port', String(opsPort)] });
    ({ agentUrl } = await dev.greeted());
    [modelsFile, storedModel] = dev.output
      .match(/^ {4}\/.*\/(models\.json|model\.onnx)$/gm)!
      .map((path) => path.trim()) as [string, string];
    first = { models: readFileSync(modelsFile, 'utf8'), stored: readFileSync(storedModel) };
  });

  afterEach(async () => {
    writeFileSync(storedModel, first.stored);
    writeFileSync(modelsFile, first.models);
    await until(
      'digits as before',
      () => inputsOf('digits'),
      (inputs) => inputs === 'x',
    );
  });

  afterAll(() => dev?.process[Symbol.asyncDispose]());

  /** Names; the status where it has none. */
  async function inputsOf(model: string): Promise<string> {
    const response = await fetch(`${agentUrl}/v2/models/${model}`);
    const { inputs = [] } = (await response.json()) as { inputs?: { name: string }[] };
    return response.ok ? inputs.map(({ name }) => name).join() : String(response.status);
  }

  async function report(): Promise<ModelsReport> {
    const opsUrl = /metrics and status at (\S+)/.exec(dev.output)?.[1];
    return (await (await fetch(`${opsUrl}/models`)).json()) as ModelsReport;
  }

  it('serves a model more as soon as its models.json names it, and one less when it no longer does', async () => {
    const [digits] = JSON.parse(first.models);
    writeFileSync(modelsFile, JSON.stringify([digits, { ...digits, modelName: 'twin' }]));
    await until(
      'a twin',
      () => inputsOf('twin'),
      (inputs) => inputs === 'x',
    );
    expect(await measureAccuracy(agentUrl)).toBeGreaterThanOrEqual(0.95);
    writeFileSync(modelsFile, first.models);
    await until(
      'no twin',
      () => inputsOf('twin'),
      (inputs) => inputs === '404',
    );
  });

  it('serves what is stored anew, and what was stored before when that is no model', async () => {
    writeFileSync(storedModel, identityModel([{ name: 'a', datatype: 'FP32', shape: [-1, 2] }]));
    await until(
      'another model',
      () => inputsOf('digits'),
      (inputs) => inputs === 'a',
    );
    writeFileSync(storedModel, 'no model');
    const { list } = await until('its failure', report, ({ counts }) => counts.failed === 1);
    expect(list).toMatchObject([{ name: 'digits', serving: true, failure: { code: 'MODEL_LOAD_FAILED' } }]);
    expect(await inputsOf('digits')).toBe('a');
  });

  it('keeps what it serves while its models.json is broken, and says what is wrong with it', async () => {
    writeFileSync(modelsFile, '[{');
    const { file } = await until('the problem', report, ({ file: { problem } }) => problem !== null);
    expect(file.path).toBe(modelsFile);
    expect(await measureAccuracy(agentUrl)).toBeGreaterThanOrEqual(0.95);
  });

  it('has its models loaded and unloaded by nobody else', async () => {
    for (const order of ['unload', 'load']) {
      expect(await post(`${agentUrl}/v2/repository/models/digits/${order}`)).toBe(403);
    }
    expect(await inputsOf('digits')).toBe('x');
  });
});

it('outrigger dev without a puller serves its model as well, and lets clients unload and load it', async () => {
  const dev = startDev({ program, flags: ['--enable-puller=false'] });
  const { agentUrl } = await dev.greeted();
  expect(dev.output).not.toContain('models.json');
  expect(await measureAccuracy(agentUrl)).toBeGreaterThanOrEqual(0.95);
  const ready = async () => (await fetch(`${agentUrl}/v2/models/digits/ready`)).status;
  expect(await post(`${agentUrl}/v2/repository/models/digits/unload`)).toBe(200);
  expect(await ready()).not.toBe(200);
  expect(await post(`${agentUrl}/v2/repository/models/digits/load`)).toBe(200);
  expect(await ready()).toBe(200);
});

it('outrigger dev leaves nothing of its folders behind', async () => {
  const dev = startDev({ program });
  await dev.greeted();
  const [path] = dev.output.match(/\/.*\/models\.json$/m)!;
  const folder = dirname(dirname(path));
  expect(existsSync(folder)).toBe(true);
  dev.process.signal('SIGINT');
  expect(await dev.process.end()).toEqual({ exitCode: 0, signal: null });
  expect(existsSync(folder)).toBe(false);
});
