// Which models does the runtime have, and can they be batched? Read as the batcher reads it.
import { readModel } from '../batcher/limits/model-reading.ts';
import type { BatcherConfig } from '../config/slices.ts';
import { type Finding, note, ok, warning } from './finding.ts';
import type { Page, RuntimeTalk } from './runtime-talk.ts';
import { restProtocolOf } from './runtime-words.ts';

/** More are counted only: nobody reads a thousand lines. */
const maxRead = 20;

export async function checkModels(batcher: BatcherConfig | null, talk: RuntimeTalk): Promise<readonly Finding[]> {
  const protocol = restProtocolOf(await talk.introduce());
  if (protocol !== 'v2') return [];
  const index = await talk.page('/v2/repository/index', { method: 'POST', body: '{}' });
  const names = readNames(index) ?? readList(await talk.page('/v2/models'));
  if (names === null) return [note('it does not list its models (V2 repository extension)')];
  if (names.length === 0) return [note('it has no model that is ready')];
  const shown = names.slice(0, maxRead);
  const findings = await Promise.all(shown.map((name) => judgeModel(name, { batcher, talk })));
  const more = names.length - shown.length;
  return more === 0 ? findings : [...findings, note(`${more} more models are not looked at`)];
}

/** Of the models that are ready; null: no index. */
function readNames(page: Page): readonly string[] | null {
  const rows = jsonOf(page);
  if (!Array.isArray(rows)) return null;
  const ready = rows.filter((row) => row?.state === 'READY' && typeof row.name === 'string');
  return [...new Set(ready.map(({ name }) => name as string))];
}

/** KServe's own servers have this list, and no index. */
function readList(page: Page): readonly string[] | null {
  const { models } = Object(jsonOf(page)) as { models?: unknown };
  return Array.isArray(models) ? models.filter((name) => typeof name === 'string') : null;
}

/** Null: there is none. */
function jsonOf(page: Page): unknown {
  if (page instanceof Error || page.status !== 200) return null;
  try {
    return JSON.parse(page.text);
  } catch {
    return null;
  }
}

interface Around {
  readonly batcher: BatcherConfig | null;
  readonly talk: RuntimeTalk;
}

async function judgeModel(name: string, { batcher, talk }: Around): Promise<Finding> {
  const model = `model ${JSON.stringify(name.slice(0, 100))}`;
  const ask = async (path: string) => {
    const page = await talk.page(path);
    if (page instanceof Error) throw page;
    return { status: page.status, body: Buffer.from(page.text) };
  };
  const reading = await readModel(ask, `/v2/models/${encodeURIComponent(name)}`);
  const trusted = batcher !== null && (batcher.models.includes('*') || batcher.models.includes(name));
  if (reading.kind === 'says') {
    const { batchable, why } = reading.limits;
    if (batchable) return ok(`${model} can be batched: ${why}${batcher === null ? ' (--enable-batcher is off)' : ''}`);
    return note(`${model} is not batched: ${why}`);
  }
  if (trusted) return ok(`${model} is batched: --batcher-models names it (${reading.why})`);
  if (reading.kind !== 'silent') return warning(`${model}: ${reading.why}`);
  return note(`${model} is not batched: ${reading.why}`, `if its rows are independent: --batcher-models ${name}`);
}
