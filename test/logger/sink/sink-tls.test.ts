// Does an https sink get our events only when it is who it should be, also after its authority was rotated?
import { once } from 'node:events';
import { copyFileSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates, type TLSSocket, type TlsOptions } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type Certificate, CertificateFolder } from '../../support/certificates.ts';
import { eventually } from '../../support/eventually.ts';
import { answered, plainTls, testSinkClient } from '../../support/sink-client.ts';

let folder: CertificateFolder;
let ours: Certificate;
let theirs: Certificate;
let good: Certificate;

beforeAll(() => {
  folder = new CertificateFolder();
  ours = folder.authority('ours');
  theirs = folder.authority('theirs');
  good = folder.signed('good', { by: ours, names: 'DNS:localhost,IP:127.0.0.1' });
});

afterAll(() => folder[Symbol.dispose]());

/** Answers 200 with the name of SNI and of the client's certificate. */
async function tlsSink({ cert, key }: Certificate, options: TlsOptions = {}) {
  const sockets: TLSSocket[] = [];
  const bodies: string[] = [];
  const server = createServer({ cert, key, ...options }, (request, response) => {
    const socket = request.socket as TLSSocket;
    request.setEncoding('utf8').on('data', (text: string) => bodies.push(text));
    response.end(`${socket.servername || 'no name'}, ${socket.getPeerCertificate().subject?.CN ?? 'nobody'}`);
  });
  server.on('secureConnection', (socket: TLSSocket) => sockets.push(socket));
  server.on('tlsClientError', () => undefined);
  server.keepAliveTimeout = 0; // what is closed, we closed
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close().closeAllConnections());
  return { port: (server.address() as AddressInfo).port, sockets, bodies, server };
}

/** A file of the test's own, which may be replaced. */
function fileOf(name: string, { certFile }: Certificate): string {
  const file = join(folder.path, name);
  copyFileSync(certFile, file);
  return file;
}

describe('a sink with a certificate', () => {
  it('of the authority in the CA file gets the events, with its name and without one', async () => {
    const { port } = await tlsSink(good);
    const tls = { ...plainTls, caFile: ours.certFile, caRequired: true };
    const byName = testSinkClient({ url: `https://localhost:${port}/`, tls });
    expect(await byName.post()).toEqual(answered(200, 'localhost, nobody'));
    expect(await byName.post([Buffer.alloc(1_000_000)])).toEqual(answered(200, 'localhost, nobody'));
    const byAddress = testSinkClient({ url: `https://127.0.0.1:${port}/`, tls });
    expect(await byAddress.post()).toEqual(answered(200, 'no name, nobody'));
    expect(byName.errors).toEqual([]);
  });

  it('of an authority nobody knows gets nothing', async () => {
    const { port, bodies } = await tlsSink(good);
    for (const caFile of [null, theirs.certFile]) {
      const client = testSinkClient({ url: `https://localhost:${port}/`, tls: { ...plainTls, caFile } });
      const message = 'unable to verify the first certificate (UNABLE_TO_VERIFY_LEAF_SIGNATURE)';
      expect(await client.post()).toEqual({ kind: 'failed', code: 'tls', message });
    }
    expect(bodies).toEqual([]);
  });

  it('that nobody knows gets the events when nobody wants to know', async () => {
    const { port } = await tlsSink(good);
    const tls = { ...plainTls, skipVerify: true };
    expect(await testSinkClient({ url: `https://localhost:${port}/`, tls }).post()).toMatchObject({ status: 200 });
  });

  it('that expired, or is of another host, gets nothing', async () => {
    const expired = folder.signed('expired', { by: ours, names: 'DNS:localhost', days: -1 });
    const other = folder.signed('other', { by: ours, names: 'DNS:sink.example' });
    const tls = { ...plainTls, caFile: ours.certFile };
    const expectations = [
      [expired, /^certificate has expired \(CERT_HAS_EXPIRED\)$/],
      [other, /does not match certificate's altnames/],
    ] as const;
    for (const [certificate, message] of expectations) {
      const { port, bodies } = await tlsSink(certificate);
      const attempt = await testSinkClient({ url: `https://localhost:${port}/`, tls }).post();
      expect(attempt).toMatchObject({ kind: 'failed', code: 'tls', message: expect.stringMatching(message) });
      expect(bodies).toEqual([]);
    }
  });

  it('and an http sink at its port: tls', async () => {
    const http = (await import('node:http')).createServer().listen(0, '127.0.0.1');
    await once(http, 'listening');
    onTestFinished(() => void http.close().closeAllConnections());
    const client = testSinkClient({ url: `https://127.0.0.1:${(http.address() as AddressInfo).port}/` });
    expect(await client.post()).toMatchObject({ kind: 'failed', code: 'tls' });
  });
});

describe('a CA file', () => {
  it('that is missing is said loudly when somebody named it, and the events wait for it', async () => {
    const { port } = await tlsSink(good);
    const caFile = join(folder.path, 'later.crt');
    const client = testSinkClient({
      url: `https://localhost:${port}/`,
      tls: { ...plainTls, caFile, caRequired: true },
    });
    expect(client.errors).toMatchObject([{ fields: { file: caFile }, message: expect.stringContaining('system') }]);
    expect(await client.post()).toMatchObject({ code: 'tls' });
    expect(await client.post()).toMatchObject({ code: 'tls' });
    expect(client.errors).toHaveLength(1);
    copyFileSync(ours.certFile, caFile);
    expect(await client.post()).toMatchObject({ status: 200 });
  });

  it("is added to the system's authorities", async () => {
    const system = getCACertificates('default');
    onTestFinished(() => setDefaultCACertificates(system));
    setDefaultCACertificates([ours.cert]);
    const { port } = await tlsSink(good);
    const tls = { ...plainTls, caFile: theirs.certFile };
    expect(await testSinkClient({ url: `https://localhost:${port}/`, tls }).post()).toMatchObject({ status: 200 });
  });

  it('that is missing at the usual place is nothing to speak of', async () => {
    const tls = { ...plainTls, caFile: join(folder.path, 'never.crt') };
    expect(testSinkClient({ url: 'https://localhost:1/', tls }).errors).toEqual([]);
  });

  it.each(['', 'no certificate', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'])(
    'that holds %j is said loudly',
    (text) => {
      const caFile = join(folder.path, 'broken.crt');
      writeFileSync(caFile, text);
      const { errors } = testSinkClient({ url: 'https://localhost:1/', tls: { ...plainTls, caFile } });
      expect(errors).toMatchObject([{ fields: { file: caFile } }]);
    },
  );

  it('that is rotated, as Kubernetes does by a link, counts from the next connection on', async () => {
    const caFile = join(folder.path, 'linked.crt');
    symlinkSync(theirs.certFile, caFile);
    const { port } = await tlsSink(good);
    const client = testSinkClient({ url: `https://localhost:${port}/`, tls: { ...plainTls, caFile } });
    expect(await client.post()).toMatchObject({ code: 'tls' });
    unlinkSync(caFile);
    symlinkSync(ours.certFile, caFile);
    expect(await client.post()).toMatchObject({ status: 200 });
  });

  it('that is rotated closes the connections from before: idle ones at once, others with their answer', async () => {
    const caFile = fileOf('rotated.crt', ours);
    const { port, sockets } = await tlsSink(good);
    const client = testSinkClient({ url: `https://localhost:${port}/`, tls: { ...plainTls, caFile } });
    await Promise.all([client.post(), client.post()]);
    expect(sockets).toHaveLength(2);
    writeFileSync(caFile, `${theirs.cert}${ours.cert}`);
    await Promise.all([client.post(), client.post(), client.post()]);
    await eventually('the two from before are closed', () => sockets[0]?.destroyed && sockets[1]?.destroyed);
    expect(await client.post()).toMatchObject({ status: 200 });
    expect(sockets).toHaveLength(3);
  });

  it('is looked at again after a while, as no connection is used for ever', async () => {
    const { port, sockets } = await tlsSink(good);
    const tls = { ...plainTls, caFile: fileOf('aged.crt', ours) };
    const client = testSinkClient({ url: `https://localhost:${port}/`, tls, maxAgeMs: 0 });
    for (let posts = 0; posts < 3; posts += 1) await client.post();
    expect(sockets).toHaveLength(3);
  });
});

describe('a client certificate', () => {
  const asked = () => ({ requestCert: true, ca: ours.cert });

  it('is shown to a sink that asks for it, and the rotated one after its rotation', async () => {
    const one = folder.signed('one', { by: ours, names: 'DNS:one' });
    const two = folder.signed('two', { by: ours, names: 'DNS:two' });
    const { certFile, keyFile } = folder.signed('mine', { by: ours, names: 'DNS:mine' });
    copyFileSync(one.certFile, certFile);
    copyFileSync(one.keyFile, keyFile);
    const { port, server } = await tlsSink(good, asked());
    const tls = { ...plainTls, caFile: ours.certFile, certFile, keyFile };
    const client = testSinkClient({ url: `https://localhost:${port}/`, tls });
    expect(await client.post()).toEqual(answered(200, 'localhost, one'));
    copyFileSync(two.certFile, certFile); // without its key: the old pair goes on
    server.closeIdleConnections();
    expect(await client.post()).toEqual(answered(200, 'localhost, one'));
    expect(client.errors).toMatchObject([{ fields: { certFile }, message: expect.stringContaining('last one') }]);
    copyFileSync(two.keyFile, keyFile);
    server.closeIdleConnections();
    expect(await client.post()).toEqual(answered(200, 'localhost, two'));
  });

  it.each(['TLSv1.2', 'TLSv1.3'] as const)('that is asked for and not there: %s sends us away', async (maxVersion) => {
    const { port } = await tlsSink(good, { ...asked(), maxVersion });
    const client = testSinkClient({ url: `https://localhost:${port}/`, tls: { ...plainTls, caFile: ours.certFile } });
    expect(await client.post()).toMatchObject({ kind: 'failed', code: 'tls' });
  });

  it('that cannot be read is said at start; nothing is sent until it can be', async () => {
    const { certFile, keyFile } = folder.signed('late', { by: ours, names: 'DNS:late' });
    const key = fileOf('kept.key', { ...good, certFile: keyFile });
    rmSync(keyFile);
    const { port } = await tlsSink(good, asked());
    const tls = { ...plainTls, caFile: ours.certFile, certFile, keyFile };
    const client = testSinkClient({ url: `https://localhost:${port}/`, tls });
    expect(client.errors).toMatchObject([{ fields: { keyFile } }]);
    expect(await client.post()).toMatchObject({ code: 'tls', message: expect.stringContaining('late.key') });
    expect(client.errors).toHaveLength(1);
    copyFileSync(key, keyFile);
    expect(await client.post()).toEqual(answered(200, 'localhost, late'));
  });
});
