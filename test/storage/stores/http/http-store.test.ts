import { describe, expect, it } from 'vitest';
import { openHttpStore } from '../../../../src/storage/stores/http/http-store.ts';
import { closedAfterwards, fetched, impatient, realClient } from '../../../support/stores/store-reading.ts';
import { listObjects } from '../../../support/stores/store-settings.ts';
import { sendFile, type WebServer, webServer } from '../../../support/stores/web-server.ts';

const body = Buffer.from('0123456789');
const etag = { etag: '"v1"' };

type Headers = Readonly<Record<string, Readonly<Record<string, string>>>>;

const open = (url: string, headers: Headers = {}) =>
  closedAfterwards(openHttpStore({ url, config: { headers }, http: realClient(), transfer: impatient }));

const fileServer = (headers: Readonly<Record<string, string>> = etag): Promise<WebServer> =>
  webServer((request, response) => sendFile(request, response, { body, headers }));

describe('a file of a web server', () => {
  it('is one object, known after one question for its first byte', async () => {
    const server = await fileServer({ ...etag, 'content-type': 'application/zip' });
    const store = open(`${server.origin}/models/m%20x.zip?Signature=abc`);
    expect(await listObjects(store)).toEqual([
      {
        key: 'm x.zip',
        bytes: 10,
        version: '"v1"',
        checksums: {},
        partBytes: null,
        ranges: true,
        contentEncoding: null,
        contentType: 'application/zip',
      },
    ]);
    expect(store.path).toBe('m x.zip');
    expect(server.asked.map(({ method, url, headers }) => [method, url, headers.range])).toEqual([
      ['GET', '/models/m%20x.zip?Signature=abc', 'bytes=0-0'],
    ]);
  });

  it('is fetched in ranges that are pinned to its version', async () => {
    const server = await fileServer();
    const store = open(`${server.origin}/m`);
    const [object] = await listObjects(store);
    expect((await fetched(store, object!, { first: 2, last: 4 })).text).toBe('234');
    expect((await fetched(store, object!)).text).toBe('0123456789');
    expect(server.asked.map(({ headers }) => headers['if-match'])).toEqual([undefined, '"v1"', '"v1"']);
  });

  it('of a server without ranges comes in one stream', async () => {
    const server = await webServer((_, response) => response.end(body));
    const [object] = await listObjects(open(`${server.origin}/m`));
    expect(object).toMatchObject({ bytes: 10, ranges: false });
  });

  it('may be empty', async () => {
    const server = await webServer((request, response) =>
      sendFile(request, response, { body: Buffer.alloc(0), headers: etag }),
    );
    expect(await listObjects(open(`${server.origin}/m`))).toMatchObject([{ bytes: 0, version: '"v1"' }]);
  });

  it('of unknown length is one whose end nobody knows yet', async () => {
    const server = await webServer((_, response) => {
      response.write('x');
      response.end('y');
    });
    expect(await listObjects(open(`${server.origin}/m`))).toMatchObject([{ bytes: null, ranges: false }]);
  });
});

describe('who asks', () => {
  it('is told to the host it is for: its headers and the user part', async () => {
    const server = await fileServer();
    const [host] = server.host.split(':');
    await listObjects(open(`${server.origin}/m`, { [host!]: { 'X-Key': 'k' }, 'other.host': { 'X-Key': 'wrong' } }));
    await listObjects(
      open(`${server.origin}/m`, { [host!]: { 'X-Key': 'k' }, [server.host]: { 'X-Key': 'of the port' } }),
    );
    await listObjects(open(`${server.origin.replace('//', '//me:p%40ss@')}/m`));
    expect(server.asked.map(({ headers }) => headers['x-key'])).toEqual(['k', 'of the port', undefined]);
    expect(server.asked[2]?.headers.authorization).toBe(`Basic ${Buffer.from('me:p@ss').toString('base64')}`);
  });

  it('is never told to another host that a redirect leads to', async () => {
    const cdn = await fileServer();
    const server = await webServer((_, response) =>
      response.writeHead(302, { location: `${cdn.origin}/signed?sig=secret` }).end(),
    );
    const store = open(`${server.origin.replace('//', '//me:pass@')}/m`, { [server.host]: { 'X-Key': 'k' } });
    const [object] = await listObjects(store);
    expect((await fetched(store, object!)).text).toBe('0123456789');
    expect(server.asked.map(({ headers }) => headers['x-key'])).toEqual(['k']);
    expect(server.asked[0]?.headers.authorization).toMatch(/^Basic /);
    expect(cdn.asked.map(({ headers }) => [headers['x-key'], headers.authorization])).toEqual([
      [undefined, undefined],
      [undefined, undefined],
    ]);
  });
});

describe('a redirect', () => {
  it('is followed once for all ranges, and anew when its target has expired', async () => {
    let signature = 1;
    const cdn = await webServer((request, response) => {
      if (request.url?.endsWith(`=${signature}`)) sendFile(request, response, { body, headers: etag });
      else response.writeHead(403).end();
    });
    const server = await webServer((_, response) =>
      response.writeHead(307, { location: `${cdn.origin}/m?sig=${signature}` }).end(),
    );
    const store = open(`${server.origin}/m`);
    const [object] = await listObjects(store);
    await Promise.all([0, 1, 2].map((at) => fetched(store, object!, { first: at, last: at })));
    expect(server.asked.length).toBe(1);
    signature = 2;
    expect((await fetched(store, object!)).head.status).toBe(403);
    expect(store.renew(object!)).toBe(true);
    const answers = await Promise.all([0, 1].map((at) => fetched(store, object!, { first: at, last: at })));
    expect(answers.map(({ text }) => text)).toEqual(['0', '1']);
    expect(server.asked.length).toBe(2);
  });

  it('that never was cannot have expired', async () => {
    const server = await fileServer();
    const store = open(`${server.origin}/m`);
    const [object] = await listObjects(store);
    expect(store.renew(object!)).toBe(false);
  });
});

describe('a refusal', () => {
  it.each([
    [401, 'STORE_DENIED'],
    [403, 'STORE_DENIED'],
    [404, 'MODEL_NOT_FOUND'],
    [410, 'MODEL_NOT_FOUND'],
    [400, 'STORE_FAILED'],
    [204, 'STORE_FAILED'],
    [503, 'STORE_FAILED'],
  ])('%i is %s, and neither query nor user part is in it', async (status, code) => {
    const server = await webServer((_, response) => response.writeHead(status).end());
    const store = open(`${server.origin.replace('//', '//me:hunter2@')}/m?sig=hunter2`);
    const failure = await listObjects(store).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code, message: expect.stringContaining(server.host) });
    expect(String((failure as Error).message)).not.toContain('hunter2');
  });

  it('names the variable that would help', async () => {
    const server = await webServer((_, response) => response.writeHead(401).end());
    await expect(listObjects(open(`${server.origin}/m`))).rejects.toThrow('127.0.0.1-headers');
  });

  it('for a moment is asked about again', async () => {
    let refusals = 2;
    const server = await webServer((request, response) => {
      if (refusals-- > 0) response.writeHead(503, { 'retry-after': '0' }).end();
      else sendFile(request, response, { body });
    });
    expect(await listObjects(open(`${server.origin}/m`))).toMatchObject([{ bytes: 10 }]);
  });

  it('of the whole connection is STORE_UNREACHABLE, and says where to look', async () => {
    const server = await webServer((request) => request.socket.destroy());
    await expect(listObjects(open(`${server.origin}/m`))).rejects.toMatchObject({
      code: 'STORE_UNREACHABLE',
      message: expect.stringMatching(/; check the network .*HTTPS_PROXY$/),
    });
    expect(server.asked.length).toBe(impatient.maxAttempts);
  });

  it('in between does not stay: who asks later asks anew', async () => {
    let broken = false;
    const server = await webServer((request, response) => {
      if (broken) request.socket.destroy();
      else sendFile(request, response, { body });
    });
    const redirecting = await webServer((_, response) => response.writeHead(302, { location: server.origin }).end());
    const store = open(`${redirecting.origin}/m`);
    const [object] = await listObjects(store);
    broken = true;
    expect(store.renew(object!)).toBe(true);
    await expect(store.rangeRequest(object!, null)).rejects.toMatchObject({ code: 'STORE_UNREACHABLE' });
    broken = false;
    expect((await fetched(store, object!)).text).toBe('0123456789');
  });
});

it('a public host may not lead to a private one', () => {
  expect(open('https://models.example.com/m').reach).toBe('public');
  expect(open('http://minio.svc/m').reach).toBe('anywhere');
});

it('an object that is gone is null, and one that changed is what it is now', async () => {
  let version: string | null = '"v1"';
  const server = await webServer((request, response) => {
    if (version === null) response.writeHead(404).end();
    else sendFile(request, response, { body, headers: { etag: version } });
  });
  const store = open(`${server.origin}/m`);
  await listObjects(store);
  version = '"v2"';
  expect(await store.look('m', AbortSignal.timeout(5_000))).toMatchObject({ version: '"v2"' });
  version = null;
  expect(await store.look('m', AbortSignal.timeout(5_000))).toBeNull();
});
