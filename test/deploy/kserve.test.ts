// Does the image come into KServe's ConfigMap and out again with nothing else changed, and do the examples say what they promise?
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readModelsFile } from '../../src/puller/models-file/read-models-file.ts';
import { readModelUri } from '../../src/storage/uri/read-model-uri.ts';
import { toolMissing } from '../e2e/support/tool-missing.ts';
import { readYaml } from './deployment.ts';
import { kustomize } from './kustomize.ts';
import { readManifests, root } from './manifests.ts';

const image = 'registry.example.com/outrigger:0.1.0';
const agentKeys = ['agent', 'logger', 'batcher'];

/** As a cluster has it: values of three hands, one with another `image` in front of its own. */
const configMap = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'inferenceservice-config', namespace: 'kserve', resourceVersion: '41' },
  data: {
    _example: 'agent: |-\n  { # not JSON\n    "image" : "example" }',
    agent: '{\n    "image" : "kserve/agent:v0.16.0",\n    "memoryRequest": "100Mi",\n    "cpuLimit": "1"\n}',
    logger: '{"defaultUrl":"http://a\\"image\\": b","image":"kserve/agent:v0.15.2"}',
    batcher: '{"of": {"image": "other"}, "image": "kserve/agent:v0.16.0", "maxBatchSize": "32"}',
    storageInitializer: '{"image":"kserve/storage-initializer:v0.16.0","uidModelcar":1010}',
    deploy: '{"defaultDeploymentMode": "Standard"}',
  },
};

/** A `kubectl` that keeps one ConfigMap in a file, and refuses a patch for another version of it. */
const kubectl = `#!${process.execPath}
const fs = require('node:fs');
const file = process.env.CONFIG_MAP;
const map = JSON.parse(fs.readFileSync(file, 'utf8'));
const [verb, kind, name] = process.argv.slice(2);
const after = (flag) => process.argv[process.argv.indexOf(flag) + 1];
if (kind !== 'configmap' || name !== map.metadata.name || after('--namespace') !== map.metadata.namespace) process.exit(1);
const merge = (old, patch) => {
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete old[key];
    else if (typeof value === 'object') old[key] = merge(old[key] ?? {}, value);
    else old[key] = value;
  }
  return old;
};
if (verb === 'get') console.log(JSON.stringify(map));
else if (verb === 'patch' && after('--type') === 'merge') {
  const patch = JSON.parse(after('--patch'));
  if (patch.metadata.resourceVersion !== map.metadata.resourceVersion) process.exit(1);
  fs.writeFileSync(file, JSON.stringify(merge(map, { ...patch, metadata: { ...patch.metadata, resourceVersion: map.metadata.resourceVersion + '1' } })));
} else process.exit(1);
`;

function openCluster() {
  const folder = mkdtempSync(join(tmpdir(), 'outrigger-kubectl-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, 'bin'));
  writeFileSync(join(folder, 'bin/kubectl'), kubectl);
  chmodSync(join(folder, 'bin/kubectl'), 0o755);
  const file = join(folder, 'map.json');
  writeFileSync(file, JSON.stringify(configMap));
  const env = { ...process.env, CONFIG_MAP: file, PATH: `${join(folder, 'bin')}${delimiter}${process.env.PATH}` };
  const script = join(root, 'deploy/kserve/swap-image.sh');
  return {
    map: (): typeof configMap => JSON.parse(readFileSync(file, 'utf8')),
    swap: (...args: string[]) => spawnSync('bash', [script, ...args], { env, encoding: 'utf8' }),
  };
}

const imagesOf = ({ data }: typeof configMap) =>
  Object.entries(data).flatMap(([key, value]) => (key.startsWith('_') ? [] : [[key, JSON.parse(value).image]]));

describe('swap-image.sh', () => {
  it('names the image in the three keys of the agent, says so, and takes it back', (context) => {
    const missing = toolMissing('bash', 'jq');
    context.skip(missing !== null, `no ${missing} here`);
    const { map, swap } = openCluster();
    const swapped = swap(image);
    expect([swapped.status, swapped.stderr]).toEqual([0, '']);
    expect(swapped.stdout).toContain('  logger: kserve/agent:v0.15.2');
    expect(swapped.stdout.split('after:')[1]).toContain(`  logger: ${image}`);
    expect(imagesOf(map())).toEqual(
      imagesOf(configMap).map(([key, before]) => [key, agentKeys.includes(key) ? image : before]),
    );
    for (const key of agentKeys as (keyof typeof configMap.data)[]) {
      const before = JSON.parse(configMap.data[key]);
      expect(JSON.parse(map().data[key])).toEqual({ ...before, image });
    }
    expect(map().data.agent).toBe(configMap.data.agent.replace('kserve/agent:v0.16.0', image)); // its form, too

    expect(swap('registry.example.com/outrigger:0.2.0').status).toBe(0); // a second one: the way back is that of the first
    const back = swap('--rollback');
    expect([back.status, back.stderr]).toEqual([0, '']);
    expect(imagesOf(map())).toEqual(imagesOf(configMap));
    expect(map().data.agent).toBe(configMap.data.agent);
    expect(map().metadata).not.toHaveProperty('annotations.outrigger/images-before');
  });

  it('takes other keys when it is told, and changes nothing in a dry run', (context) => {
    const missing = toolMissing('bash', 'jq');
    context.skip(missing !== null, `no ${missing} here`);
    const { map, swap } = openCluster();
    const dry = swap(image, '--keys', 'storageInitializer', '--dry-run');
    expect(dry.stdout).toContain(`  storageInitializer: ${image}`);
    expect(map()).toEqual(configMap);
    expect(swap(image, '--keys', 'storageInitializer').status).toBe(0);
    expect(Object.fromEntries(imagesOf(map()))).toMatchObject({
      storageInitializer: image,
      agent: 'kserve/agent:v0.16.0',
    });
  });

  it('refuses what it cannot do, and leaves the ConfigMap as it is', (context) => {
    const missing = toolMissing('bash', 'jq');
    context.skip(missing !== null, `no ${missing} here`);
    const { map, swap } = openCluster();
    expect(swap().status).toBe(64);
    expect(swap(image, '--rollback').status).toBe(64);
    for (const args of [
      ['--rollback'],
      [image, '--keys', 'agnt'],
      [image, '--keys', 'deploy'],
      [image, '--namespace', 'other'],
    ]) {
      expect(swap(...args).status, args.join(' ')).not.toBe(0);
    }
    expect(map()).toEqual(configMap);
  });
});

it('the kustomize component has whole values, of which the image alone is ours', () => {
  const { data } = readYaml('deploy/kserve/kserve-0.16/inferenceservice-config.yaml') as {
    data: Record<string, string>;
  };
  const resources = { memoryLimit: '1Gi', cpuLimit: '1' };
  const small = { ...resources, memoryRequest: '100Mi', cpuRequest: '100m' };
  expect(Object.fromEntries(Object.entries(data).map(([key, value]) => [key, JSON.parse(value)]))).toEqual({
    agent: { image, ...small },
    logger: { image, ...small, defaultUrl: 'http://default-broker' },
    batcher: { image, ...resources, memoryRequest: '1Gi', cpuRequest: '1', maxBatchSize: '32', maxLatency: '5000' },
  });
});

it('kubectl kustomize puts the component upon a ConfigMap of KServe', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'outrigger-component-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'map.json'), JSON.stringify(configMap));
  const kustomization = { resources: ['map.json'], components: ['kserve-0.16'] };
  writeFileSync(join(folder, 'kustomization.yaml'), JSON.stringify(kustomization));
  cpSync(join(root, 'deploy/kserve/kserve-0.16'), join(folder, 'kserve-0.16'), { recursive: true });
  const documents = await kustomize(folder);
  context.skip(documents === null, 'no kubectl here');
  const built = documents?.[0] as unknown as typeof configMap;
  expect(Object.fromEntries(imagesOf(built))).toMatchObject({ agent: image, logger: image, batcher: image });
  expect(built.data.deploy).toBe(configMap.data.deploy);
});

it('the example asks for batches of 16 rows, half a second at most, and for events', () => {
  const documents = readManifests('deploy/kserve/examples/batched-logged.yaml').map(({ document }) => document);
  expect(documents).toMatchObject([
    { spec: { predictor: { batcher: { maxBatchSize: 16, maxLatency: 500 }, logger: { mode: 'all' } } } },
  ]);
});

describe('the example of many models', () => {
  const documents = readManifests('deploy/kserve/examples/multi-model.yaml').map(({ document }) => document);
  const [service, ...trained] = documents;

  it('has a service without a model of its own, which is what makes KServe start the puller', () => {
    expect(service?.spec?.predictor?.model).not.toHaveProperty('storageUri');
    expect(trained.map(({ spec }) => spec?.inferenceService)).toEqual(trained.map(() => service?.metadata?.name));
  });

  it('makes KServe write a models.json that is understood, and that README.md shows', () => {
    const entries = trained.map(({ metadata, spec }) => ({ modelName: metadata?.name, modelSpec: spec?.model }));
    const { models, refused } = readModelsFile(JSON.stringify(entries));
    expect([[...models.keys()], refused]).toEqual([['digits', 'faces'], []]);
    const readme = readFileSync(join(root, 'deploy/kserve/README.md'), 'utf8');
    const shown = /```json\n(\[\{"modelName".*?\])\n```/s.exec(readme)?.[1] ?? '';
    expect(JSON.parse(shown)).toEqual(JSON.parse(JSON.stringify(entries)));
  });
});

it('the storage container takes the URIs that Outrigger does', () => {
  const [{ document }] = readManifests('deploy/kserve/clusterstoragecontainer.yaml') as unknown as [
    {
      document: { spec: { supportedUriFormats: { prefix?: string; regex?: string }[]; container: { image: string } } };
    },
  ];
  const { supportedUriFormats, container } = document.spec;
  expect(container.image).toBe(image);
  const taken = (uri: string) =>
    supportedUriFormats.some(
      ({ prefix, regex }) => uri.startsWith(prefix ?? '\0') || new RegExp(regex ?? '$^').test(uri),
    );
  const uris = [
    's3://b/m',
    'gs://b/m',
    'hf://owner/model',
    'abfss://models@account.dfs.core.windows.net/m',
    'https://host/m.tar',
  ];
  for (const uri of [...uris, 'https://account.blob.core.windows.net/models/m']) {
    expect([taken(uri), readModelUri(uri) !== undefined], uri).toEqual([true, true]);
  }
  for (const uri of ['hdfs://b/m', 'oci://b/m', 'pvc://b/m']) expect(taken(uri), uri).toBe(false);
});
