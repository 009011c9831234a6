import { expect, it } from 'vitest';
import { readModel } from '../../../src/batcher/limits/model-reading.ts';
import { type ScriptedPage, scriptedPages } from '../../support/scripted-pages.ts';

const m = '/v2/models/m';
const open = { name: 'm', inputs: [{ name: 'x', shape: [-1, 2] }], outputs: [{ name: 'y', shape: [-1] }] };
const fixed = { ...open, outputs: [{ name: 'y', shape: [1] }] };
const silent = { name: 'm', inputs: [], outputs: [] };
const eight = { max_batch_size: 8, input: [], output: [] };
const none = { max_batch_size: 0, input: [], output: [] };
const reset = new Error('connection reset');

it.each<[metadata: ScriptedPage, config: ScriptedPage, kind: string, batchable?: boolean]>([
  [open, eight, 'says', true],
  [open, none, 'says', false],
  [silent, eight, 'says', true],
  [404, eight, 'says', true], // a restricted or partial runtime: the config alone decides
  [500, none, 'says', false],
  [open, 404, 'says', true],
  [open, 400, 'says', true],
  [open, 405, 'says', true],
  [open, 422, 'says', true],
  [open, 501, 'says', true],
  [open, { error: 'no such page' }, 'says', true],
  [open, 403, 'silent'],
  [open, 401, 'silent'],
  [silent, 404, 'silent'],
  [silent, 403, 'silent'],
  [fixed, 404, 'says', false],
  [fixed, 403, 'says', false],
  [fixed, 503, 'says', false],
  [open, 503, 'failed'],
  [open, 408, 'failed'],
  [open, 429, 'failed'],
  [silent, 500, 'failed'],
  [403, 403, 'failed'],
  [503, 404, 'failed'],
  [301, 301, 'failed'],
  [reset, eight, 'failed'],
  [open, reset, 'failed'],
  [404, 404, 'absent'],
  [400, 404, 'absent'],
  [404, 403, 'absent'],
  [{ ok: true }, { ok: true }, 'absent'],
])('metadata %j and config %j: %s', async (metadata, config, kind, batchable) => {
  const { ask } = scriptedPages({ [m]: metadata, [`${m}/config`]: config });
  const reading = await readModel((path) => ask(path, 'http1'), m);
  expect(reading.kind).toBe(kind);
  expect(reading.kind === 'says' ? reading.limits.batchable : undefined).toBe(batchable);
});

it('a page that is no JSON is no page', async () => {
  const ask = async () => ({ status: 200, body: Buffer.from('<html>') });
  expect(await readModel(ask, m)).toMatchObject({ kind: 'absent' });
});
