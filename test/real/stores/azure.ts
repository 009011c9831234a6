// Does the store of Azure Blob Storage see at azurite what Azure's own SDK sees there, and get the same bytes?
import { ContainerClient as Container, type ContainerClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import { fetchWhole } from '../../../src/storage/http/fetch-whole.ts';
import { openHttpClient } from '../../../src/storage/http/open-http-client.ts';
import type { RemoteStore, StoredObject, StoreRequest } from '../../../src/storage/object-store.ts';
import type { AzureOptions } from '../../../src/storage/stores/azure/azure-api.ts';
import { openAzureContainer } from '../../../src/storage/stores/azure/azure-container.ts';
import { openAzureStore } from '../../../src/storage/stores/azure/azure-store.ts';
import { Azurite, azureUri, azuriteAccount, azuriteKey, noAzureCredentials } from '../../support/stores/azurite.ts';
import { listObjects, storeSettings } from '../../support/stores/store-settings.ts';
import type { Verdict } from '../compare.ts';
import { expectSame, judge } from './claims.ts';

const manyBlobs = 1100;
const pageRows = 500;
const signal = new AbortController().signal;
const oddKeys = ['odd/ a b+c%20&d', "odd/q'(*)!?#", 'odd/ü/€', 'odd/<&amp;>', 'odd/x/y/z', 'odd/empty'];

interface Place {
  readonly url: string;
  readonly container: ContainerClient;
}

export async function checkAzure(): Promise<Verdict[]> {
  await using azurite = await Azurite.start();
  const credential = new StorageSharedKeyCredential(azuriteAccount, azuriteKey);
  const container = new Container(`${azurite.url}/models`, credential);
  await container.create();
  const place = { url: azurite.url, container };
  return [...(await checkLists(place)), ...(await checkBytes(place))];
}

const named = (what: string, claim: () => Promise<void>) => judge(`azurite: ${what}`, claim);

function options({ url }: Place, path: string): AzureOptions {
  const config = { ...noAzureCredentials, serviceUrl: url, accountKey: azuriteKey };
  return {
    uri: azureUri('models', path),
    config,
    ...storeSettings,
    transfer: { ...storeSettings.transfer, idleTimeoutMs: 30_000 },
  };
}

const open = (place: Place, path: string): Promise<RemoteStore> =>
  openAzureStore({ ...options(place, path), pageRows });

const put = ({ container }: Place, key: string, text: string) =>
  container.getBlockBlobClient(key).upload(text, Buffer.byteLength(text));

async function checkLists(place: Place): Promise<Verdict[]> {
  const keys = Array.from({ length: manyBlobs }, (_, at) => `many/${String(at).padStart(5, '0')}`);
  for (let at = 0; at < keys.length; at += 50) {
    await Promise.all(keys.slice(at, at + 50).map((key) => put(place, key, key)));
  }
  for (const key of oddKeys) await put(place, key, key.endsWith('empty') ? '' : key);
  await put(place, 'many-2/sibling', 'x');
  const asSdk = async (prefix: string) => {
    const rows: string[] = [];
    for await (const { name, properties } of place.container.listBlobsFlat({ prefix })) {
      const { contentLength, etag, contentMD5 } = properties;
      rows.push(
        [name, contentLength, etag.replaceAll('"', ''), Buffer.from(contentMD5 ?? []).toString('base64')].join(),
      );
    }
    return rows;
  };
  const asStore = async (path: string) => {
    await using store = await open(place, path);
    return (await listObjects(store)).map(({ key, bytes, version, checksums }) =>
      [key, bytes, version?.replaceAll('"', ''), checksums.md5].join(),
    );
  };
  return [
    await named(`${manyBlobs} blobs are listed as by the SDK`, async () =>
      expectSame(await asStore('many'), await asSdk('many/')),
    ),
    await named('odd keys are listed as by the SDK', async () => expectSame(await asStore('odd'), await asSdk('odd/'))),
    await named('a blob is found by its own key', async () =>
      expectSame(await asStore('odd/x/y/z'), await asSdk('odd/x/y/z')),
    ),
    await named('nothing there is an empty list', async () => expectSame(await asStore('man'), [])),
  ];
}

async function answerTo(request: StoreRequest): Promise<{ status: number; body: Buffer }> {
  const lane = openHttpClient({ ...storeSettings, allowAddresses: [] }).openLane('anywhere');
  try {
    const { head, body } = await fetchWhole(lane, request, { maxBytes: 1e6, signal });
    return { status: head.status, body };
  } finally {
    lane.close();
  }
}

async function checkBytes(place: Place): Promise<Verdict[]> {
  await put(place, 'changing/a', 'before');
  return [
    await named('odd keys are fetched, whole and in ranges', async () => {
      await using store = await open(place, 'odd');
      for (const object of await listObjects(store)) {
        const text = object.key.endsWith('empty') ? '' : object.key;
        const whole = await answerTo(await store.rangeRequest(object, null));
        expectSame([whole.status, whole.body.toString()], [200, text]);
        if (text === '') continue;
        const part = await answerTo(await store.rangeRequest(object, { first: 1, last: 3 }));
        expectSame([part.status, part.body.toString('latin1')], [206, Buffer.from(text).toString('latin1', 1, 4)]);
      }
    }),
    await named('a blob that changed is refused', async () => {
      await using store = await open(place, 'changing');
      const [object] = (await listObjects(store)) as [StoredObject];
      await put(place, 'changing/a', 'after');
      expectSame((await answerTo(await store.rangeRequest(object, { first: 0, last: 1 }))).status, 412);
      expectSame((await store.look('changing/a', signal))?.bytes, 5);
    }),
    await named('what the store has put, the SDK reads', async () => {
      const body = Buffer.from([0, 13, 10, 45, 45, 255]);
      await using container = await openAzureContainer(options(place, ''));
      await container.put({ key: 'logs/ä b.json', body, contentType: 'application/json', ifAbsent: false }, signal);
      const blob = place.container.getBlobClient('logs/ä b.json');
      const [bytes, { contentType }] = await Promise.all([blob.downloadToBuffer(), blob.getProperties()]);
      expectSame([bytes.equals(body), contentType], [true, 'application/json']);
    }),
  ];
}
