import { describe, expect, it } from 'vitest';
import { OutriggerError } from '../../../src/errors.ts';
import { filesKeyOf } from '../../../src/puller/models-file/files-key.ts';
import { readModelsFile } from '../../../src/puller/models-file/read-models-file.ts';

const storageUri = 's3://bucket/iris';

function read(entries: unknown) {
  return readModelsFile(JSON.stringify(entries));
}

function namesOf(entries: unknown): readonly string[] {
  return [...read(entries).models.keys()];
}

function one(modelSpec: unknown) {
  const { models, refused } = read([{ modelName: 'iris', modelSpec }]);
  return { model: models.get('iris'), refused };
}

function failureOf(text: string): OutriggerError {
  try {
    readModelsFile(text);
  } catch (error) {
    if (error instanceof OutriggerError) return error;
    throw error;
  }
  throw new Error('it was taken');
}

describe('models.json', () => {
  it('is read as KServe documents it', () => {
    const spec = { storageUri, framework: 'sklearn', memory: '1G' };
    expect(one(spec)).toEqual({
      model: {
        name: 'iris',
        uri: storageUri,
        spec,
        filesKey: filesKeyOf(spec),
        memoryBytes: 1e9,
        framework: 'sklearn',
      },
      refused: [],
    });
  });

  it('is taken with names in any case, members that nobody knows, and a byte order mark', () => {
    const text = `\ufeff[{"MODELNAME":"iris","modelname":null,"x":1,"modelSpec":{"StorageUri":"${storageUri}","Memory":5,"extra":{"A":[1]}}}]`;
    const model = readModelsFile(text).models.get('iris');
    expect(model?.spec).toEqual({ storageUri, memory: 5, extra: { A: [1] } });
    expect(model?.memoryBytes).toBe(5);
  });

  it.each(['null', '[]', ' [ ]\n', '\ufeffnull'])('with %j in it is an empty set', (text) => {
    expect(readModelsFile(text)).toEqual({ models: new Map(), refused: [], notes: [] });
  });

  it.each(['', ' ', '{}', '{"modelName":"a"}', '"x"', '5', 'true', '[1', '[{"modelName":"a"', '[]x', 'undefined'])(
    'with %j in it is refused whole',
    (text) => {
      expect(failureOf(text).code).toBe('MODELS_FILE_INVALID');
    },
  );

  it('that is no JSON is told by line and column, and nothing of it is quoted', () => {
    const { message } = failureOf(
      '[\n {"modelName": "a", "modelSpec": {"storageUri": "https://user:TOPSECRET@h/m" "x"}}]',
    );
    expect(message).toContain('line 2, column 78');
    expect(message).not.toMatch(/TOPSECRET|user/);
  });

  it('keeps the order of its entries', () => {
    const names = ['z', '10', 'a', '9', 'B'];
    expect(namesOf(names.map((modelName) => ({ modelName, modelSpec: { storageUri } })))).toEqual(names);
  });

  it('of 2,000 models is read whole', () => {
    const entries = Array.from({ length: 2_000 }, (_, n) => ({
      modelName: `model-${n}`,
      modelSpec: { storageUri: `s3://bucket/models/${n}`, framework: 'onnx', memory: `${n}Mi` },
    }));
    const { models, refused } = read(entries);
    expect(models.size).toBe(2_000);
    expect(models.get('model-1999')?.memoryBytes).toBe(1_999 * 2 ** 20);
    expect(refused).toEqual([]);
  });
});

describe('a broken entry', () => {
  const good = { modelName: 'good', modelSpec: { storageUri } };

  it.each([
    ['null', null, null, /models\[1\].*object.*null/],
    ['a text', 'iris', null, /models\[1\].*object/],
    ['an array', [], null, /models\[1\].*object/],
    ['no name', { modelSpec: { storageUri } }, null, /models\[1\]: modelName/],
    ['a name that is a number', { modelName: 7, modelSpec: { storageUri } }, null, /modelName.*a number/],
    ['a name with a slash', { modelName: 'a/b', modelSpec: { storageUri } }, null, /models\[1\] "a\/b": modelName/],
    ['the name ..', { modelName: '..', modelSpec: { storageUri } }, null, /modelName/],
    ['no spec', { modelName: 'iris' }, 'iris', /models\[1\] "iris": modelSpec: expected an object/],
    ['a spec that is a text', { modelName: 'iris', modelSpec: 's3://b/x' }, 'iris', /modelSpec: expected an object/],
    ['a spec that is an array', { modelName: 'iris', modelSpec: [] }, 'iris', /modelSpec: expected an object/],
    ['no URI', { modelName: 'iris', modelSpec: {} }, 'iris', /modelSpec\.storageUri/],
    ['an empty URI', { modelName: 'iris', modelSpec: { storageUri: '' } }, 'iris', /modelSpec\.storageUri/],
    ['a URI of no store', { modelName: 'iris', modelSpec: { storageUri: 'ftp://h/x' } }, 'iris', /storageUri.*ftp/],
    ['a number for a framework', spec({ framework: 1 }), 'iris', /modelSpec\.framework.*a number/],
    ['an object for a memory', spec({ memory: {} }), 'iris', /modelSpec\.memory/],
    ['a memory that is no quantity', spec({ memory: '1 GB' }), 'iris', /modelSpec\.memory.*quantity/],
    ['a memory below 0', spec({ memory: -1 }), 'iris', /modelSpec\.memory/],
    ['true for a memory', spec({ memory: true }), 'iris', /modelSpec\.memory/],
  ])('with %s is refused alone, and it is told which one and why', (_, entry, name, reason) => {
    const { models, refused } = read([good, entry, { ...good, modelName: 'other' }]);
    expect([...models.keys()]).toEqual(['good', 'other']);
    expect(refused).toEqual([{ name, reason: expect.stringMatching(reason) }]);
  });

  function spec(members: object) {
    return { modelName: 'iris', modelSpec: { storageUri, ...members } };
  }

  it('nested so deep that no marker could hold it stops no other', () => {
    const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`;
    const text = `[{"modelName":"iris","modelSpec":{"storageUri":"${storageUri}","deep":${deep}}},${JSON.stringify(good)}]`;
    const { models, refused } = readModelsFile(text);
    expect([...models.keys()]).toEqual(['good']);
    expect(refused.map(({ name }) => name)).toEqual(['iris']);
  });

  it('shows no secret of its URI', () => {
    const { refused } = one({ storageUri: 'ftp://user:TOPSECRET@host/m?sig=TOPSECRET' });
    expect(refused).toHaveLength(1);
    expect(JSON.stringify(refused)).not.toContain('TOPSECRET');
  });
});

describe('a spec', () => {
  it('holds no secret of its URI, which the model keeps as it is written', () => {
    const uri = 'https://account.blob.core.windows.net/models/iris?sv=2024&sig=TOPSECRET';
    const { model } = one({ storageUri: uri });
    expect(model?.uri).toBe(uri);
    expect(JSON.stringify(model?.spec)).not.toContain('TOPSECRET');
    expect(one({ storageUri: uri.replace('TOPSECRET', 'RENEWED') }).model?.filesKey).toBe(model?.filesKey);
  });

  it('leaves no room for the member that a marker adds', () => {
    expect(one({ storageUri, outrigger: { files: [] } }).model?.spec).toEqual({ storageUri });
  });

  it.each([undefined, null, '', 0, '0', '0Gi'])('with the memory %j tells none', (memory) => {
    expect(one({ storageUri, memory }).model?.memoryBytes).toBeNull();
  });

  it('keeps its memory and framework as written', () => {
    const spec = { storageUri, framework: '', memory: '1.5Gi' };
    expect(one(spec).model).toMatchObject({ spec, framework: '', memoryBytes: 1.5 * 2 ** 30 });
  });
});

describe('two entries of one name', () => {
  const first = { modelName: 'iris', modelSpec: { storageUri: 's3://bucket/first' } };
  const last = { modelName: 'iris', modelSpec: { storageUri: 's3://bucket/last' } };
  const broken = { modelName: 'iris', modelSpec: {} };
  const other = { modelName: 'other', modelSpec: { storageUri } };

  it('are one model, of the last, at its place in the order, and it is told', () => {
    const { models, refused, notes } = read([first, other, last]);
    expect([...models.keys()]).toEqual(['other', 'iris']);
    expect(models.get('iris')?.uri).toBe('s3://bucket/last');
    expect(refused).toEqual([]);
    expect(notes).toEqual([expect.stringMatching(/models\[0\] "iris".*models\[2\]/)]);
  });

  it('are a refused one when the last is broken, and none when the first is', () => {
    const brokenLast = read([first, other, broken]);
    expect([...brokenLast.models.keys()]).toEqual(['other']);
    expect(brokenLast.refused.map(({ name }) => name)).toEqual(['iris']);
    const brokenFirst = read([broken, last]);
    expect([...brokenFirst.models.keys()]).toEqual(['iris']);
    expect(brokenFirst.refused).toEqual([]);
    expect(brokenFirst.notes).toHaveLength(1);
  });

  it('without a usable name are refused each by itself', () => {
    expect(read([{ modelName: 'a/b' }, { modelName: 'a/b' }]).refused).toHaveLength(2);
  });

  it('that differ by case only are two models, and it is told', () => {
    const { models, notes } = read([first, { ...last, modelName: 'Iris' }]);
    expect([...models.keys()]).toEqual(['iris', 'Iris']);
    expect(notes).toHaveLength(1);
  });
});
