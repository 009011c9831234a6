// Whose certificates are trusted, and what goes through a proxy: real TLS servers and a real proxy in this process.

import { randomFillSync } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterAll, describe, expect, it } from 'vitest';
import { OutriggerError } from '../../../src/errors.ts';
import { CertificateFolder } from '../../support/certificates.ts';
import { eventually } from '../../support/eventually.ts';
import { exchange, get, openClient, openLane } from './exchanges.ts';
import { ScriptedProxy } from './scripted-proxy.ts';
import { type Script, ScriptedStore } from './scripted-store.ts';

const folder = new CertificateFolder();
afterAll(() => folder[Symbol.dispose]());
const authority = folder.authority('ca');
const other = folder.authority('other');
const good = folder.signed('good', { by: authority, names: 'DNS:localhost,DNS:store.test,IP:127.0.0.1' });
const misnamed = folder.signed('misnamed', { by: authority, names: 'DNS:elsewhere.test' });

const body = randomFillSync(Buffer.alloc(3_000_001));
const answer: Script = (socket) => {
  socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`);
  socket.write(body);
};

describe('a certificate', () => {
  it.each([
    { name: 'of the configured authority is accepted', caFiles: [authority.certFile], verify: true, kind: null },
    {
      name: 'is found among several authorities',
      caFiles: [other.certFile, authority.certFile],
      verify: true,
      kind: null,
    },
    { name: 'of nobody we know is refused', caFiles: [], verify: true, kind: 'connect' },
    { name: 'of another authority is refused', caFiles: [other.certFile], verify: true, kind: 'connect' },
    { name: 'of nobody we know is accepted without verification', caFiles: [], verify: false, kind: null },
    { name: 'needs no authority without verification', caFiles: ['/none/ca.pem'], verify: false, kind: null },
  ])('$name', async ({ caFiles, verify, kind }) => {
    await using store = await ScriptedStore.open(answer, good);
    using lane = openLane({ tls: { caFiles, verify } });
    for (const url of [store.url('/', 'https'), new URL(`https://localhost:${store.port}/`)]) {
      const exchanged = await exchange(lane, get(url));
      expect(exchanged.failure?.kind ?? null).toBe(kind);
      expect(exchanged.body.equals(kind === null ? body : Buffer.alloc(0))).toBe(true);
    }
    expect(store.asked.length).toBe(kind === null ? 2 : 0);
  });

  it('of nobody, as it speaks no TLS there, is said in plain words', async () => {
    await using plain = createServer().listen(0, '127.0.0.1');
    await once(plain, 'listening');
    const { port } = plain.address() as AddressInfo;
    using lane = openLane({});
    const { failure } = await exchange(lane, get(new URL(`https://127.0.0.1:${port}/`)));
    expect(failure).toMatchObject({ kind: 'connect', message: expect.stringContaining('speaks no TLS') });
    expect(failure?.message).not.toContain('.c:');
  });

  it('for another name is refused, and accepted without verification', async () => {
    await using store = await ScriptedStore.open(answer, misnamed);
    using lane = openLane({ tls: { caFiles: [authority.certFile] } });
    expect((await exchange(lane, get(store.url('/', 'https')))).failure?.kind).toBe('connect');
    using careless = openLane({ tls: { verify: false } });
    expect((await exchange(careless, get(store.url('/', 'https')))).failure).toBe(null);
  });

  it('file that is missing or holds none is an error of the configuration', () => {
    const empty = join(folder.path, 'empty.pem');
    writeFileSync(empty, 'no certificate');
    for (const file of [empty, join(folder.path, 'missing.pem')]) {
      expect(() => openClient({ tls: { caFiles: [file] } })).toThrow(OutriggerError);
    }
  });

  it('is looked at once: the next connection resumes the session', async () => {
    const reused: boolean[] = [];
    await using store = await ScriptedStore.open((socket) => {
      reused.push((socket as TLSSocket).isSessionReused());
      socket.end('HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx');
    }, good);
    using lane = openLane({ tls: { caFiles: [authority.certFile] } });
    for (let round = 0; round < 2; round += 1) await exchange(lane, get(store.url('/', 'https')));
    expect(reused).toEqual([false, true]);
  });
});

describe('a TLS connection', () => {
  it('that the store closes after a body without a length brings it whole', async () => {
    await using store = await ScriptedStore.open((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      socket.end(body);
    }, good);
    using lane = openLane({ tls: { caFiles: [authority.certFile] } });
    for (let round = 0; round < 5; round += 1) {
      const exchanged = await exchange(lane, get(store.url('/', 'https')));
      expect([exchanged.failure, exchanged.body.equals(body)]).toEqual([null, true]);
    }
  });

  it('is kept, and broken when it is cut', async () => {
    await using store = await ScriptedStore.open((socket, { text }) => {
      if (text.startsWith('GET /cut'))
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx', () => socket.destroy());
      else answer(socket, { text, connection: 1 });
    }, good);
    using lane = openLane({ tls: { caFiles: [authority.certFile] } });
    for (let round = 0; round < 3; round += 1) await exchange(lane, get(store.url('/', 'https')));
    expect(store.connections).toBe(1);
    expect((await exchange(lane, get(store.url('/cut', 'https')))).failure?.kind).toBe('broken');
  });
});

describe('through a proxy', () => {
  it('http is asked in absolute form, https in a tunnel, both with the credentials of the proxy and kept alive', async () => {
    await using plain = await ScriptedStore.open(answer);
    await using secure = await ScriptedStore.open(answer, good);
    await using proxy = await ScriptedProxy.open();
    const address = `http://me:pa%20ss@${proxy.address}`;
    const proxied = { proxy: { http: address, https: address }, tls: { caFiles: [authority.certFile] } };
    using lane = openLane(proxied, 'public');
    const urls = [`http://u:p@store.test:${plain.port}/a?b`, `https://u:p@store.test:${secure.port}/a?b`];
    for (const url of urls.flatMap((each) => [each, each])) {
      expect((await exchange(lane, get(new URL(url)))).body.equals(body)).toBe(true);
    }
    const line = `GET http://store.test:${plain.port}/a?b`;
    expect(proxy.asked.map((asked) => asked.line)).toEqual([line, line, `CONNECT store.test:${secure.port}`]);
    const credentials = `Basic ${Buffer.from('me:pa ss').toString('base64')}`;
    for (const { authorization } of proxy.asked) expect(authorization).toBe(credentials);
    for (const { text } of secure.asked) {
      expect(text).toMatch(/^GET \/a\?b HTTP\/1.1\r\nHost: store.test:/);
      expect(text).not.toMatch(/proxy-/i);
    }
    expect(secure.connections).toBe(1);
  });

  it('the certificate is still the one of the store', async () => {
    await using store = await ScriptedStore.open(answer, misnamed);
    await using proxy = await ScriptedProxy.open();
    using lane = openLane({ proxy: { https: `http://${proxy.address}` }, tls: { caFiles: [authority.certFile] } });
    const { failure } = await exchange(lane, get(new URL(`https://store.test:${store.port}/`)));
    expect(failure?.kind).toBe('connect');
    expect(store.asked.length).toBe(0);
  });

  it('a broken answer, and a tunnel that ends, are heard of', async () => {
    await using store = await ScriptedStore.open((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx', () => socket.destroy());
    }, good);
    await using proxy = await ScriptedProxy.open();
    using lane = openLane({ proxy: { https: proxy.address }, tls: { caFiles: [authority.certFile] } });
    const { failure } = await exchange(lane, get(new URL(`https://store.test:${store.port}/`)));
    expect(failure?.kind).toBe('broken');
    await eventually('the connection is closed', () => store.sockets.size === 0);
  });

  it.each([
    'HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n',
    'HTTP/1.1 200 OK\r\n\r\nearly bytes',
    'no HTTP\r\n\r\n',
    '',
  ])('there is no connection when CONNECT is answered with %j', async (refusal) => {
    await using store = await ScriptedStore.open(answer, good);
    await using proxy = await ScriptedProxy.open();
    proxy.refusal = refusal;
    using lane = openLane({ proxy: { https: `http://${proxy.address}` }, tls: { caFiles: [authority.certFile] } });
    const { failure } = await exchange(lane, get(new URL(`https://store.test:${store.port}/`)));
    expect(failure?.kind).toBe('connect');
    expect(store.connections).toBe(0);
  });

  it('metadata, also by name, and, from public hosts, private addresses are refused as they are written', async () => {
    await using proxy = await ScriptedProxy.open();
    const proxied = { proxy: { http: proxy.address, https: proxy.address } };
    for (const [reach, url] of [
      ['anywhere', 'http://169.254.169.254/'],
      ['anywhere', 'http://metadata.google.internal/computeMetadata/v1/'],
      ['public', 'https://Instance-Data./latest'],
      ['public', 'https://10.0.0.1/'],
    ] as const) {
      using lane = openLane(proxied, reach);
      expect((await exchange(lane, get(new URL(url)))).failure?.kind).toBe('refused');
    }
    expect(proxy.asked.length).toBe(0);
  });
});
