import { spawn, spawnSync } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import type { KeptRequest } from '../../../../src/dev/inspector/kept-exchange.ts';
import { curlOf } from '../../../../src/dev/inspector/view/curl.ts';
import { requestOf } from './parts.ts';
import { type RecordingServer, startHttp1, startHttp2 } from './recording-server.ts';

const hasCurl = spawnSync('curl', ['--version']).status === 0;
if (!hasCurl) console.log('curl commands are not run: there is no curl on this machine');
const environment = { ...process.env, AUTHORIZATION: 'Bearer mine' };

/** In the shell that every machine has, which reads it as it would read a terminal; the environment holds a secret. */
async function run(request: KeptRequest, server: RecordingServer) {
  const command = curlOf(request, server.url);
  if (command === null) throw new Error('no command');
  const shell = spawn('sh', { env: environment });
  shell.stdin.end(`${command}\n`);
  const [stdout, stderr] = await Promise.all([text(shell.stdout), text(shell.stderr)]);
  return { stdout, stderr, command };
}

describe.skipIf(!hasCurl)('the curl command of a request, pasted', () => {
  it.each([
    ['plain JSON', '{"inputs":[]}'],
    [
      'quotes, dollars, line breaks and letters of any language',
      `{"a":"it's $HOME \`id\` \\"q\\" !x"}\n\n{"é":"日本😀"}\n`,
    ],
    ['what curl would take for a file', '@/etc/passwd'],
    ['bytes of all kinds', Buffer.from(Array.from({ length: 1024 }, (_, index) => index & 0xff))],
    ['characters that a terminal would act on', '{"a":\t"\u001b[2J"}\r\n'],
    ['more than an argument holds', `["${'x'.repeat(200_000)}"]`],
  ])('sends the same bytes: %s', async (_what, body) => {
    const server = await startHttp1();
    const headers = [['Content-Type', 'application/json']] as const;
    await run(requestOf(body, { headers }), server);
    expect(server.asked).toHaveLength(1);
    expect(server.asked[0]).toMatchObject({ method: 'POST', path: '/v2/models/m/infer' });
    expect(server.asked[0]?.body.equals(Buffer.from(body))).toBe(true);
    expect(server.asked[0]?.headers['content-type']).toBe('application/json');
  });

  it('says the fields that matter, and leaves secrets to variables', async () => {
    const server = await startHttp1();
    const headers = [
      ['Inference-Header-Content-Length', '2'],
      ['Authorization', 'Bearer theirs'],
      ['X-Tenant', "it's"],
      ['X-Empty', ''],
      ['User-Agent', 'somebody'],
      ['X-Forwarded-For', '10.0.0.1'],
      ['Content-Length', '2'],
    ] as const;
    const { command } = await run(requestOf('{}', { headers }), server);
    expect(server.asked[0]?.headers).toMatchObject({
      'inference-header-content-length': '2',
      authorization: 'Bearer mine',
      'x-tenant': "it's",
      'x-empty': '',
    });
    expect(server.asked[0]?.headers['content-type']).toBeUndefined();
    expect(server.asked[0]?.headers['x-forwarded-for']).toBeUndefined();
    expect(command).not.toContain('theirs');
  });

  it.each([
    ['GET', '/v2/models/a%20b?x=[1]&y={2}', ''],
    ['GET', '/v2/../v2/health/./ready', ''],
    ['DELETE', '/v2/thing', ''],
    ['HEAD', '/v2', ''],
    ['PUT', '/v2/thing', 'text'],
    ['POST', '/v2/repository/index', ''],
  ])('keeps %s %s as it is', async (method, path, body) => {
    const server = await startHttp1();
    await run(requestOf(body, { method, path }), server);
    expect(server.asked[0]).toMatchObject({ method, path });
    expect(server.asked[0]?.body.toString()).toBe(body);
  });

  it('speaks gRPC over HTTP/2, and shows the status behind the answer', async () => {
    const server = await startHttp2({ 'grpc-status': '0' });
    const body = Buffer.from('00000000030a016d', 'hex');
    const path = '/inference.GRPCInferenceService/ModelReady';
    const headers = [['content-type', 'application/grpc']] as const;
    const { stdout, stderr } = await run(requestOf(body, { protocol: 'http2', path, headers }), server);
    expect(server.asked[0]).toMatchObject({ method: 'POST', path, headers: { te: 'trailers' } });
    expect(server.asked[0]?.body.equals(body)).toBe(true);
    expect(stdout).toContain('\\0  \\0  \\0  \\0  \\0');
    expect(stderr).toContain('grpc-status: 0');
  });
});

describe('the curl command', () => {
  it('of a request whose body was not kept whole is none', () => {
    const cut = { ...requestOf('{}'), body: { bytes: Buffer.from('{'), passedBytes: 2 } };
    expect(curlOf(cut, 'http://127.0.0.1:1')).toBeNull();
    expect(curlOf(requestOf(null), 'http://127.0.0.1:1')).toBeNull();
  });

  it('is short where it can be', () => {
    const command = curlOf(requestOf('', { method: 'GET', path: '/v2' }), 'http://127.0.0.1:8080');
    expect(command).toBe('curl -sS http://127.0.0.1:8080/v2');
  });
});
