// Which names of models would take the place of the agent's own files?
import { expect, it } from 'vitest';
import { readConfig } from '../../../src/config/read.ts';
import { readModelsFile } from '../../../src/puller/models-file/read-models-file.ts';
import { reservedNames, withoutReserved } from '../../../src/puller/models-file/reserved-names.ts';

function reservedBy(...flags: readonly string[]): readonly string[] {
  return reservedNames(readConfig({ argv: ['--enable-puller', '--model-dir', '/m', ...flags], env: {} }).puller!);
}

it('the config file of a runtime and its draft are reserved where they lie among the models', () => {
  expect(reservedBy()).toEqual([]);
  expect(reservedBy('--runtime-api', 'tfserving')).toEqual(['models.config', 'models.config.new']);
  expect(reservedBy('--runtime-api', 'ovms')).toEqual(['config.json', 'config.json.new']);
  expect(reservedBy('--runtime-api', 'ovms', '--runtime-config-file', '/c/config.json')).toEqual([]);
});

it('a model of such a name is refused with the remedy, the others are not touched', () => {
  const entry = (modelName: string) => ({ modelName, modelSpec: { storageUri: 's3://b/m' } });
  const wanted = readModelsFile(JSON.stringify([entry('config.json'), entry('m')]));
  const { models, refused } = withoutReserved(wanted, ['config.json']);
  expect([...models.keys()]).toEqual(['m']);
  expect(refused).toMatchObject([{ name: 'config.json', reason: expect.stringMatching(/--runtime-config-file/) }]);
});
