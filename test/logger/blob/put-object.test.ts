import { expect, it } from 'vitest';
import { suffixOf } from '../../../src/logger/blob/object-name.ts';
import { putNew } from '../../../src/logger/blob/put-object.ts';
import { PutFailure, type PutObject, type WritableStore } from '../../../src/storage/object-store.ts';

const { signal } = new AbortController();

/** Keeps objects by key; `refuse` may throw instead. */
function memoryStore(refuse: (object: PutObject) => void = () => undefined) {
  const kept = new Map<string, string>();
  const store: WritableStore = {
    async put(object) {
      refuse(object);
      if (object.ifAbsent && kept.has(object.key)) return 'exists';
      kept.set(object.key, Buffer.from(object.body).toString());
      return 'stored';
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  const put = (text: string) =>
    putNew(store, { name: 'a', extension: 'json', contentType: 'x/y', body: Buffer.from(text) }, signal);
  return { kept, put };
}

const suffixed = (text: string) => `a-${suffixOf(Buffer.from(text))}.json`;

it('what comes first has the plain name, others a digest; the same content comes once more at most', async () => {
  const { kept, put } = memoryStore();
  for (const text of ['one', 'two', 'two', 'three']) await put(text);
  expect(Object.fromEntries(kept)).toEqual({
    'a.json': 'one',
    [suffixed('two')]: 'two',
    [suffixed('three')]: 'three',
  });
});

it('where the store knows no condition every name has a digest', async () => {
  const { kept, put } = memoryStore(({ ifAbsent }) => {
    if (ifAbsent) throw new PutFailure(501, 'no conditions');
  });
  await put('one');
  await put('one');
  expect([...kept.keys()]).toEqual([suffixed('one')]);
});

it.each([409, 412, 500, null])(
  'a failure with %s is a failure: nothing says that the object is there',
  async (status) => {
    const { kept, put } = memoryStore(() => {
      throw new PutFailure(status, 'not stored');
    });
    await expect(put('one')).rejects.toMatchObject({ status });
    expect(kept.size).toBe(0);
  },
);
