// What the runtime says about one model: both of its pages asked, and what their answers mean together.
import { type ModelLimits, readModelConfig, readModelMetadata } from '../../v2/model-config.ts';
import type { Ask, RuntimeAnswer } from './ask-runtime.ts';

export type ModelReading =
  | { readonly kind: 'says'; readonly limits: ModelLimits }
  /** The model is there, and nothing tells whether it batches. */
  | { readonly kind: 'silent'; readonly why: string }
  /** Neither page exists: no such model, or a runtime that describes none. */
  | { readonly kind: 'absent'; readonly why: string }
  | { readonly kind: 'failed'; readonly why: string };

/** One page: its JSON, or what its status means. */
type Page =
  | { readonly kind: 'json'; readonly status: number; readonly json: unknown }
  | { readonly kind: 'none' | 'refused' | 'failed'; readonly status: number };

/**
 * Metadata first, so that a model which appears in between is not taken for one of a runtime without configs: metadata alone
 * cannot tell a model that never batches from one that does when its first dimension is variable (protocol page, appendix C).
 * Never rejects. `modelPath` is `/v2/models/m[/versions/v]`.
 */
export async function readModel(ask: (path: string) => ReturnType<Ask>, modelPath: string): Promise<ModelReading> {
  try {
    const metadata = readPage(await ask(modelPath));
    const config = readPage(await ask(`${modelPath}/config`));
    return judge(metadata, config);
  } catch (error) {
    return { kind: 'failed', why: `the runtime was asked and did not answer: ${(error as Error).message}` };
  }
}

function judge(metadata: Page, config: Page): ModelReading {
  const configured = config.kind === 'json' ? readModelConfig(config.json) : null;
  if (configured !== null) return { kind: 'says', limits: configured };
  const described = metadata.kind === 'json' ? readModelMetadata(metadata.json) : null;
  if (described?.batchable === false) return { kind: 'says', limits: described };
  if (config.kind === 'failed') return { kind: 'failed', why: `its config could not be read: status ${config.status}` };
  switch (metadata.kind) {
    case 'none':
      return { kind: 'absent', why: `the runtime does not describe it: status ${metadata.status}` };
    case 'refused':
    case 'failed':
      return { kind: 'failed', why: `its metadata could not be read: status ${metadata.status}` };
    case 'json':
      if (config.kind === 'refused') {
        return { kind: 'silent', why: `the runtime does not show its config: status ${config.status}` };
      }
      if (described !== null) return { kind: 'says', limits: described };
      return readSilence(metadata.json);
  }
}

function readSilence(json: unknown): ModelReading {
  const { name, inputs, outputs } = Object(json) as Readonly<Record<string, unknown>>;
  if (typeof name !== 'string') return { kind: 'absent', why: 'what the runtime answers is no metadata of a model' };
  return { kind: 'silent', why: describeSilence({ inputs, outputs }) };
}

function describeSilence(sides: Readonly<Record<string, unknown>>): string {
  for (const [side, tensors] of Object.entries(sides)) {
    if (!Array.isArray(tensors) || tensors.length === 0) return `its metadata names no ${side}`;
  }
  return 'its metadata names tensors without a shape';
}

function readPage({ status, body }: RuntimeAnswer): Page {
  if (status === 200) {
    try {
      return { kind: 'json', status, json: JSON.parse(Buffer.from(body).toString('utf8')) };
    } catch {
      return { kind: 'none', status }; // a page for browsers, whatever the path
    }
  }
  if (status === 401 || status === 403) return { kind: 'refused', status };
  const busy = status === 408 || status === 429;
  const unknown = (status >= 400 && status < 500 && !busy) || status === 501;
  return { kind: unknown ? 'none' : 'failed', status };
}
