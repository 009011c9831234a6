import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config/read.ts';
import { problemsOf } from './problems-of.ts';

describe('options of models that contradict each other', () => {
  it.each([
    ['--runtime-api=none --model-memory-budget=1Gi', /^--model-memory-budget: expected a --runtime-api that unloads/],
    ['--model-dir=', /^--model-dir: expected a folder, got ""$/],
    ['--config-dir=', /^--config-dir: expected a folder, got ""$/],
    ['--runtime-api=ovms --runtime-model-dir=models', /^--runtime-model-dir: expected an absolute path, got "models"$/],
  ])('%s is a problem, and none while no models are pulled', (line, problem) => {
    expect(problemsOf({ argv: ['--enable-puller', ...line.split(' ')] })).toEqual([expect.stringMatching(problem)]);
    expect(problemsOf({ argv: line.split(' ') })).toEqual([]);
  });

  it.each([
    ['v2', '--runtime-config-file=/f --runtime-model-dir=/r', ['--runtime-config-file', '--runtime-model-dir']],
    ['torchserve', '--runtime-config-file=/f --runtime-model-dir=/r', ['--runtime-config-file']],
    ['tfserving', '--runtime-config-file=/f --runtime-model-dir=/r', []],
    ['none', '--model-loads=2 --runtime-management-port=7', ['--runtime-management-port', '--model-loads']],
    ['v2', '--model-loads=2 --runtime-management-port=7', []],
  ])('with %s, what %s asks for and does not get is told', (api, line, options) => {
    const { notices } = readConfig({ argv: ['--enable-puller', `--runtime-api=${api}`, ...line.split(' ')], env: {} });
    expect(notices).toEqual(options.map((option) => `${option}: no effect with --runtime-api=${api}`));
  });
});
