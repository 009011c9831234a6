// Does a bucket take an object whole, and say why when it does not?
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { PutFailure } from '../../../../src/storage/object-store.ts';
import { openGcsBucket } from '../../../../src/storage/stores/gcs/gcs-bucket.ts';
import { type GcsAnswer, GcsServer, jsonAnswer } from '../../../support/stores/gcs-server.ts';
import { storeSettings } from '../../../support/stores/store-settings.ts';

const signal = new AbortController().signal;
const body = Buffer.from([0, 13, 10, 45, 45, 255, 128, 13, 10]);
const put = { key: 'logs/a b/é.json', body, contentType: 'application/json', ifAbsent: false };

const opened = (server: GcsServer) =>
  openGcsBucket({ bucket: 'logs', config: { keyFile: null, emulator: server.url }, ...storeSettings });

describe('a bucket of Google Cloud Storage', () => {
  it('takes bytes as they are, under their key and content type', async () => {
    await using server = await GcsServer.start();
    const kept = server.objects.bucket('logs');
    await using bucket = await opened(server);
    await bucket.put(put, signal);
    expect(kept.get('logs/a b/é.json')).toMatchObject({ bytes: body, contentType: 'application/json' });
  });

  it('leaves what is there as it is when nothing may be there', async () => {
    await using server = await GcsServer.start();
    const kept = server.objects.bucket('logs');
    await using bucket = await opened(server);
    const careful = { ...put, ifAbsent: true };
    expect(await bucket.put(careful, signal)).toBe('stored');
    expect(await bucket.put({ ...careful, body: Buffer.from('other') }, signal)).toBe('exists');
    expect(kept.get(put.key)?.bytes).toEqual(body);
  });

  it('says which MD5 its bytes have, so that the store refuses others', async () => {
    await using server = await GcsServer.start();
    server.objects.bucket('logs');
    await using bucket = await opened(server);
    await bucket.put(put, signal);
    const md5Hash = createHash('md5').update(body).digest('base64');
    expect(server.asked[0]?.body.toString('latin1')).toContain(`"md5Hash":"${md5Hash}"`);
  });

  it('tries once, and tells the status', async () => {
    const answers: GcsAnswer[] = [jsonAnswer(503, {}), jsonAnswer(403, {})];
    await using server = await GcsServer.start({ alter: (answer) => answers.shift() ?? answer });
    await using bucket = await opened(server);
    const failures = [];
    for (let at = 0; at < 3; at++) failures.push(await bucket.put(put, signal).catch((error: unknown) => error));
    expect(failures.every((failure) => failure instanceof PutFailure)).toBe(true);
    expect(failures).toMatchObject([{ status: 503 }, { status: 403 }, { status: 404 }]);
    expect(server.asked).toHaveLength(3);
  });

  it('tells that nobody is there', async () => {
    const server = await GcsServer.start();
    await using bucket = await opened(server);
    await server[Symbol.asyncDispose]();
    await expect(bucket.put(put, signal)).rejects.toMatchObject({ name: 'PutFailure', status: null });
  });
});
