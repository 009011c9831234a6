import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { AnswerReceiver, FetchFailure, HttpClient, HttpLane } from '../../../src/storage/http/http-client.ts';
import type { Reach, StoreRequest } from '../../../src/storage/object-store.ts';
import { RetryingClient } from '../../../src/storage/stores/retrying-client.ts';
import { CertificateFolder } from '../../support/certificates.ts';
import { impatient, realClient } from '../../support/stores/store-reading.ts';
import { webServer } from '../../support/stores/web-server.ts';

const limits = { maxBytes: 1_000, signal: AbortSignal.timeout(10_000) };

function get(url: string): StoreRequest {
  return { method: 'GET', url: new URL(url), headers: [['authorization', 'Bearer x']], range: null };
}

function openClient(transfer = impatient, http = realClient()): RetryingClient {
  const asked = new RetryingClient({ http, reach: 'anywhere', transfer });
  onTestFinished(() => asked[Symbol.dispose]());
  return asked;
}

/** The real client; `then` is called a moment after each answer. */
function whenAnswered(then: () => void): HttpClient {
  const client = realClient();
  const openLane = (reach: Reach): HttpLane => {
    const lane = client.openLane(reach);
    const ended = (receiver: AnswerReceiver, failure: FetchFailure | null): void => {
      receiver.ended(failure);
      setImmediate(then);
    };
    return {
      fetch: (request, receiver) => lane.fetch(request, { ...receiver, ended: (failure) => ended(receiver, failure) }),
      close: () => lane.close(),
    };
  };
  return { openLane };
}

describe('a document', () => {
  it('is asked for on the connection of the one before', async () => {
    const server = await webServer((_, response) => response.end('text'));
    const asked = openClient();
    for (let n = 0; n < 3; n += 1)
      expect((await asked.document(get(server.origin), limits)).body.toString()).toBe('text');
    expect(new Set(server.asked.map(({ socket }) => socket)).size).toBe(1);
  });

  it('may be elsewhere, where nobody is told who asks', async () => {
    const other = await webServer((_, response) => response.end('there'));
    const server = await webServer((_, response) => response.writeHead(307, { location: other.origin }).end());
    expect((await openClient().document(get(server.origin), limits)).body.toString()).toBe('there');
    expect(server.asked[0]?.headers.authorization).toBe('Bearer x');
    expect(other.asked[0]?.headers.authorization).toBeUndefined();
  });

  it('that is always elsewhere is not looked for without end', async () => {
    const server = await webServer((request, response) =>
      response.writeHead(302, { location: `${request.url}x` }).end(),
    );
    await expect(openClient().document(get(`${server.origin}/`), limits)).rejects.toMatchObject({
      code: 'STORE_FAILED',
    });
    expect(server.asked.length).toBe(6);
  });
});

describe('a store that is busy', () => {
  it.each([408, 429, 500, 503])('(%i) is asked as often as configured, and its last word is told', async (status) => {
    const server = await webServer((_, response) => response.writeHead(status).end());
    expect((await openClient().head(get(server.origin), limits.signal)).status).toBe(status);
    expect(server.asked.length).toBe(impatient.maxAttempts);
  });

  it('is not waited for once nobody wants to know', async () => {
    const leave = new AbortController();
    const server = await webServer((_, response) => response.writeHead(503, { 'retry-after': '3600' }).end());
    const hour = { ...impatient, maxBackoffMs: 3_600_000 };
    const patient = openClient(
      hour,
      whenAnswered(() => leave.abort(new Error('left'))),
    );
    await expect(patient.head(get(server.origin), leave.signal)).rejects.toThrow('left');
    expect(server.asked.length).toBe(1);
  });
});

describe('a certificate', () => {
  it('that nobody vouches for is looked at once, and taken with its authority', async () => {
    using folder = new CertificateFolder();
    const authority = folder.authority('ours');
    const { cert, key } = folder.signed('store', { by: authority, names: 'IP:127.0.0.1' });
    let handshakes = 0;
    const server = createServer({ cert, key }, (_, response) => response.end('secret')).listen(0, '127.0.0.1');
    server.on('connection', () => {
      handshakes += 1;
    });
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    await new Promise((resolve) => server.once('listening', resolve));
    const request = get(`https://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await expect(openClient().document(request, limits)).rejects.toMatchObject({ code: 'STORE_UNREACHABLE' });
    expect(handshakes).toBe(1);
    const trusting = realClient({}, { caFiles: [authority.certFile] });
    expect((await openClient(impatient, trusting).document(request, limits)).body.toString()).toBe('secret');
    const careless = realClient({}, { verifyTls: false });
    expect((await openClient(impatient, careless).document(request, limits)).body.toString()).toBe('secret');
  });
});
