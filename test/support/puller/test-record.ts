// A model's record as a test wants it, with what lies on disk as plain values.
import { ModelRecord } from '../../../src/puller/model/model-record.ts';
import type { Loaded } from '../../../src/puller/model/plan.ts';
import type { ModelVersion } from '../../../src/puller/model-dir/model-on-disk.ts';
import type { WantedModel } from '../../../src/puller/models-file/wanted-model.ts';

export interface RecordState {
  readonly name?: string;
  /** Ids of complete versions; each is of the files key of the same letters. */
  readonly versions?: readonly string[];
  readonly linked?: string | null;
  readonly loaded?: Loaded;
  readonly changed?: () => void;
}

export function testRecord(state: RecordState = {}): ModelRecord {
  const { name = 'm', versions = [], linked = null, loaded = null, changed = () => undefined } = state;
  const models = versions.map((id): ModelVersion => ({ id, spec: {}, filesKey: id, bytes: 1_000 }));
  return new ModelRecord(name, { loaded, changed, onDisk: () => ({ name, versions: models, linked }) });
}

export function wantedModel(filesKey: string, model: Partial<WantedModel> = {}): WantedModel {
  const uri = `s3://models/${filesKey}`;
  return { name: 'm', uri, spec: { storageUri: uri }, filesKey, memoryBytes: null, framework: 'text', ...model };
}
