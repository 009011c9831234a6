// Models of TorchServe, by its management API (pytorch/serve docs/management_api.md; what 0.12 really does: test/full/torchserve.ts).
import * as v from 'valibot';
import { OutriggerError } from '../../errors.ts';
import { eachAtOnce } from './each-at-once.ts';
import { Patience } from './patience.ts';
import { readAnswer } from './read-answer.ts';
import { wordsOf } from './refusal-words.ts';
import type { LoadOrder, RuntimeApi } from './runtime-api.ts';
import type { RuntimeAnswer, RuntimeCall, RuntimeCalls } from './runtime-call.ts';
import { dropLinks, linkArchive, linksOf } from './torchserve-store.ts';

interface TorchServeParts {
  readonly calls: RuntimeCalls;
  /** As we see it. */
  readonly modelDir: string;
  /** The same folder as TorchServe sees it: its model store. */
  readonly modelStore: string;
  readonly loadTimeoutMs: number;
}

interface Registered {
  readonly version: string;
  readonly url: string;
  readonly ready: boolean;
}

const listSchema = v.object({
  models: v.array(v.object({ modelName: v.string() })),
  nextPageToken: v.optional(v.string()),
});
const workerSchema = v.object({ status: v.string() });
const modelSchema = v.object({ modelVersion: v.string(), modelUrl: v.string(), workers: v.array(workerSchema) });

const questionMs = 10_000;
const modelsPerPage = 100; // the most that TorchServe gives
const maxPages = 1000;
const wrongPort = 'is --runtime-management-port the port of its management API?';

export class TorchServeRuntime implements RuntimeApi {
  /** Archives that carry the same version number, the common case, cannot be registered beside each other. */
  readonly swapsWithoutGap = false;
  readonly #parts: TorchServeParts;

  constructor(parts: TorchServeParts) {
    this.#parts = parts;
  }

  async isUp(signal: AbortSignal): Promise<boolean> {
    try {
      return (await this.#call('GET', '/models?limit=1', new Patience(questionMs, signal))).status < 500;
    } catch {
      return false;
    }
  }

  async serving(signal: AbortSignal): Promise<ReadonlySet<string>> {
    const names = await this.#names(signal);
    const states = await eachAtOnce(names, (name) => this.isServing(name, signal));
    return new Set(names.filter((_name, nth) => states[nth]));
  }

  async isServing(name: string, signal: AbortSignal): Promise<boolean> {
    const [model] = await this.#describe(modelPath(name), new Patience(questionMs, signal));
    return model?.ready ?? false;
  }

  /** An archive of another version number is registered beside the old one and made the default; one of the same takes its place. */
  async load(order: LoadOrder, signal: AbortSignal): Promise<void> {
    const { modelDir, loadTimeoutMs } = this.#parts;
    const patience = new Patience(loadTimeoutMs, signal);
    const link = await linkArchive(modelDir, order);
    const before = await this.#versions(order.name, patience);
    const isOurs = ({ url, ready }: Registered): boolean => url === link && ready;
    if (!before.some(isOurs)) await this.#register({ name: order.name, link, before }, patience);
    const now = await patience.until(async () => {
      const versions = await this.#versions(order.name, patience);
      return versions.some(isOurs) ? versions : null;
    });
    const ours = now?.find(isOurs);
    if (ours === undefined) throw tooLate(order.name, loadTimeoutMs);
    await this.#retire(order.name, { kept: ours, all: now ?? [] }, patience);
    const links = await linksOf(modelDir, order.name);
    await dropLinks(
      modelDir,
      links.filter((each) => each !== link),
    );
  }

  async unload(name: string, signal: AbortSignal): Promise<void> {
    const { modelDir, loadTimeoutMs } = this.#parts;
    const patience = new Patience(loadTimeoutMs, signal);
    await this.#unregister(name, await this.#versions(name, patience), patience);
    await dropLinks(modelDir, await linksOf(modelDir, name));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.calls[Symbol.asyncDispose]();
  }

  async #names(signal: AbortSignal): Promise<string[]> {
    const names: string[] = [];
    let token: string | undefined = '0';
    for (let page = 0; token !== undefined && page < maxPages; page += 1) {
      const path = `/models?limit=${modelsPerPage}&next_page_token=${encodeURIComponent(token)}`;
      const answer = await this.#call('GET', path, new Patience(questionMs, signal));
      this.#refuseUnless(answer, 'tell its models');
      const list = readAnswer(answer, { schema: listSchema, remedy: wrongPort });
      names.push(...list.models.map(({ modelName }) => modelName));
      token = list.nextPageToken;
    }
    return names;
  }

  #versions(name: string, patience: Patience): Promise<readonly Registered[]> {
    return this.#describe(`${modelPath(name)}/all`, patience);
  }

  /** Empty: it knows no such model. */
  async #describe(path: string, patience: Patience): Promise<readonly Registered[]> {
    const answer = await this.#call('GET', path, patience);
    if (answer.status === 404) return [];
    this.#refuseUnless(answer, 'tell of the model');
    return readAnswer(answer, { schema: v.array(modelSchema), remedy: wrongPort }).map((model) => ({
      version: model.modelVersion,
      url: model.modelUrl,
      ready: model.workers.some(({ status }) => status === 'READY'),
    }));
  }

  async #register(model: { name: string; link: string; before: readonly Registered[] }, patience: Patience) {
    const { name, link, before } = model;
    const query = new URLSearchParams({ url: link, model_name: name, initial_workers: '1', synchronous: 'true' });
    const path = `/models?${query}`;
    let answer = await this.#call('POST', path, patience);
    if (answer.status === 409) {
      await this.#unregister(name, before.length > 0 ? before : await this.#versions(name, patience), patience);
      answer = await this.#call('POST', path, patience);
    }
    this.#refuseUnless(answer, `load the model ${name}`);
  }

  async #retire(name: string, { kept, all }: { kept: Registered; all: readonly Registered[] }, patience: Patience) {
    const others = all.filter(({ version }) => version !== kept.version);
    if (others.length === 0) return;
    const chosen = await this.#call('PUT', `${versionPath(name, kept)}/set-default`, patience);
    this.#refuseUnless(chosen, `make version ${kept.version} of ${name} the default`);
    await this.#unregister(name, others, patience);
  }

  /** The default version goes last: TorchServe lets go of it only when it is alone. */
  async #unregister(name: string, versions: readonly Registered[], patience: Patience): Promise<void> {
    const [default_] = versions.length > 1 ? await this.#describe(modelPath(name), patience) : [];
    const isDefault = ({ version }: Registered): boolean => version === default_?.version;
    for (const version of [...versions.filter((each) => !isDefault(each)), ...versions.filter(isDefault)]) {
      const answer = await this.#call('DELETE', versionPath(name, version), patience);
      if (answer.status !== 404) this.#refuseUnless(answer, `let go of the model ${name}`);
    }
  }

  #call(method: RuntimeCall['method'], path: string, patience: Patience): Promise<RuntimeAnswer> {
    const { leftMs: deadlineMs, signal } = patience;
    return this.#parts.calls.call({ method, path, deadlineMs: Math.ceil(deadlineMs), signal });
  }

  #refuseUnless(answer: RuntimeAnswer, what: string): void {
    if (answer.status < 300) return;
    const words = `TorchServe refused to ${what}: ${wordsOf(answer.text)} (${answer.status})`;
    const remedy = remedyOf(answer, this.#parts.modelStore);
    throw new OutriggerError('MODEL_LOAD_FAILED', remedy === null ? words : `${words}: ${remedy}`);
  }
}

function modelPath(name: string): string {
  return `/models/${encodeURIComponent(name)}`;
}

function versionPath(name: string, { version }: Registered): string {
  return `${modelPath(name)}/${encodeURIComponent(version)}`;
}

function remedyOf({ status, text }: RuntimeAnswer, modelStore: string): string | null {
  if (status === 401 || text.includes('InvalidKeyException')) {
    return 'start it with --disable-token-auth; its management port is to be reached from this pod alone';
  }
  if (status === 405) return 'start it with --enable-model-api';
  if (status === 404) return `start it with --model-store ${modelStore}, the model folder as it sees it`;
  return status === 500 ? 'the log of its workers says why' : null;
}

function tooLate(name: string, loadTimeoutMs: number): OutriggerError {
  const words = `TorchServe registered the model ${name}, and no worker of it was ready within ${loadTimeoutMs} ms`;
  return new OutriggerError('UPSTREAM_TIMEOUT', words);
}
