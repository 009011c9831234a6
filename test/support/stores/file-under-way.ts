// One file under way as the pieces of a download see it: real staging in a temporary folder, and a store that does as it is told.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openHashThread } from '../../../src/storage/checksum/hash-thread.ts';
import { FileDownload } from '../../../src/storage/download/file-download.ts';
import { openStaging } from '../../../src/storage/folder/open-staging.ts';
import type { Staging } from '../../../src/storage/folder/staging.ts';
import type { RemoteStore, StoredObject } from '../../../src/storage/object-store.ts';

export function remoteObject(facts: Partial<StoredObject> = {}): StoredObject {
  const nothing = { version: '"v1"', checksums: {}, partBytes: null, ranges: true, contentEncoding: null };
  return { key: 'm/weights', bytes: 10, ...nothing, ...facts };
}

/** Asks `url` for the bytes; says nothing of objects but what the script does. */
export function scriptedStore({
  url = 'http://127.0.0.1:1/',
  ...script
}: Partial<RemoteStore> & { url?: string } = {}) {
  const store: RemoteStore = {
    kind: 'remote',
    reach: 'anywhere',
    async *list() {
      yield [];
    },
    rangeRequest: async (_, range) => ({ method: 'GET', url: new URL(url), headers: [], range }),
    detailsRequest: () => null,
    readDetails: (object, headers) => ({ ...object, version: headers.get('etag') ?? object.version }),
    look: async () => null,
    renew: () => false,
    [Symbol.asyncDispose]: async () => undefined,
    ...script,
  };
  return store;
}

export class FileUnderWay implements AsyncDisposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'outrigger-file-'));
  readonly #hashes = openHashThread();
  staging!: Staging;
  file!: FileDownload;

  static async open(facts: Partial<StoredObject> = {}, { partBytes = 4 } = {}): Promise<FileUnderWay> {
    const underWay = new FileUnderWay();
    await underWay.reopen(facts, { partBytes });
    return underWay;
  }

  /** As the next pull finds it. */
  async reopen(facts: Partial<StoredObject>, { partBytes = 4 } = {}): Promise<void> {
    await this.close();
    const object = remoteObject(facts);
    this.staging = await openStaging({ target: join(this.#folder, 'model'), spec: { storageUri: 's3://models/m' } });
    const staged = await this.staging.open({ path: 'weights', object });
    if (staged === null) throw new Error('it is complete already');
    const stagedPath = this.staging.pathOf('weights');
    this.file = new FileDownload({ staged, object, hashes: this.#hashes, stagedPath, partBytes });
  }

  /** What is on disk so far. */
  bytes(): Buffer {
    return readFileSync(this.staging.pathOf('weights'));
  }

  async close(): Promise<void> {
    this.file?.close();
    await this.staging?.[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
    await this.#hashes.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
