// Does a container take a blob whole, and say why when it does not?
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PutFailure, type WritableStore } from '../../../../src/storage/object-store.ts';
import { openAzureContainer } from '../../../../src/storage/stores/azure/azure-container.ts';
import { azureUri, azuriteKey, noAzureCredentials } from '../../../support/stores/azurite.ts';
import { storeSettings } from '../../../support/stores/store-settings.ts';

const signal = new AbortController().signal;
const body = Buffer.from([0, 13, 10, 255, 128]);
const put = { key: 'logs/a b/é.json', body, contentType: 'application/json', ifAbsent: false };
const asked: { readonly headers: IncomingMessage['headers']; readonly url: string; readonly body: Buffer }[] = [];
const statuses: number[] = [];
const codes: string[] = []; // of 409

const server = createServer(async (request, response) => {
  asked.push({ headers: request.headers, url: request.url as string, body: Buffer.concat(await request.toArray()) });
  const code = codes.shift();
  if (code !== undefined) response.writeHead(409, { 'x-ms-error-code': code }).end();
  else response.writeHead(statuses.shift() ?? 201, { etag: '"1"' }).end();
});
beforeAll(() => once(server.listen(0, '127.0.0.1'), 'listening'));
afterAll(() => server.close());

function opened(): Promise<WritableStore> {
  const serviceUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/devstoreaccount1`;
  const config = { ...noAzureCredentials, serviceUrl, accountKey: azuriteKey };
  return openAzureContainer({ uri: azureUri('logs'), config, ...storeSettings });
}

describe('a container of Azure Blob Storage', () => {
  it('takes bytes as they are, with their MD5 and content type, signed', async () => {
    await using container = await opened();
    await container.put(put, signal);
    const { url, headers, body: sent } = asked.at(-1)!;
    expect(sent).toEqual(body);
    expect(decodeURIComponent(url)).toBe('/devstoreaccount1/logs/logs/a b/é.json');
    const md5 = createHash('md5').update(body).digest('base64');
    expect(headers).toMatchObject({
      'content-md5': md5,
      'x-ms-blob-content-md5': md5,
      'x-ms-blob-content-type': 'application/json',
      'x-ms-blob-type': 'BlockBlob',
      authorization: expect.stringContaining('SharedKey devstoreaccount1:'),
    });
  });

  it('is told that nothing may be there, and says when something is', async () => {
    await using container = await opened();
    const careful = { ...put, ifAbsent: true };
    expect(await container.put(careful, signal)).toBe('stored');
    expect(asked.at(-1)!.headers['if-none-match']).toBe('*');
    codes.push('BlobAlreadyExists');
    expect(await container.put(careful, signal)).toBe('exists');
    codes.push('ContainerBeingDeleted');
    await expect(container.put(careful, signal)).rejects.toMatchObject({ status: 409 });
  });

  it('tries once, and tells the status', async () => {
    await using container = await opened();
    const before = asked.length;
    for (const status of [503, 403, 404]) {
      statuses.push(status);
      const failure = await container.put(put, signal).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(PutFailure);
      expect(failure).toMatchObject({ status, message: expect.stringContaining('/logs') });
    }
    expect(asked).toHaveLength(before + 3);
  });

  it('tells that nobody is there', async () => {
    const config = { ...noAzureCredentials, serviceUrl: 'http://127.0.0.1:1/devstoreaccount1', accountKey: azuriteKey };
    await using container = await openAzureContainer({ uri: azureUri('logs'), config, ...storeSettings });
    await expect(container.put(put, signal)).rejects.toMatchObject({ name: 'PutFailure', status: null });
  });
});
