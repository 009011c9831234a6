import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { PullerConfig } from '../../src/config/slices.ts';
import { modelChecks } from '../../src/doctor/models.ts';
import { runChecks } from '../../src/doctor/run-checks.ts';
import { examined, linesOf } from '../support/doctor/examined.ts';
import { freePort } from '../support/free-ports.ts';
import { S3Server, testAccount } from '../support/stores/s3-server.ts';
import { testConfig } from '../support/test-agent.ts';

interface Bench {
  readonly configDir: string;
  readonly modelDir: string;
  lines(env?: Readonly<Record<string, string>>, flags?: readonly string[]): Promise<readonly string[]>;
}

/** `modelsJson` null: there is no such file. */
function bench(modelsJson: string | null): Bench {
  const folder = mkdtempSync(join(tmpdir(), 'doctor-models-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const [configDir, modelDir] = [join(folder, 'config'), join(folder, 'models')];
  mkdirSync(configDir);
  mkdirSync(modelDir);
  if (modelsJson !== null) writeFileSync(join(configDir, 'models.json'), modelsJson);
  const dirs = ['--enable-puller', '--config-dir', configDir, '--model-dir', modelDir];
  const lines: Bench['lines'] = (env = {}, flags = []) =>
    linesOf(examined({ componentPort: 1, flags: [...dirs, ...flags], env }, 'Models'));
  return { configDir, modelDir, lines };
}

const entry = (modelName: string, storageUri: string) => ({ modelName, modelSpec: { storageUri } });
const modelsOf = (...uris: readonly string[]) => JSON.stringify(uris.map((uri, index) => entry(`m${index}`, uri)));

function envOf(store: S3Server, secret = testAccount.secretAccessKey) {
  return {
    AWS_ENDPOINT_URL: store.url,
    AWS_ACCESS_KEY_ID: testAccount.accessKeyId,
    AWS_SECRET_ACCESS_KEY: secret,
    AWS_REGION: 'us-east-1',
  };
}

describe('models.json', () => {
  it('that is not there is a problem, and one that wants nothing is none', async () => {
    expect((await bench(null).lines())[0]).toMatch(/^problem .*models\.json is not there; .*--config-dir/);
    expect((await bench('[]').lines())[0]).toMatch(/^note .*wants no model/);
  });

  it('that is no JSON is told by line and column', async () => {
    expect((await bench('[\n  {"modelName" "m"}\n]').lines())[0]).toMatch(/^problem .*line 2, column 16: expected ":"/);
  });

  it('has each bad entry told by its place and name, without the secrets of its URI', async () => {
    const bad = [entry('a/b', 's3://b/m'), entry('fine', '/'), entry('z', 'https://user:pw@host')];
    const lines = await bench(JSON.stringify(bad)).lines();
    const problems = lines.filter((line) => line.startsWith('problem'));
    expect(problems[0]).toContain('models[0] "a/b": modelName');
    expect(problems[1]).toContain('models[1] "fine": modelSpec.storageUri');
    expect(lines.join()).not.toContain('pw');
  });
});

describe('the store of a model', () => {
  it('is asked for one key of each bucket, and for no byte', async () => {
    await using store = await S3Server.start();
    for (const key of ['a/x', 'b/x']) store.put('models', key, 'x');
    store.put('more', 'c/x', 'x');
    const lines = await bench(modelsOf('s3://models/a', 's3://models/b', 's3://more/c')).lines(envOf(store));
    expect(lines.filter((line) => line.includes('can be listed'))).toEqual([
      'ok model "m0": its store can be listed',
      'ok model "m2": its store can be listed',
    ]);
    expect(store.asked().filter((request) => /^GET .+/.test(request))).toEqual([]);
  });

  it.each([
    ['a wrong key', 's3://models/a', 'wrong', /^problem model "m0": .*AWS_SECRET_ACCESS_KEY/],
    ['a bucket that is not there', 's3://none/a', undefined, /^problem model "m0": .*no such bucket/],
    ['a path that is not there', 's3://models/a-2', undefined, /^problem model "m0": nothing is stored at s3:/],
  ])('with %s is a problem with its remedy', async (_, uri, secret, said) => {
    await using store = await S3Server.start();
    store.put('models', 'a/x', 'x');
    const lines = await bench(modelsOf(uri)).lines(envOf(store, secret));
    expect(lines.filter((line) => line.startsWith('problem'))).toEqual([expect.stringMatching(said)]);
  });

  it('that cannot be reached says why', async () => {
    const port = await freePort();
    const env = { AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`, AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' };
    const lines = await bench(modelsOf('s3://models/a')).lines(env);
    expect(lines.find((line) => line.startsWith('problem'))).toMatch(/ECONNREFUSED|refused/);
  });

  it('that takes connections and never answers hides nothing of the others', async () => {
    const silent = createServer(() => undefined).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    onTestFinished(() => void silent.close());
    const { configDir, modelDir } = bench(modelsOf('s3://models/a', '/not/there'));
    const env = {
      AWS_ENDPOINT_URL: `http://127.0.0.1:${(silent.address() as AddressInfo).port}`,
      AWS_ACCESS_KEY_ID: 'a',
      AWS_SECRET_ACCESS_KEY: 'b',
    };
    const { puller } = testConfig(1, ['--enable-puller', '--config-dir', configDir, '--model-dir', modelDir], env);
    const [, stores] = await runChecks(modelChecks(puller as PullerConfig, 200), { deadlineMs: 60_000 });
    expect(stores?.findings.map(({ text }) => text)).toEqual([
      expect.stringContaining('model "m0": its store does not answer in time'),
      expect.stringContaining('/not/there'),
    ]);
  });

  it('may be a folder of this machine', async () => {
    const { lines, configDir } = bench(null);
    writeFileSync(join(configDir, 'models.json'), modelsOf(`file://${configDir}`, '/not/there'));
    expect(await lines()).toEqual(
      expect.arrayContaining([
        'ok model "m0": its store can be listed',
        expect.stringMatching(/^problem model "m1": .*\/not\/there/),
      ]),
    );
  });
});
