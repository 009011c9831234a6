import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readDevConfig } from '../../src/commands/dev-config.ts';
import { readDevModels } from '../../src/commands/dev-models.ts';
import { ConfigError } from '../../src/config/config-error.ts';
import { readModelUri } from '../../src/storage/uri/read-model-uri.ts';

const folder = mkdtempSync(join(tmpdir(), 'dev models=-'));
const file = join(folder, 'my model.onnx');
writeFileSync(file, 'x');
afterAll(() => rmSync(folder, { recursive: true }));

describe('--model name=uri', () => {
  it.each([
    ['a path', file],
    ['a relative path', relative(process.cwd(), file)],
    ['a file:// URI', `file://${file}`],
  ])('takes %s for the file that is there, absolute and not encoded', (_, place) => {
    const { models, problems } = readDevModels([`mine=${place}`]);
    expect([models, problems]).toEqual([[{ name: 'mine', uri: `file://${file}` }], []]);
    expect(readModelUri(models[0]?.uri as string)).toEqual({ scheme: 'file', path: file });
  });

  it.each([
    's3://bucket/a=b',
    'gs://bucket/m',
    'hf://owner/model:main',
    'https://host/m.onnx?sig=a=b',
    'abfss://container@account.dfs.core.windows.net/m',
  ])('takes %s as it is', (uri) => {
    expect(readDevModels([`mine=${uri}`])).toEqual({ models: [{ name: 'mine', uri }], problems: [] });
  });

  it.each([
    ['mine', '"mine"'],
    ['=s3://b/m', 'name=uri'],
    ['mine=', 'name=uri'],
    ['a/b=s3://b/m', '"a/b"'],
    ['mine=./not-there.onnx', 'for model mine, got "./not-there.onnx"'],
    ['mine=pvc://claim/m', 'for mine'],
    ['mine=s3://', 'for mine'],
  ])('%s is a problem that names the thing', (text, said) => {
    const { models, problems } = readDevModels([text]);
    expect(models).toEqual([]);
    expect(problems).toEqual([expect.stringContaining(said)]);
  });

  it('is repeated for more, each name once', () => {
    const { models, problems } = readDevModels(['a=s3://b/a', 'b=s3://b/b', 'a=s3://b/c']);
    expect(models.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(problems).toEqual([expect.stringContaining('"a"')]);
  });
});

describe('outrigger dev --model', () => {
  const model = ['--model', 'mine=s3://b/m'];

  function problemsOf(argv: readonly string[], env: Readonly<Record<string, string>> = {}): readonly string[] {
    try {
      readDevConfig(argv, env);
      return [];
    } catch (error) {
      if (error instanceof ConfigError) return error.problems;
      throw error;
    }
  }

  it('has the puller on, also before a runtime of the user', () => {
    for (const more of [[], ['--upstream', '8000', '--model-dir', '/models']]) {
      const { config, models } = readDevConfig([...model, ...more], {});
      expect(config.puller).not.toBe(null);
      expect(models.map(({ name }) => name)).toEqual(['mine']);
    }
  });

  it("before a runtime of the user needs that runtime's folder of models", () => {
    expect(problemsOf([...model, '--upstream', '8000'])).toEqual([expect.stringContaining('--model-dir')]);
    expect(problemsOf([...model, '--upstream', '8000'], { OUTRIGGER_MODEL_DIR: '/models' })).toEqual([]);
  });

  it('stands beside no --config-dir and no --enable-puller=false', () => {
    expect(problemsOf([...model, '--config-dir', '/c'])).toEqual([expect.stringContaining('--config-dir')]);
    expect(problemsOf(model, { OUTRIGGER_CONFIG_DIR: '/c' })).toEqual([expect.stringContaining('--config-dir')]);
    expect(problemsOf([...model, '--enable-puller=false'])).toEqual([expect.stringContaining('--enable-puller')]);
  });
});
