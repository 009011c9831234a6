// Sinks of https: payloads go only to whom the operator trusts, and whoever looks at the log sees why they do not go.
import { writeFileSync } from 'node:fs';
import type { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Certificate, CertificateFolder } from '../../support/certificates.ts';
import { eventually } from '../../support/eventually.ts';
import { post, startLogging } from './logging.ts';
import { accept, openSink } from './sink.ts';

let folder: CertificateFolder;
let authority: Certificate;
let certificate: Certificate;

beforeAll(() => {
  folder = new CertificateFolder();
  authority = folder.authority('ours');
  certificate = folder.signed('sink', { by: authority, names: 'IP:127.0.0.1' });
});

afterAll(() => folder[Symbol.dispose]());

const openTlsSink = () => openSink({ tls: { cert: certificate.cert, key: certificate.key } });

it('--logger-ca-cert-file: a sink of that authority has the events, over kept connections', async () => {
  const { exchange, sink, agent } = await startLogging({
    sinks: [await openTlsSink()],
    flags: ['--logger-ca-cert-file', authority.certFile],
  });
  for (let times = 0; times < 5; times++) {
    const { request, response } = await exchange(post('{"x":1}'));
    expect([String(request.data), String(response.data)]).toEqual(['{"x":1}', '{"ok":true}']);
  }
  expect(sink.connections()).toBeLessThanOrEqual(5);
  expect(agent.logged.filter(({ level }) => level === 'error')).toEqual([]);
});

it('a sink of an authority that nobody knows gets nothing, and the log says why', async () => {
  const logging = await startLogging({ sinks: [await openTlsSink()], flags: ['--log-max-backoff', '20ms'] });
  for (let times = 0; times < 3; times++) await logging.send(post('{}'));
  await eventually('the log says why', () =>
    logging.agent.logged.some(({ level, fields }) => level === 'warn' && /certificate/.test(String(fields.reason))),
  );
  expect(logging.sink.requests).toHaveLength(0);
  expect(await logging.account()).toMatchObject({ received: 6, queued: 6, delivered: 0, dropped: 0 });
});

it('--logger-tls-skip-verify: it gets them all the same', async () => {
  const { exchange } = await startLogging({ sinks: [await openTlsSink()], flags: ['--logger-tls-skip-verify'] });
  const { request } = await exchange(post('{"x":1}'));
  expect(String(request.data)).toBe('{"x":1}');
});

it('a file of an authority that is named and missing is loud, and the agent serves', async () => {
  const { agent, send } = await startLogging({
    sinks: [await openTlsSink()],
    flags: ['--logger-ca-cert-file', `${folder.path}/missing.crt`],
  });
  expect((await send(post('{}'))).status).toBe(200);
  expect(agent.logged).toContainEqual(
    expect.objectContaining({
      level: 'error',
      fields: expect.objectContaining({ file: `${folder.path}/missing.crt` }),
    }),
  );
});

it('--log-client-cert-file: the sink is told who we are', async () => {
  const mine = folder.signed('agent', { by: authority, names: 'DNS:agent' });
  const tls = { cert: certificate.cert, key: certificate.key, ca: authority.cert, requestCert: true };
  const sink = await openSink({ tls: { ...tls, rejectUnauthorized: true } });
  const who: unknown[] = [];
  sink.answer((request, response) => {
    who.push((response.socket as TLSSocket).getPeerCertificate().subject.CN);
    accept(request, response);
  });
  const { exchange } = await startLogging({
    sinks: [sink],
    flags: [
      ...['--logger-ca-cert-file', authority.certFile],
      ...['--log-client-cert-file', mine.certFile, '--log-client-key-file', mine.keyFile],
    ],
  });
  await exchange(post('{}'));
  expect(who).toEqual(['agent', 'agent']);
});

it('--log-bearer-token-file: each delivery has the token that stands there', async () => {
  const file = `${folder.path}/token`;
  writeFileSync(file, 'first\n');
  const { exchange, sink } = await startLogging({
    sinks: [await openTlsSink()],
    flags: ['--logger-ca-cert-file', authority.certFile, '--log-bearer-token-file', file],
  });
  await exchange(post('{}'));
  for (const { rawHeaders } of sink.requests) {
    const at = rawHeaders.findIndex((name) => name.toLowerCase() === 'authorization');
    expect(rawHeaders[at + 1]).toBe('Bearer first');
  }
});
