import { describe, expect, it } from 'vitest';
import { filesKeyOf } from '../../../src/puller/models-file/files-key.ts';
import { markerName } from '../../../src/storage/folder/marker.ts';

const spec = { storageUri: 's3://bucket/iris', framework: 'sklearn' };

describe('the key of the files of a spec', () => {
  it('is the digest of the spec without memory, as a marker would name it', () => {
    expect(`SUCCESS.${filesKeyOf({ ...spec, memory: '1G' })}`).toBe(markerName(spec));
  });

  it('is the same for a memory that is a number, a text or not there', () => {
    const keys = [{ ...spec, memory: 1e9 }, { ...spec, memory: '1G' }, { memory: '2Gi', ...spec }, spec].map(
      filesKeyOf,
    );
    expect(new Set(keys).size).toBe(1);
  });

  it('is another one for another URI, another framework and another member', () => {
    const others = [{ storageUri: 's3://bucket/iris2' }, { framework: 'onnx' }, { variant: 'b' }];
    const keys = [spec, ...others.map((other) => ({ ...spec, ...other }))].map(filesKeyOf);
    expect(new Set(keys).size).toBe(keys.length);
  });
});
