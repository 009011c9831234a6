import { describe, expect, it } from 'vitest';
import { Ending } from '../../../src/storage/download/ending.ts';
import { fetchPart } from '../../../src/storage/download/fetch-part.ts';
import type { RemoteStore } from '../../../src/storage/object-store.ts';
import { FileUnderWay, scriptedStore } from '../../support/stores/file-under-way.ts';
import { realClient } from '../../support/stores/store-reading.ts';
import { sendFile, webServer } from '../../support/stores/web-server.ts';

const body = Buffer.from('0123456789');

function attempt(way: FileUnderWay, store: RemoteStore, ending = new Ending()) {
  const part = way.file.begin()[1]!;
  const lane = realClient().openLane('anywhere');
  const fetching = fetchPart({ lane, part, store, maxUntoldBytes: 2 ** 30, count: () => undefined, ending }).finally(
    () => lane.close(),
  );
  return { part, fetching };
}

describe('one attempt at a part', () => {
  it('asks for its range and writes it', async () => {
    const { origin, asked } = await webServer((request, response) => sendFile(request, response, { body }));
    await using way = await FileUnderWay.open();
    const { part, fetching } = attempt(way, scriptedStore({ url: origin }));
    expect([await fetching, part.done, asked[0]?.headers.range]).toEqual([null, true, 'bytes=4-7']);
    expect(way.bytes().subarray(4, 8).toString()).toBe('4567');
  });

  it('tells what the store said instead', async () => {
    const { origin } = await webServer((_, response) => response.writeHead(503).end('<Code>SlowDown</Code>'));
    await using way = await FileUnderWay.open();
    const { fetching } = attempt(way, scriptedStore({ url: origin }));
    expect(await fetching).toMatchObject({ kind: 'status', status: 503, text: 'SlowDown' });
  });

  it('throws what the store says when it cannot sign', async () => {
    await using way = await FileUnderWay.open();
    const store = scriptedStore({ rangeRequest: () => Promise.reject(new Error('no credentials')) });
    await expect(attempt(way, store).fetching).rejects.toThrow('no credentials');
  });

  it('ends at once with the pull, while credentials are waited for or bytes', async () => {
    const ending = new Ending();
    const { origin } = await webServer(() => setImmediate(() => ending.end())); // and no answer
    await using way = await FileUnderWay.open();
    const hanging = scriptedStore({ rangeRequest: () => new Promise(() => undefined) });
    const signing = attempt(way, hanging, ending).fetching;
    await using other = await FileUnderWay.open();
    const fetching = attempt(other, scriptedStore({ url: origin }), ending).fetching;
    expect(await Promise.all([signing, fetching])).toEqual([null, null]);
  });
});
