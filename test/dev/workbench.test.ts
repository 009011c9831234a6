import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { exampleModelDir } from '../../src/dev/example.ts';
import { openWorkbench, type Workbench } from '../../src/dev/workbench.ts';
import { readModelsFile } from '../../src/puller/models-file/read-models-file.ts';

const open: Workbench[] = [];

afterEach(async () => {
  for (const bench of open.splice(0)) await bench[Symbol.asyncDispose]();
});

async function openBench(): Promise<Workbench> {
  const bench = await openWorkbench({ host: '127.0.0.1' });
  open.push(bench);
  return bench;
}

it('its models.json names the stored model, where it can be fetched', async () => {
  const { configDir, storedModel } = await openBench();
  const { models, refused } = readModelsFile(readFileSync(join(configDir, 'models.json'), 'utf8'));
  expect([[...models.keys()], refused]).toEqual([['digits'], []]);
  const answer = await fetch(models.get('digits')!.uri);
  const fetched = Buffer.from(await answer.arrayBuffer());
  expect(fetched.equals(readFileSync(storedModel as string))).toBe(true);
  expect(fetched.equals(readFileSync(join(exampleModelDir, 'digits.onnx')))).toBe(true);
});

it('has the models that are named in the place of digits, and no store', async () => {
  const models = [
    { name: 'a', uri: 's3://bucket/a' },
    { name: 'b', uri: 'file:///models/b' },
  ];
  const bench = await openWorkbench({ host: '127.0.0.1', models });
  open.push(bench);
  const wanted = readModelsFile(readFileSync(join(bench.configDir, 'models.json'), 'utf8')).models;
  expect([...wanted.values()].map(({ name, uri }) => ({ name, uri }))).toEqual(models);
  expect(bench.storedModel).toBe(null);
});

it('two of them are not in the way of each other', async () => {
  const [one, other] = [await openBench(), await openBench()];
  expect(one.configDir).not.toBe(other.configDir);
});

it('nothing is left of it in the end, and its store is gone', async () => {
  const bench = await openWorkbench({ host: '127.0.0.1' });
  const text = readFileSync(join(bench.configDir, 'models.json'), 'utf8');
  const [{ modelSpec }] = JSON.parse(text);
  await bench[Symbol.asyncDispose]();
  expect(existsSync(dirname(bench.configDir))).toBe(false);
  await expect(fetch(modelSpec.storageUri)).rejects.toThrow();
});
