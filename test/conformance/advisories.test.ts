// Public advisories of proxies, parsers and their libraries: one row each, shown by a check or answered by a reason.
import { describe, expect, it } from 'vitest';
import type { Advisory } from './advisories/advisory.ts';
import { nodeHttp, proxies, undici } from './advisories/http1.ts';
import { nodeHttp2 } from './advisories/http2.ts';

const later = 'the models and stores issue brings that code, and its own rows';
const runtime =
  'a fault of the runtime behind the agent: bodies and paths pass unchanged; limits and --deny-apis are another issue';

/** Not for a test of this stage to show. */
const reasons: readonly Advisory[] = [
  ...['CVE-2026-23745', 'CVE-2026-24842', 'CVE-2026-26960', 'node-tar race of July 2026'].map((id) => ({
    id,
    concern: 'node-tar: links lead out of the folder',
    reason: `nothing is unpacked here; ${later}`,
  })),
  ...['CVE-2025-23310', 'CVE-2025-23311', 'CVE-2025-23319', 'CVE-2025-23320', 'CVE-2025-23334', 'CVE-2025-33201'].map(
    (id) => ({
      id,
      concern: 'Triton: chunks, shared memory, large payloads',
      reason: runtime,
    }),
  ),
  ...['CVE-2026-24146', 'CVE-2026-24173', 'CVE-2026-24206', 'CVE-2026-24207', 'CVE-2026-24208', 'CVE-2026-24209'].map(
    (id) => ({
      id,
      concern: 'Triton: outputs, overflow, authorisation, path traversal',
      reason: runtime,
    }),
  ),
  { id: 'ADA-KUBEFL-02', concern: 'KServe: model URLs reach internal addresses', reason: later },
  { id: 'ADA-KUBEFL-03', concern: 'KServe: object keys leave the model folder', reason: later },
];

const shown: readonly (readonly [source: string, rows: readonly Advisory[]])[] = [
  ['llhttp, node:http, node:tls', nodeHttp],
  ['node:http2', nodeHttp2],
  ['undici', undici],
  ['proxies', proxies],
];

describe.each(shown)('%s', (_source, rows) => {
  it.each(rows)('$id: $concern', async ({ check }) => {
    expect(check).toBeDefined();
    await check?.();
  });
});

it('every advisory is shown once or answered by a reason', () => {
  const all = [...shown.flatMap(([, rows]) => rows), ...reasons];
  expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
  for (const { id, check, reason } of all) expect(check !== undefined || reason !== undefined, id).toBe(true);
});
