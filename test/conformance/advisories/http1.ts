// Advisories of llhttp, node:http, undici and HTTP/1.1 proxies, each with what shows that this agent is not concerned.
import { expect } from 'vitest';
import { valuesOf } from '../../support/strict-request.ts';
import type { Advisory } from './advisory.ts';
import {
  exchange,
  expectAtLeast,
  expectPasses,
  expectRefused,
  installedVersion,
  lockedPackages,
  sourcesWith,
} from './checks.ts';

const post = 'POST /v2 HTTP/1.1\r\nHost: a\r\n';
const smuggled = 'GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n';

export const nodeHttp: readonly Advisory[] = [
  {
    id: 'CVE-2023-30589',
    concern: 'llhttp: a bare CR delimits header fields',
    check: () =>
      expectRefused(`GET / HTTP/1.1\r\nHost: a\r\nX: y\rTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`),
  },
  {
    id: 'CVE-2024-27982',
    concern: 'llhttp: a space before the name Content-Length',
    check: () => expectRefused(`${post}X: y\r\n Content-Length: 5\r\n\r\nhello${smuggled}`),
  },
  {
    id: 'CVE-2025-23167',
    concern: 'llhttp: a head that ends by \\r\\n\\rX',
    check: () => expectRefused(`GET / HTTP/1.1\r\nHost: a\r\n\rX${smuggled}`),
  },
  {
    id: 'CVE-2024-22019',
    concern: 'node:http: a chunk extension without end is read for ever',
    check: () => expectRefused(`${post}Transfer-Encoding: chunked\r\n\r\n1;${'a'.repeat(200_000)}`),
  },
  {
    id: 'CVE-2026-21710',
    concern: 'node:http: __proto__ as a field name crashes headersDistinct',
    check: async () => {
      const sent = await expectPasses('GET / HTTP/1.1\r\nHost: a\r\n__proto__: 1\r\n__PROTO__: 2\r\n\r\n');
      expect(valuesOf(sent, '__proto__')).toEqual(['1', '2']);
      expect(sourcesWith(/headersDistinct|trailersDistinct/)).toEqual([]);
    },
  },
  {
    id: 'CVE-2026-21717',
    concern: 'V8: integer-like keys of one object collide on purpose; field names are such keys',
    check: async () => {
      const fields = (count: number) => Array.from({ length: count }, (_, key) => `${key * 65_536}: \r\n`).join('');
      expect((await exchange(`GET / HTTP/1.1\r\nHost: a\r\n${fields(1000)}\r\n`)).answer).toMatch(/^HTTP\/1\.1 431 /);
      await expectPasses(`GET / HTTP/1.1\r\nHost: a\r\n${fields(900)}\r\n`);
    },
  },
  {
    id: 'node security releases of June 2026',
    concern: 'node before 22.23.0 and 24.17.0',
    check: () => {
      expectAtLeast(process.version, ['22.23.0', '24.17.0', '26.3.1']);
      expect(sourcesWith(/insecureHTTPParser: true/)).toEqual([]);
    },
  },
  {
    id: 'CVE-2026-21637',
    concern: 'node:tls: a throwing SNICallback ends the process',
    reason: 'the agent listens without TLS; a mesh or the queue-proxy before it ends TLS',
    check: () => expect(sourcesWith(/SNICallback|createSecureServer/)).toEqual([]),
  },
];

export const undici: readonly Advisory[] = [
  ...['CVE-2024-22025', 'CVE-2026-22036'].map((id) => ({
    id,
    concern: 'fetch unpacks answers, chained codings without bound',
    check: async () => {
      const { answer } = await exchange(
        'GET / HTTP/1.1\r\nHost: a\r\n\r\n',
        'Content-Encoding: gzip, gzip, br\r\n',
        'no gzip',
      );
      expect(answer).toMatch(/\r\nContent-Encoding: gzip, gzip, br\r\n[\s\S]*\r\n\r\nno gzip$/);
      // The embedded runtime of `outrigger dev` unpacks, the batcher what it merges, and the logger what it redacts: one coding each, and bounded.
      // Pulls unpack archives and what a store keeps compressed, up to --max-unpacked-bytes; the gate reads a name in the first
      // 64 KiB of a compressed gRPC message, bounded too.
      const unpacking = sourcesWith(
        /(?<!\{ crc32 \} )from 'node:zlib'|(await|return|=>?) fetch\(|interceptors\.decompress/,
      );
      const pulled = ['detect-archive', 'read-zip', 'tar-bytes'].map((name) => `storage/archive/${name}.ts`);
      expect(unpacking.filter((file) => !file.startsWith('dev/'))).toEqual([
        ...['http/content-coding.ts', 'puller/gate/grpc-model-name.ts', ...pulled, 'storage/download/expand-file.ts'],
      ]);
    },
  })),
  {
    id: 'CVE-2026-1525',
    concern: 'Content-Length twice in different case is sent on',
    check: () => expectRefused(`${post}Content-Length: 5\r\ncontent-length: 5\r\n\r\nhello`),
  },
  {
    id: 'CVE-2026-1527',
    concern: 'CRLF injected by the upgrade option',
    check: async () => {
      const sent = await expectPasses('GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: foo/2\r\n\r\n');
      expect(valuesOf(sent, 'upgrade')).toEqual([]);
      expect(sourcesWith(/dispatch\(\{[^}]*upgrade/)).toEqual([]);
    },
  },
  {
    id: 'CVE-2026-9697',
    concern: 'TLS options are dropped behind a SOCKS proxy',
    reason: 'the runtime is called directly and in plain text, inside the pod',
    check: () => expect(sourcesWith(/ProxyAgent|[Ss]ocks5|EnvHttpProxyAgent/)).toEqual([]),
  },
  ...['CVE-2026-6733', 'CVE-2026-6734', 'CVE-2026-9678', 'CVE-2026-12151', 'CVE-2026-13697'].map((id) => ({
    id,
    concern: 'undici before 7.29 and 8.9',
    check: () => expectAtLeast(installedVersion('undici'), ['7.29.0', '8.9.0']),
  })),
];

export const proxies: readonly Advisory[] = [
  {
    id: 'CVE-2026-29057',
    concern: 'http-proxy: DELETE and OPTIONS with chunks go out with Content-Length: 0, the body as next request',
    check: async () => {
      for (const method of ['DELETE', 'OPTIONS', 'GET', 'PATCH']) {
        const chunk = `${smuggled.length.toString(16)}\r\n${smuggled}\r\n0\r\n\r\n`;
        const sent = await expectPasses(
          `${method} /v2 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${chunk}`,
        );
        expect([sent.method, sent.body]).toEqual([method, smuggled]);
        // A body that was complete at once goes on with its length, one of the two framings in any case.
        const framing = [...valuesOf(sent, 'transfer-encoding'), ...valuesOf(sent, 'content-length')];
        expect(framing).toEqual([String(smuggled.length)]);
      }
      expect(lockedPackages()).not.toContain('http-proxy');
    },
  },
  {
    id: 'CVE-2026-58055',
    concern: 'nghttpx: the body of an Upgrade request stays on the connection and is read as the next request',
    check: async () => {
      const handshake =
        'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: AAAA\r\nSec-WebSocket-Version: 13\r\n';
      await expectRefused(
        `GET / HTTP/1.1\r\nHost: a\r\n${handshake}Content-Length: ${smuggled.length}\r\n\r\n${smuggled}`,
      );
      const offer = `Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: ${smuggled.length}\r\n`;
      expect((await expectPasses(`${post}${offer}\r\n${smuggled}`)).body).toBe(smuggled);
    },
  },
  {
    id: 'GHSA-2q7r-29rg-6m5h',
    concern: '@fastify/reply-from: /ho/%2E%2E/hi leaves the prefix that was to bound it',
    check: async () => {
      for (const path of ['/ho/%2E%2E/hi', '/ho/%2e%2e%2fhi', '/ho/../hi', '/ho/..;/hi']) {
        expect((await expectPasses(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`)).target).toBe(path);
      }
    },
  },
  {
    id: 'GHSA-v2v2-hph8-q5xp',
    concern: '@fastify/reply-from: an odd Content-Type has the body parsed by one side and passed by the other',
    check: async () => {
      for (const type of [
        'application/json ; charset=utf-8',
        'application/json\t',
        'APPLICATION/JSON;;',
        'a, application/json',
      ]) {
        const sent = await expectPasses(`${post}Content-Type: ${type}\r\nContent-Length: 9\r\n\r\n{"a":1,,}`);
        expect([sent.body, valuesOf(sent, 'content-type')]).toEqual(['{"a":1,,}', [type.trim()]]);
      }
    },
  },
  {
    id: 'CVE-2026-3635',
    concern: 'fastify: X-Forwarded-* of anybody are trusted',
    check: async () => {
      const claims =
        'X-Forwarded-For: 10.6.6.6\r\nX-Forwarded-Host: evil\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Port: 1\r\n';
      const sent = await expectPasses(`GET / HTTP/1.1\r\nHost: a\r\n${claims}\r\n`);
      expect([valuesOf(sent, 'host'), valuesOf(sent, 'x-forwarded-for')]).toEqual([['a'], ['10.6.6.6, 127.0.0.1']]);
    },
  },
];
