// Does a store in Azure Blob Storage list what a path means, and ask for its bytes so that they are those that were listed?
import { createHash } from 'node:crypto';
import { BlobServiceClient, type ContainerClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AzureConfig } from '../../../../src/config/storage-config.ts';
import type { RemoteStore, StoredObject, StoreRequest } from '../../../../src/storage/object-store.ts';
import { openAzureStore } from '../../../../src/storage/stores/azure/azure-store.ts';
import { Azurite, azureUri, azuriteAccount, azuriteKey, noAzureCredentials } from '../../../support/stores/azurite.ts';
import { listObjects, storeSettings } from '../../../support/stores/store-settings.ts';

const signal = new AbortController().signal;
const state = {} as { azurite: Azurite; service: BlobServiceClient; models: ContainerClient };

beforeAll(async () => {
  const azurite = await Azurite.start();
  const service = new BlobServiceClient(azurite.url, new StorageSharedKeyCredential(azuriteAccount, azuriteKey));
  Object.assign(state, { azurite, service, models: service.getContainerClient('models') });
  await state.models.create();
});
afterAll(() => state.azurite[Symbol.asyncDispose]());

const put = (key: string, text: string, options = {}) =>
  state.models.getBlockBlobClient(key).upload(text, Buffer.byteLength(text), options);

function open(path: string, config: Partial<AzureConfig> = { accountKey: azuriteKey }): Promise<RemoteStore> {
  const full = { ...noAzureCredentials, serviceUrl: state.azurite.url, ...config };
  return openAzureStore({ uri: azureUri('models', path), config: full, ...storeSettings });
}

function fetched({ url, headers, range }: StoreRequest): Promise<Response> {
  const extra = range === null ? [] : [['range', `bytes=${range.first}-${range.last}`] as const];
  return fetch(url, { headers: [...headers, ...extra].map(([name, value]) => [name, value]) });
}

describe('a store in Azure Blob Storage', () => {
  it('lists a folder with size, ETag and MD5, without its siblings', async () => {
    const { etag } = await put('a/one', 'hello');
    for (const key of ['a/b/three', 'a/é ü?#%', 'a-2/no', 'ab']) await put(key, key);
    await using store = await open('a');
    const objects = await listObjects(store);
    expect(objects.map(({ key }) => key)).toEqual(['a/b/three', 'a/one', 'a/é ü?#%']);
    expect(objects[1]).toEqual({
      key: 'a/one',
      bytes: 5,
      version: etag,
      checksums: { md5: createHash('md5').update('hello').digest('base64') },
      partBytes: null,
      ranges: true,
      contentEncoding: null,
    });
    expect(await store.look('a/one', signal)).toEqual(objects[1]);
  });

  it('passes over folders of a hierarchical namespace, also where one has the name of the path', async () => {
    await put('hns', '', { metadata: { hdi_isfolder: 'true' } });
    await put('hns/sub', '', { metadata: { Hdi_isfolder: 'true' } });
    await put('hns/sub/file', 'x');
    await using store = await open('hns');
    expect((await listObjects(store)).map(({ key }) => key)).toEqual(['hns/sub/file']);
  });

  it('takes a blob of that very name for all there is', async () => {
    for (const key of ['m', 'm/inside']) await put(key, key);
    await using store = await open('m');
    expect((await listObjects(store)).map(({ key }) => key)).toEqual(['m']);
  });

  it('fetches ranges of the listed blob, and none of one that took its place', async () => {
    await put('pinned/a b?', 'first bytes');
    await using store = await open('pinned');
    const [object] = (await listObjects(store)) as [StoredObject];
    const range = { first: 6, last: 10 };
    const answer = await fetched(await store.rangeRequest(object, range));
    expect([answer.status, await answer.text()]).toEqual([206, 'bytes']);
    await put('pinned/a b?', 'other bytes!');
    expect((await fetched(await store.rangeRequest(object, range))).status).toBe(412);
    expect(await store.look('pinned/a b?', signal)).toMatchObject({ bytes: 12 });
    expect(await store.look('pinned/gone', signal)).toBeNull();
  });

  it('goes through pages of the list', async () => {
    const keys = Array.from({ length: 12 }, (_, at) => `pages/${String(at).padStart(2, '0')}`);
    await Promise.all(keys.map((key) => put(key, key)));
    await using store = await openAzureStore({
      uri: azureUri('models', 'pages'),
      config: { ...noAzureCredentials, serviceUrl: state.azurite.url, accountKey: azuriteKey },
      ...storeSettings,
      pageRows: 5,
    });
    const pages: number[] = [];
    for await (const page of store.list(signal)) pages.push(page.length);
    expect(pages).toEqual([5, 5, 2]);
  });

  it('knows the MD5 of a blob from the MD5 of a range', async () => {
    await using store = await open('m');
    const object = {
      key: 'm',
      bytes: 9,
      version: null,
      checksums: {},
      partBytes: null,
      ranges: true,
      contentEncoding: null,
    };
    const read = (headers: Record<string, string>) =>
      store.readDetails(object, new Map(Object.entries(headers))).checksums;
    const md5Of = (bytes: string): string => createHash('md5').update(bytes).digest('base64');
    const md5 = md5Of('whole');
    const ofRange = { 'content-md5': md5Of('part'), 'content-range': 'bytes 0-1/9' };
    expect(read({ 'content-md5': md5 })).toEqual({ md5 });
    expect(read(ofRange)).toEqual({});
    expect(read({ ...ofRange, 'x-ms-blob-content-md5': md5 })).toEqual({ md5 });
    expect(read({ 'content-md5': 'no MD5' })).toEqual({});
  });

  it('names a container that is not there', async () => {
    const config = { ...noAzureCredentials, serviceUrl: state.azurite.url, accountKey: azuriteKey };
    await using store = await openAzureStore({ uri: azureUri('nowhere', 'm'), config, ...storeSettings });
    await expect(listObjects(store)).rejects.toMatchObject({
      code: 'MODEL_NOT_FOUND',
      message: expect.stringContaining(`${state.azurite.url}/nowhere`),
    });
  });

  it('names the variable of a key that is refused, and of one that is missing', async () => {
    await using wrong = await open('m', { accountKey: 'd3Jvbmcta2V5' });
    await expect(listObjects(wrong)).rejects.toMatchObject({
      code: 'STORE_DENIED',
      message: expect.stringContaining('AZURE_STORAGE_ACCESS_KEY'),
    });
    await using nobody = await open('m', {});
    const refused = await listObjects(nobody).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: expect.stringMatching(/^(STORE_DENIED|MODEL_NOT_FOUND)$/) });
    expect(String(refused)).toContain('without credentials');
  });

  it('says that nobody is there', async () => {
    await using store = await open('m', { accountKey: azuriteKey, serviceUrl: 'http://127.0.0.1:1/devstoreaccount1' });
    await expect(listObjects(store)).rejects.toMatchObject({
      code: 'STORE_UNREACHABLE',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });

  it('stops when the pull does', async () => {
    await using store = await open('m');
    await expect(listObjects(store, AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' });
  });
});
