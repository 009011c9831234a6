// Does the store of Google Cloud Storage see at fake-gcs-server what Google's own SDK sees there, and get the same bytes?
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type Bucket, Storage } from '@google-cloud/storage';
import { fetchWhole } from '../../../src/storage/http/fetch-whole.ts';
import { openHttpClient } from '../../../src/storage/http/open-http-client.ts';
import type { RemoteStore, StoredObject, StoreRequest } from '../../../src/storage/object-store.ts';
import { openGcsBucket } from '../../../src/storage/stores/gcs/gcs-bucket.ts';
import { openGcsStore } from '../../../src/storage/stores/gcs/gcs-store.ts';
import { freePorts } from '../../support/free-ports.ts';
import { listObjects, storeSettings } from '../../support/stores/store-settings.ts';
import type { Verdict } from '../compare.ts';
import { Program } from '../program.ts';
import { cacheFolder } from '../runtimes.ts';
import { expectSame, judge } from './claims.ts';

const startLimitMs = 30_000;
const manyObjects = 1100; // more than a page
const signal = new AbortController().signal;
const oddKeys = ['odd/ a b+c%20&d', "odd/q'(*)!?#", 'odd/ü/€', 'odd/<&amp;>', 'odd/x//y', 'odd/x/y/z', 'odd/empty'];

interface Place {
  readonly url: string;
  readonly bucket: Bucket;
}

export async function checkGcs(logFolder: string): Promise<Verdict[]> {
  const [port] = (await freePorts(1)) as [number];
  const url = `http://127.0.0.1:${port}`;
  const listen = ['-scheme', 'http', '-host', '127.0.0.1', '-port', String(port), '-backend', 'memory'];
  const names = ['-public-host', `127.0.0.1:${port}`, '-external-url', url];
  const command = join(cacheFolder(), 'stores', 'bin', 'fake-gcs-server');
  const program = new Program({ name: 'fake-gcs-server', command, args: [...listen, ...names], logFolder });
  try {
    await program.ready(`${url}/_internal/healthcheck`, startLimitMs);
    const [bucket] = await new Storage({ apiEndpoint: url, projectId: 'outrigger' }).createBucket('models');
    const place = { url, bucket };
    return [...(await checkLists(place)), ...(await checkBytes(place)), ...(await checkPut(place))];
  } finally {
    await program.stop();
  }
}

const named = (what: string, claim: () => Promise<void>) => judge(`fake-gcs-server: ${what}`, claim);

function open({ url }: Place, path: string, bucket = 'models'): Promise<RemoteStore> {
  return openGcsStore({ bucket, path, config: { keyFile: null, emulator: url }, ...storeSettings });
}

const put = ({ bucket }: Place, key: string, bytes: string | Buffer, gzip = false) =>
  bucket.file(key).save(bytes, { resumable: false, ...(gzip ? { metadata: { contentEncoding: 'gzip' } } : {}) });

async function checkLists(place: Place): Promise<Verdict[]> {
  const keys = Array.from({ length: manyObjects }, (_, at) => `many/${String(at).padStart(5, '0')}`);
  for (let at = 0; at < keys.length; at += 50) {
    await Promise.all(keys.slice(at, at + 50).map((key) => put(place, key, key)));
  }
  for (const key of oddKeys) await put(place, key, key.endsWith('empty') ? '' : key);
  await put(place, 'many-2/sibling', 'x');
  const asSdk = async (prefix: string) => {
    const [files] = await place.bucket.getFiles({ prefix });
    return files.map(({ name, metadata: { size, generation, md5Hash, crc32c } }) =>
      [name, Number(size), String(generation), md5Hash, crc32c].join(),
    );
  };
  const asStore = async (path: string) => {
    await using store = await open(place, path);
    return (await listObjects(store)).map(({ key, bytes, version, checksums }) =>
      [key, bytes, version, checksums.md5, checksums.crc32c].join(),
    );
  };
  return [
    await named(`${manyObjects} objects are listed as by the SDK`, async () =>
      expectSame(await asStore('many'), await asSdk('many/')),
    ),
    await named('odd keys are listed as by the SDK', async () => expectSame(await asStore('odd'), await asSdk('odd/'))),
    await named('an object is found by its own key', async () =>
      expectSame(await asStore('odd/x/y/z'), await asSdk('odd/x/y/z')),
    ),
    await named('nothing there is an empty list', async () => expectSame(await asStore('man'), [])),
    await named('a bucket that is not there is said to be none', async () => {
      await using store = await open(place, 'm', 'nowhere');
      expectSame(await listObjects(store).catch(({ code }) => code), 'MODEL_NOT_FOUND');
    }),
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
  const compressed = gzipSync('words '.repeat(1000));
  await put(place, 'gz/vocab', compressed, true);
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
    await named('what is stored compressed comes as it is stored', async () => {
      await using store = await open(place, 'gz');
      const [object] = (await listObjects(store)) as [StoredObject];
      expectSame([object.bytes, object.contentEncoding], [compressed.length, 'gzip']);
      expectSame((await answerTo(await store.rangeRequest(object, null))).body.equals(compressed), true);
    }),
    await named('an object that changed is refused', async () => {
      await using store = await open(place, 'changing');
      const [object] = (await listObjects(store)) as [StoredObject];
      await put(place, 'changing/a', 'after');
      expectSame((await answerTo(await store.rangeRequest(object, { first: 0, last: 1 }))).status, 404);
      expectSame((await store.look('changing/a', signal))?.bytes, 5);
    }),
  ];
}

async function checkPut(place: Place): Promise<Verdict[]> {
  return [
    await named('what the store has put, the SDK reads', async () => {
      const body = Buffer.from([0, 13, 10, 45, 45, 255]);
      await using bucket = await openGcsBucket({
        bucket: 'models',
        config: { keyFile: null, emulator: place.url },
        ...storeSettings,
      });
      await bucket.put({ key: 'logs/ä b.json', body, contentType: 'application/json', ifAbsent: false }, signal);
      const file = place.bucket.file('logs/ä b.json');
      const [[bytes], [{ contentType }]] = await Promise.all([file.download(), file.getMetadata()]);
      expectSame([bytes.equals(body), contentType], [true, 'application/json']);
    }),
  ];
}
