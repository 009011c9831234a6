// Administrative APIs that are closed: no spelling, protocol or upgrade gets through to the runtime.
import { connect } from 'node:http2';
import { describe, expect, it } from 'vitest';
import { denyApis, refuseApis } from '../../src/server/denied-apis.ts';
import { adminPaths, spellings } from '../support/admin-paths.ts';
import { rawClient } from '../support/raw-client.ts';
import { ok, scriptedRuntime } from '../support/scripted-runtime.ts';
import { startStages } from '../support/stage-server.ts';

const all = { apis: ['repository', 'shm', 'trace', 'logging'], ownModels: false } as const;
const owned = { apis: [], ownModels: true } as const;

async function closed(denied: Parameters<typeof denyApis>[0]) {
  const runtime = await scriptedRuntime((socket) => socket.write(ok('{}')));
  const stages = [denyApis(denied)];
  const server = await startStages({ upstreamPort: runtime.port, stages, refuseApi: refuseApis(denied) });
  return { runtime, server };
}

/** The two others are refused before: by node's parsers, and as a target that names another server. */
const writable = Object.entries(spellings)
  .filter(([name]) => name !== 'no leading slash' && name !== 'absolute form')
  .map(([, spell]) => spell);
const pipelined = 50;

describe('--deny-apis', () => {
  it('answers 403 on every fault-43 variant over HTTP/1.1', async () => {
    const { runtime, server } = await closed(all);
    const paths = writable.flatMap((spell) => adminPaths.map(({ method, path }) => [method, spell(path)] as const));
    const statuses: string[] = [];
    for (let from = 0; from < paths.length; from += pipelined) {
      const client = await rawClient(server.port);
      const asked = paths.slice(from, from + pipelined);
      for (const [method, path] of asked)
        client.send(`${method} ${path} HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{}`);
      const answers = (text: string) => text.split('HTTP/1.1 ').slice(1);
      const received = await client.until((text) => answers(text).length === asked.length && text.endsWith('"}'));
      statuses.push(...answers(received).map((answer) => answer.slice(0, 3)));
    }
    expect(paths.filter((_, index) => statuses[index] !== '403')).toEqual([]);
    expect(runtime.requests).toEqual([]);
    expect(server.metrics.errors('API_DENIED').value).toBe(paths.length);
  });

  it('answers 403 and PERMISSION_DENIED on every variant over HTTP/2', async () => {
    const { server } = await closed(all);
    const session = connect(server.url);
    const ask = (fields: Record<string, string>) =>
      new Promise<Record<string, unknown>>((resolve) => {
        const stream = session.request({ ':method': 'POST', ...fields }, { endStream: true });
        stream.on('response', (answer) => resolve(answer));
        stream.on('error', () => resolve({}));
        stream.resume();
      });
    for (const spell of writable) {
      const paths = adminPaths.map(({ method, path }) => ({ ':method': method, ':path': spell(path) }));
      const rest = await Promise.all(paths.map(ask));
      expect(paths.filter((_, index) => rest[index]?.[':status'] !== 403)).toEqual([]);
      const grpc = await Promise.all(paths.map((fields) => ask({ ...fields, 'content-type': 'application/grpc' })));
      expect(grpc.map((answer) => answer['grpc-status'])).toEqual(paths.map(() => '7'));
    }
    session.close();
  });

  it('is not passed by an offer of a WebSocket', async () => {
    const { runtime, server } = await closed(all);
    const client = await rawClient(server.port);
    client.send('GET /v2/%6cogging HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    expect(await client.until((text) => text.includes('}'))).toMatch(/^HTTP\/1.1 403 /);
    expect(runtime.requests).toEqual([]);
  });

  it('closes no family that it was not told', async () => {
    const { server } = await closed({ apis: ['shm'], ownModels: false });
    const status = async (path: string) => (await fetch(`${server.url}${path}`, { method: 'POST' })).status;
    expect(await status('/v2/systemsharedmemory/status')).toBe(403);
    expect(await status('/v2/logging')).toBe(200);
    expect(await status('/v2/repository/models/m/load')).toBe(200);
    expect(await status('/v2/models/systemsharedmemory/infer')).toBe(200);
  });

  it('says which option closed it', async () => {
    const { server } = await closed({ apis: ['trace'], ownModels: true });
    const said = async (path: string) => (await fetch(`${server.url}${path}`, { method: 'POST' })).json();
    expect(await said('/v2/trace/setting')).toEqual({ error: expect.stringContaining('--deny-apis trace') });
    expect(await said('/v2/repository/models/m/load')).toEqual({ error: expect.stringContaining('--own-models') });
  });
});

describe('while the agent keeps the models', () => {
  it('no client loads or unloads one, and each may ask what there is', async () => {
    const { server } = await closed(owned);
    for (const { method, path, changesModels } of adminPaths) {
      const { status } = await fetch(`${server.url}${path}`, { method });
      expect(status, `${method} ${path}`).toBe(changesModels ? 403 : 200);
    }
  });
});

it('nothing closed is no stage at all', () => {
  expect(denyApis({ apis: [], ownModels: false })).toBeNull();
});
