// Which paths mean an administrative API, however they are written, and that inference never does.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readAdminCalls } from '../../src/v2/admin-api.ts';
import { adminPaths, spellings } from '../support/admin-paths.ts';
import { seed } from '../support/seed.ts';

describe('an administrative API is known', () => {
  it.each(Object.entries(spellings))('%s', (_name, spell) => {
    for (const { api, method, path, changesModels } of adminPaths) {
      const calls = readAdminCalls({ method, path: spell(path) });
      expect(
        calls.map((call) => call.api),
        spell(path),
      ).toContain(api);
      expect(
        calls.some((call) => call.changesModels),
        spell(path),
      ).toBe(changesModels);
    }
  });
});

it.each([
  '/v2',
  '/v2/health/ready',
  '/v2/models/m',
  '/v2/models/m/infer',
  '/v2/models/m/versions/3/infer?x=/v2/logging',
  '/v2/models/m/generate_stream',
  '/v2/models/m/ready',
  '/v2/models/m/config',
  '/v2/models/stats',
  '/v2/models/logging/infer', // models may be called as they like
  '/v2/models/repository',
  '/v2/models/trace/ready',
  '/v2/models/systemsharedmemory/versions/logging/stats',
  '/v2/models/my%20model/infer',
  '/v2/models/org%2Fm/infer',
  '/v2/models/l%6Fgging/infer',
  '/v2/models/mod%C3%A8le/infer',
  '/V2/MODELS/m/INFER',
  '/v2/models/m/../m/infer',
  '/v1/models/m:predict',
  '/v1/models/m/labels/stable:predict',
  '/v1/models',
  '/v1/chat/completions',
  '/openai/v1/models',
  '/openai/v1/models/logging',
  '/predictions/m/1.0',
  '/models/m/invoke',
  '/logging', // no family without its /v2
  '/trace/setting',
  '/inference.GRPCInferenceService/ModelInfer',
  '/inference.GRPCInferenceService/ServerReady',
  '/grpc.health.v1.Health/Check',
  '/%zz/%',
  '*',
  '',
])('%s is none', (path) => {
  expect(readAdminCalls({ method: 'POST', path })).toEqual([]);
});

it.each(['%23', '%2f', '%2F', '%3b', '%3F', '%5c', '%5C', '%7f', '%00', '%0a', '%252f', '%2e%2e%2f'])(
  'a name hides nothing behind %s',
  (hidden) => {
    const calls = readAdminCalls({ method: 'POST', path: `/v2/models/m${hidden}logging${hidden}` });
    expect(calls.map(({ api }) => api)).toEqual(['logging']);
  },
);

it('tells each API that a path may mean', () => {
  const calls = readAdminCalls({ method: 'POST', path: '/v2/repository/../logging' });
  expect(calls.map(({ api }) => api)).toEqual(['repository', 'logging']);
});

it('whatever a server drops from a path, what it reads then was known before', () => {
  const pieces = fc.constantFrom(
    ...['v2', 'V2', 'models', 'repository', 'index', 'load', 'logging', 'trace', 'setting', 'm', 'systemsharedmemory'],
    ...[
      '.',
      '..',
      '',
      'x;y',
      '..;',
      '%2e%2e',
      '%252e.',
      'logg%69ng',
      'status',
      'a%2fb',
      'x%00y',
      'v2%00',
      'cudasharedmemory',
    ],
  );
  const separator = fc.constantFrom('/', '/', '/', '//', '%2f', '\\', '%5c', '%252F');
  const paths = fc.array(fc.tuple(separator, pieces), { minLength: 1, maxLength: 9 });
  const found = { api: 0 };
  fc.assert(
    fc.property(paths, (parts) => {
      const path = `/${parts.flat().join('').slice(1)}`;
      for (const reading of readingsOf(path)) {
        const api = apiAtTriton(reading);
        if (api === null) continue;
        found.api += 1;
        expect(readAdminCalls({ method: 'POST', path }).map((call) => call.api)).toContain(api);
      }
    }),
    { seed, numRuns: 5_000 },
  );
  expect(found.api).toBeGreaterThan(20);
});

/** What servers may make of it: decoded so often, parameters off, cut at a NUL, resolved, in lower case. */
function* readingsOf(path: string): Generator<string> {
  for (let rounds = 0; rounds < 3; rounds++) {
    let text = path;
    for (let round = 0; round < rounds; round++) text = unescape(text);
    yield text;
    const plain = text.replaceAll('\\', '/').toLowerCase();
    for (const cut of [plain, plain.split('\0', 1)[0] as string, plain.replaceAll('\0', '')]) {
      for (const bare of [cut, cut.replace(/;[^/]*/g, '')]) yield resolve(bare);
    }
  }
}

function resolve(path: string): string {
  const kept: string[] = [];
  for (const piece of path.split('/')) {
    if (piece === '..') kept.pop();
    else if (piece !== '.' && piece !== '') kept.push(piece);
  }
  return `/${kept.join('/')}`;
}

/** Triton's own expressions (http_server.cc). */
function apiAtTriton(path: string): string | null {
  if (/^\/v2\/repository(?:\/([^/]+))?\/(index|models\/([^/]+)\/(load|unload))$/.test(path)) return 'repository';
  if (/^\/v2\/(system|cuda)sharedmemory(?:\/region\/([^/]+))?\/(status|register|unregister)$/.test(path)) return 'shm';
  if (/^\/v2\/(models\/([^/]+)(?:\/versions\/([0-9]+))?\/)?trace\/setting$/.test(path)) return 'trace';
  return path === '/v2/logging' ? 'logging' : null;
}
