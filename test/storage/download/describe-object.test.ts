import { describe, expect, it } from 'vitest';
import { describeObject } from '../../../src/storage/download/describe-object.ts';
import { startProgress } from '../../../src/storage/download/progress.ts';
import { Recovery } from '../../../src/storage/download/recovery.ts';
import type { RemoteStore } from '../../../src/storage/object-store.ts';
import { remoteObject, scriptedStore } from '../../support/stores/file-under-way.ts';
import { quickTransfer } from '../../support/stores/pulls.ts';
import { realClient } from '../../support/stores/store-reading.ts';
import { webServer } from '../../support/stores/web-server.ts';

/** The statuses of the answers one after the other; the last one stays. */
async function describing(statuses: readonly number[], script: Partial<RemoteStore> = {}) {
  let asked = 0;
  const { origin } = await webServer((_, response) => {
    const status = statuses[Math.min(asked, statuses.length - 1)]!;
    asked += 1;
    response.writeHead(status, { 'x-sha256': 'sum', etag: '"v2"', 'content-length': 10 }).end();
  });
  const store = scriptedStore({
    detailsRequest: async () => ({ method: 'HEAD', url: new URL(origin), headers: [], range: null }),
    readDetails: (object, headers) => {
      return { ...object, version: headers.get('etag')!, bytes: 11, checksums: { sha256: headers.get('x-sha256')! } };
    },
    ...script,
  });
  const ending = new AbortController();
  const [transfer, progress] = [{ ...quickTransfer, maxBackoffMs: 0 }, startProgress()];
  const actions = { requeue: () => undefined, slowDown: () => undefined };
  const { signal } = ending;
  const recovery = new Recovery({ shownUri: 's3://models/m', store, transfer, progress, signal, ...actions });
  const lane = realClient().openLane('anywhere');
  const described = describeObject(remoteObject(), { store, lane, recovery, signal }).finally(() => lane.close());
  return { described, ending, asked: () => asked };
}

describe('a large object', () => {
  it('gets the checksums of its HEAD; size and version stay those of the list', async () => {
    const { described } = await describing([200]);
    expect(await described).toEqual(remoteObject({ checksums: { sha256: 'sum' } }));
  });

  it('is asked about again after a failure that passes', async () => {
    const { described, asked } = await describing([503, 500, 200]);
    expect((await described).checksums).toEqual({ sha256: 'sum' });
    expect(asked()).toBe(3);
  });

  it.each([403, 404, 405, 412, 400])('to whose HEAD the store says %i is fetched as it was listed', async (status) => {
    const { described, asked } = await describing([status]);
    expect(await described).toEqual(remoteObject());
    expect(asked()).toBe(1);
  });

  it('is asked about once more with credentials that were renewed', async () => {
    const { described, asked } = await describing([403, 200], { renew: () => true });
    expect((await described).checksums).toEqual({ sha256: 'sum' });
    expect(asked()).toBe(2);
  });

  it('is not asked about where the list says it all', async () => {
    const { described } = await describing([200], { detailsRequest: () => null });
    expect(await described).toEqual(remoteObject());
  });

  it('of a store that goes on failing ends the pull', async () => {
    const { described } = await describing([500]);
    await expect(described).rejects.toMatchObject({
      code: 'STORE_FAILED',
      message: expect.stringContaining('weights'),
    });
  });

  it('is not waited for when the pull ends', async () => {
    const { described, ending } = await describing([200], { detailsRequest: () => new Promise(() => undefined) });
    ending.abort();
    expect(await described).toEqual(remoteObject());
  });
});
