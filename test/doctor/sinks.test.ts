import { writeFileSync } from 'node:fs';
import { createServer as createHttpsServer } from 'node:https';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { CertificateFolder } from '../support/certificates.ts';
import { examined, linesOf } from '../support/doctor/examined.ts';
import { freePort } from '../support/free-ports.ts';
import { serve, serveHttp } from '../support/runtimes/probed.ts';
import { S3Server, testAccount } from '../support/stores/s3-server.ts';

const folder = new CertificateFolder();
afterAll(() => folder[Symbol.dispose]());
const authority = folder.authority('house');
const server = folder.signed('server', { by: authority, names: 'IP:127.0.0.1,DNS:localhost' });
const stale = folder.signed('stale', { by: authority, names: 'IP:127.0.0.1', days: -1 });
const brief = folder.signed('brief', { by: authority, names: 'IP:127.0.0.1', days: 3 });
const elsewhere = folder.signed('elsewhere', { by: authority, names: 'DNS:other.example' });

function eventLines(url: string, flags: readonly string[] = [], env = {}) {
  return linesOf(examined({ componentPort: 1, flags: ['--log-url', url, ...flags], env }, 'Events'));
}

async function httpsUrl(certificate: typeof server): Promise<string> {
  const { cert, key } = certificate;
  const { port } = await serve(createHttpsServer({ cert, key }, (_, response) => response.end()));
  return `https://127.0.0.1:${port}/in`;
}

const trusting = ['--logger-ca-cert-file', authority.certFile];

describe('a sink of events', () => {
  it('that takes connections is well, and gets no event', async () => {
    const requests: string[] = [];
    const { port } = await serveHttp((request, response) => {
      requests.push(request.url ?? '');
      response.end();
    });
    const lines = await eventLines(`http://user:secret@127.0.0.1:${port}/in?token=abc`);
    expect(lines).toEqual([`ok sink http://127.0.0.1:${port}/in: it takes connections; no event was sent`]);
    expect(requests).toEqual([]);
  });

  it('that is down is a problem, and so is one whose host does not exist', async () => {
    const port = await freePort();
    const [down] = await eventLines(`http://127.0.0.1:${port}/`);
    expect(down).toContain(`nothing listens at 127.0.0.1:${port}`);
    const [lost] = await eventLines('http://no-such-host.invalid/');
    expect(lost).toMatch(/^problem sink .*(no host|name service)/);
  });

  it('for dead letters is looked at like the others', async () => {
    const [port, sink] = [await freePort(), await serveHttp((_, response) => response.end())];
    const lines = await eventLines(`http://127.0.0.1:${sink.port}/`, [
      '--log-dead-letter-url',
      `http://127.0.0.1:${port}/`,
    ]);
    expect(lines.map((line) => line.split(' ', 1)[0])).toEqual(['ok', 'problem']);
  });

  it('whose authority is named is trusted', async () => {
    const url = await httpsUrl(server);
    expect(await eventLines(url, trusting)).toEqual([
      `ok sink ${url}: it takes connections, and its certificate is trusted; no event was sent`,
    ]);
  });

  it.each([
    ['of an unknown authority', server, [], /UNABLE_TO_VERIFY_LEAF_SIGNATURE.*--logger-ca-cert-file/],
    ['that is over', stale, trusting, /CERT_HAS_EXPIRED.*renew/],
    ['of another host', elsewhere, trusting, /ERR_TLS_CERT_ALTNAME_INVALID.*host/],
  ])('with a certificate %s is a problem with its remedy', async (_, certificate, flags, said) => {
    const [line] = await eventLines(await httpsUrl(certificate), flags);
    expect(line).toMatch(/^problem/);
    expect(line).toMatch(said);
  });

  it('is warned of: a certificate that ends soon, and one that nobody checks', async () => {
    expect((await eventLines(await httpsUrl(brief), trusting))[0]).toMatch(/^warning .*ends on/);
    const [unchecked] = await eventLines(await httpsUrl(server), ['--logger-tls-skip-verify']);
    expect(unchecked).toMatch(/^warning .*--logger-tls-skip-verify/);
  });

  it('that speaks no TLS where https was written is told as that', async () => {
    const { port } = await serveHttp((_, response) => response.end());
    const [line] = await eventLines(`https://127.0.0.1:${port}/`);
    expect(line).toMatch(/speaks no TLS.*http:\/\//);
  });

  it('with an authority that cannot be read is a problem with the flag', async () => {
    const broken = join(folder.path, 'broken.crt');
    writeFileSync(broken, 'no certificate');
    const lines = await eventLines(await httpsUrl(server), ['--logger-ca-cert-file', broken]);
    expect(lines[0]).toMatch(/^problem .*it holds no certificate.*--logger-ca-cert-file/);
  });
});

describe('a bucket for events', () => {
  const env = (store: S3Server, secret = testAccount.secretAccessKey) => ({
    AWS_ENDPOINT_URL: store.url,
    AWS_ACCESS_KEY_ID: testAccount.accessKeyId,
    AWS_SECRET_ACCESS_KEY: secret,
    AWS_REGION: 'us-east-1',
  });

  it('that can be listed is well, also while it is empty', async () => {
    await using store = await S3Server.start();
    store.bucket('logs');
    const lines = await eventLines('s3://logs/events', [], env(store));
    expect(lines[0]).toBe('ok sink s3://logs/events: its store can be listed');
    expect(store.asked().filter((request) => !/^(HEAD|GET) /.test(request))).toEqual([]);
  });

  it('that refuses the key says so, and shows no secret', async () => {
    await using store = await S3Server.start();
    store.bucket('logs');
    const lines = await eventLines('s3://logs/events', [], env(store, 'another-secret'));
    expect(lines).toEqual([expect.stringMatching(/^problem .*AWS_SECRET_ACCESS_KEY/)]);
    expect(lines.join()).not.toContain('another-secret');
  });
});
