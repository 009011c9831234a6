import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config/read.ts';
import type { PullerConfig } from '../../src/config/slices.ts';

function pullerOf(flags: readonly string[], env: Record<string, string> = {}): PullerConfig {
  return readConfig({ argv: ['--enable-puller', ...flags], env }).puller!;
}

describe('what the puller is told', () => {
  it('it is null unless it is switched on, whatever else is said of it and of stores', () => {
    const env = { AWS_ACCESS_KEY_ID: 'without a secret' };
    const { puller, notices } = readConfig({ argv: ['--model-dir=/m', '--runtime-api=none'], env });
    expect([puller, notices]).toEqual([null, []]);
  });

  it('switched on it is complete, and nothing in it needs an operator', () => {
    const { storage, ...puller } = pullerOf([]);
    expect(puller).toEqual({
      modelsFile: '/mnt/configs/models.json',
      modelDir: '/mnt/models',
      maxPulls: 8,
      maxLoads: 4,
      runtime: {
        kind: 'v2',
        host: '127.0.0.1',
        port: 8080,
        managementPort: 8080,
        configFile: '',
        modelDir: '/mnt/models',
        loadTimeoutMs: 600_000,
        checkMs: 10_000,
      },
      readiness: { attempts: 5, timeoutMs: 1_800_000, onFailure: 'serve' },
      retry: { firstMs: 1_000, maxMs: 60_000 },
      ownModels: true,
      memoryBudgetBytes: null,
      diskBudgetBytes: null,
      waitMs: 30_000,
      maxWaiting: 1_000,
      refreshMs: null,
      patterns: { allow: [], ignore: [] },
      limits: { maxFiles: 100_000, maxUnpackedBytes: 2 ** 40 },
    });
    expect(storage.transfer.maxConnections).toBe(64);
  });

  it('each flag has its place', () => {
    const flags =
      '--model-pulls=2 --model-loads=3 --model-load-timeout=1m --runtime-check-interval=4s --own-models=false';
    const budgets = '--model-memory-budget=8Gi --model-disk-budget=1Ti --model-wait=5s --model-waiting=6';
    const readiness = '--model-ready-attempts=7 --model-ready-timeout=0 --on-model-failure=unready';
    expect(pullerOf(`${flags} ${budgets} ${readiness} --model-refresh-interval=8s`.split(' '))).toMatchObject({
      maxPulls: 2,
      maxLoads: 3,
      runtime: { loadTimeoutMs: 60_000, checkMs: 4_000 },
      ownModels: false,
      memoryBudgetBytes: 2 ** 33,
      diskBudgetBytes: 2 ** 40,
      waitMs: 5_000,
      maxWaiting: 6,
      readiness: { attempts: 7, timeoutMs: null, onFailure: 'unready' },
      refreshMs: 8_000,
    });
  });

  it.each([
    ['v2', 8000, ''],
    ['torchserve', 8081, ''],
    ['tfserving', 8000, '/m/models.config'],
    ['ovms', 8000, '/m/config.json'],
  ])('a runtime of %s is told at port %i and by the file "%s"', (api, managementPort, configFile) => {
    const flags = [`--runtime-api=${api}`, '--component-port=8000', '--model-dir=/m'];
    expect(pullerOf(flags).runtime).toMatchObject({ port: 8000, managementPort, configFile, modelDir: '/m' });
  });

  it('where the runtime is told, and which folder it sees, may be said', () => {
    const flags = [
      '--runtime-api=ovms',
      '--runtime-management-port=7',
      '--runtime-config-file=/f',
      '--runtime-model-dir=/r',
    ];
    expect(pullerOf(flags).runtime).toMatchObject({ managementPort: 7, configFile: '/f', modelDir: '/r' });
  });

  it('relative folders are those of the working directory; the runtime sees the same', () => {
    const { modelsFile, modelDir, runtime } = pullerOf(['--config-dir=c', '--model-dir=m/', '--runtime-api=ovms']);
    const here = process.cwd();
    expect([modelsFile, modelDir]).toEqual([`${here}/c/models.json`, `${here}/m`]);
    expect(runtime).toMatchObject({ modelDir: `${here}/m`, configFile: `${here}/m/config.json` });
  });

  it('stores are those of the environment, under the same flags as outrigger pull', () => {
    const env = { STORAGE_ALLOW_PATTERNS: '["*.bin"]', AWS_DEFAULT_REGION: 'eu-west-1' };
    const flags = ['--store-connections=3', '--allow-addresses=10.0.0.0/8', '--store-ca-file=/ca.pem', '--max-files=9'];
    const { storage, patterns, limits } = pullerOf([...flags, '--store-tls-skip-verify'], env);
    expect(storage.transfer).toMatchObject({ minConnections: 3, maxConnections: 3 });
    expect(storage.tls).toEqual({ caFiles: ['/ca.pem'], verify: false });
    expect([storage.allowAddresses, storage.s3.region]).toEqual([['10.0.0.0/8'], 'eu-west-1']);
    expect([patterns.allow, limits.maxFiles]).toEqual([['*.bin'], 9]);
  });

  it('what is wrong with the variables of a store is told, and keeps nobody from starting: no model may need that store', () => {
    const env = { AWS_ACCESS_KEY_ID: 'x' };
    const { notices } = readConfig({ argv: ['--enable-puller'], env });
    expect(notices).toContainEqual(expect.stringMatching(/^AWS_SECRET_ACCESS_KEY: /));
  });
});
