// Do official clients go through the configured proxies, as our own does, and through none of the environment?
import { once } from 'node:events';
import { createServer, request as httpRequest, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { ProxyConfig, StoreTls } from '../../../src/config/storage-config.ts';
import { openAzureContainer } from '../../../src/storage/stores/azure/azure-container.ts';
import { openGcsBucket } from '../../../src/storage/stores/gcs/gcs-bucket.ts';
import { openGcsStore } from '../../../src/storage/stores/gcs/gcs-store.ts';
import { CertificateFolder } from '../../support/certificates.ts';
import { azureUri, azuriteKey, noAzureCredentials } from '../../support/stores/azurite.ts';
import { GcsServer } from '../../support/stores/gcs-server.ts';
import { listObjects, storeSettings } from '../../support/stores/store-settings.ts';

afterEach(() => vi.unstubAllEnvs());

interface Proxy {
  readonly url: string;
  /** Method and target of each request, and who asked. */
  readonly asked: string[];
}

/** Leads to `port`, whatever host is asked for. */
async function startProxy(port: number): Promise<Proxy> {
  const asked: string[] = [];
  const note = ({ method, url, headers }: IncomingMessage) =>
    asked.push(`${method} ${url?.split('?')[0]} ${headers['proxy-authorization'] ?? 'nobody'}`);
  const server: Server = createServer((request, response) => {
    note(request);
    const { pathname, search } = new URL(request.url as string);
    const { method, headers } = request;
    const onwards = httpRequest({ port, host: '127.0.0.1', path: pathname + search, method, headers }, (answer) => {
      response.writeHead(answer.statusCode as number, answer.headers);
      answer.pipe(response);
    });
    request.pipe(onwards).on('error', () => response.destroy());
  });
  server.on('connect', (request, socket) => {
    note(request);
    const onwards = connect(port, '127.0.0.1', () => socket.write('HTTP/1.1 200 OK\r\n\r\n'));
    socket.pipe(onwards).pipe(socket);
    for (const end of [socket, onwards]) end.on('error', () => socket.destroy());
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://user:word@127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

const byUser = `Basic ${Buffer.from('user:word').toString('base64')}`;

function openGcs(
  server: GcsServer,
  { host, tls, proxy }: { host: string; tls?: StoreTls; proxy: Partial<ProxyConfig> },
) {
  const emulator = server.url.replace('127.0.0.1', host);
  const settings = {
    ...storeSettings,
    ...(tls === undefined ? {} : { tls }),
    proxy: { ...storeSettings.proxy, ...proxy },
  };
  return openGcsStore({ bucket: 'models', path: 'm', config: { keyFile: null, emulator }, ...settings });
}

describe('the agents of official clients', () => {
  it('forward plain requests by the proxy', async () => {
    await using server = await GcsServer.start();
    server.objects.put('models', 'm/a', 'x');
    const proxy = await startProxy(server.port);
    await using store = await openGcs(server, { host: 'store.example', proxy: { http: proxy.url } });
    expect(await listObjects(store)).toHaveLength(1);
    const target = `http://store.example:${server.port}/storage/v1/b/models/o`;
    expect(proxy.asked).toContain(`GET ${target} ${byUser}`);
  });

  it('tunnel secure requests through the proxy, and look at the certificate behind it', async () => {
    using folder = new CertificateFolder();
    const authority = folder.authority('stores');
    const certificate = folder.signed('gcs', { by: authority, names: 'DNS:store.example' });
    await using server = await GcsServer.start({ tls: certificate });
    server.objects.put('models', 'm/a', 'x');
    const proxy = await startProxy(server.port);
    const tls = { caFiles: [authority.certFile], verify: true };
    await using store = await openGcs(server, { host: 'store.example', tls, proxy: { https: proxy.url } });
    expect(await listObjects(store)).toHaveLength(1);
    expect(proxy.asked).toContain(`CONNECT store.example:${server.port} ${byUser}`);
    await using other = await openGcs(server, { host: 'other.example', tls, proxy: { https: proxy.url } });
    await expect(listObjects(other)).rejects.toMatchObject({ code: 'STORE_UNREACHABLE' });
  });

  it('go straight to hosts of NO_PROXY, blocks of addresses among them, whatever the environment says', async () => {
    await using server = await GcsServer.start();
    server.objects.put('models', 'm/a', 'x');
    const proxy = await startProxy(server.port);
    for (const name of ['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy']) vi.stubEnv(name, proxy.url);
    await using exempt = await openGcs(server, {
      host: '127.0.0.1',
      proxy: { http: proxy.url, none: ['127.0.0.0/8'] },
    });
    expect(await listObjects(exempt)).toHaveLength(1);
    await using unset = await openGcs(server, { host: '127.0.0.1', proxy: {} });
    expect(await listObjects(unset)).toHaveLength(1);
    expect(proxy.asked).toEqual([]);
  });

  it('carry Azure too', async () => {
    await using server = await GcsServer.start({ alter: () => ({ status: 201, headers: {}, body: Buffer.alloc(0) }) });
    const proxy = await startProxy(server.port);
    const config = { ...noAzureCredentials, serviceUrl: 'http://blobs.example/account', accountKey: azuriteKey };
    const settings = { ...storeSettings, proxy: { http: proxy.url, https: null, none: [] } };
    await using container = await openAzureContainer({ uri: azureUri('logs'), config, ...settings });
    const object = { key: 'a', body: Buffer.from('x'), contentType: 'text/plain', ifAbsent: false };
    await container.put(object, new AbortController().signal);
    expect(proxy.asked).toEqual([`PUT http://blobs.example/account/logs/a ${byUser}`]);
  });

  it.each(['straight', 'by proxy', 'through a tunnel'] as const)(
    'give up a connection that stalls, %s',
    async (way) => {
      using folder = new CertificateFolder();
      const authority = folder.authority('stores');
      const secure = way === 'through a tunnel';
      const certificate = secure ? { tls: folder.signed('gcs', { by: authority, names: 'DNS:store.example' }) } : {};
      await using server = await GcsServer.start({ ...certificate, alter: () => null }); // never answers
      const { url } = await startProxy(server.port);
      const origin = way === 'straight' ? server.url : server.url.replace('127.0.0.1', 'store.example');
      const settings = {
        tls: { caFiles: [authority.certFile], verify: true },
        proxy: way === 'straight' ? storeSettings.proxy : { http: url, https: url, none: [] },
        transfer: { ...storeSettings.transfer, idleTimeoutMs: 100 },
      };
      const gcs = { bucket: 'logs', config: { keyFile: null, emulator: origin }, ...settings };
      const azure = { ...noAzureCredentials, serviceUrl: `${origin}/account`, accountKey: azuriteKey };
      await using bucket = await openGcsBucket(gcs);
      await using container = await openAzureContainer({ uri: azureUri('logs'), config: azure, ...settings });
      for (const store of [bucket, container]) {
        const put = store.put(
          { key: 'a', body: Buffer.from('x'), contentType: 'text/plain', ifAbsent: false },
          new AbortController().signal,
        );
        await expect(put).rejects.toMatchObject({ name: 'PutFailure', status: null });
      }
    },
  );
});
