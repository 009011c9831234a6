// Models of OpenVINO Model Server, by its configuration file and the reload of it (openvinotoolkit/model_server
// docs/online_config_changes.md, docs/model_server_rest_api_tfs.md).
import * as v from 'valibot';
import { OutriggerError } from '../../errors.ts';
import type { ConfigRuntimeParts } from './config-runtime.ts';
import { Patience } from './patience.ts';
import { readAnswer } from './read-answer.ts';
import { wordsOf } from './refusal-words.ts';
import type { LoadOrder, RuntimeApi } from './runtime-api.ts';
import type { RuntimeAnswer } from './runtime-call.ts';
import { SharedRun } from './shared-run.ts';
import { untilAborted } from './until-aborted.ts';
import { basePathOf, newestNumber } from './version-folders.ts';
import { isAvailable, isGone, servesOnly, type VersionStates, versionStatesSchema } from './version-states.ts';

const configSchema = v.record(v.string(), versionStatesSchema);

const questionMs = 10_000;
const maxConfigBytes = 64 * 1024 * 1024; // states of thousands of models
const wrongPort = 'is --component-port its --rest_port, and is it started with --config_path?';

export class OvmsRuntime implements RuntimeApi {
  /** All versions are loaded again when the base path changes, each in its own place: not available meanwhile. */
  readonly swapsWithoutGap = false;
  readonly #parts: ConfigRuntimeParts;
  readonly #stopped = new AbortController();
  /** One reload applies all that the file says: nobody who waits for it may end it for the others. */
  readonly #reloads = new SharedRun(() => this.#reload());

  constructor(parts: ConfigRuntimeParts) {
    this.#parts = parts;
  }

  async isUp(signal: AbortSignal): Promise<boolean> {
    await this.#parts.file.entries().catch(() => undefined); // without a file it ends at its start; a load tells what is wrong with it
    try {
      return (await this.#ask(new Patience(questionMs, signal))).status < 500;
    } catch {
      return false;
    }
  }

  async serving(signal: AbortSignal): Promise<ReadonlySet<string>> {
    const models = await this.#models(new Patience(questionMs, signal));
    return new Set([...models].filter(([, states]) => isAvailable(states)).map(([name]) => name));
  }

  async isServing(name: string, signal: AbortSignal): Promise<boolean> {
    return (await this.serving(signal)).has(name);
  }

  async load(order: LoadOrder, signal: AbortSignal): Promise<void> {
    const { file, loadTimeoutMs } = this.#parts;
    const patience = new Patience(loadTimeoutMs, signal);
    const number = await newestNumber(this.#parts, order);
    const before = (await file.entries()).get(order.name) ?? null;
    const basePath = basePathOf(this.#parts, order);
    try {
      await file.set(order.name, basePath);
      await this.#bring({ name: order.name, number, isNew: before === null || before === basePath }, patience);
    } catch (error) {
      if (before !== basePath) await this.#takeBack(order.name, before, patience);
      throw error;
    }
  }

  async unload(name: string, signal: AbortSignal): Promise<void> {
    const { file, loadTimeoutMs } = this.#parts;
    const patience = new Patience(loadTimeoutMs, signal);
    await file.set(name, null);
    const reload = await this.#whileReloading(patience);
    const gone = await patience.until(async () => (isGone(await this.#statesOf(name, patience)) ? true : null));
    if (gone === null)
      throw tooLate(`still has the model ${name} (its reload: ${wordsOf(reload.text)})`, loadTimeoutMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped.abort(new OutriggerError('SHUTTING_DOWN', 'the agent stops'));
    await this.#parts.calls[Symbol.asyncDispose]();
  }

  async #bring(model: { name: string; number: string | null; isNew: boolean }, patience: Patience): Promise<void> {
    const { name, number, isNew } = model;
    const reload = await this.#whileReloading(patience);
    const applied = reload.status < 300;
    const outcome = await patience.until(async () => {
      const states = await this.#statesOf(name, patience);
      // Another model's fault fails the reload too. Then a model without numbered folders, that was there before, tells nothing.
      const serves = number === null ? isAvailable(states) && (applied || isNew) : servesOnly(states, number);
      if (serves) return 'serves';
      const errors = [...states].filter(([version]) => version === (number ?? version)).map(([, { error }]) => error);
      return errors.find((error) => error !== null) ?? (applied ? null : wordsOf(reload.text));
    });
    if (outcome === 'serves') return;
    if (outcome === null) throw tooLate(`does not serve the model ${name}`, this.#parts.loadTimeoutMs);
    const words = `OpenVINO Model Server refused ${name}: ${outcome}: its log says why`;
    throw new OutriggerError('MODEL_LOAD_FAILED', words);
  }

  /** A server that is away reads the file at its start. */
  async #takeBack(name: string, before: string | null, patience: Patience): Promise<void> {
    await this.#parts.file.set(name, before);
    await this.#whileReloading(patience).catch(() => undefined);
  }

  /** @throws as the reload, the reason of the signal */
  async #whileReloading({ signal }: Patience): Promise<RuntimeAnswer> {
    signal.throwIfAborted();
    return untilAborted(this.#reloads.join(), signal);
  }

  #reload(): Promise<RuntimeAnswer> {
    const { calls, loadTimeoutMs: deadlineMs } = this.#parts;
    const { signal } = this.#stopped;
    return calls.call({
      method: 'POST',
      path: '/v1/config/reload',
      deadlineMs,
      signal,
      maxAnswerBytes: maxConfigBytes,
    });
  }

  async #statesOf(name: string, patience: Patience): Promise<VersionStates> {
    return (await this.#models(patience)).get(name) ?? new Map();
  }

  async #models(patience: Patience): Promise<ReadonlyMap<string, VersionStates>> {
    const answer = await this.#ask(patience);
    return new Map(Object.entries(readAnswer(answer, { schema: configSchema, remedy: wrongPort })));
  }

  #ask({ leftMs, signal }: Patience): Promise<RuntimeAnswer> {
    const deadlineMs = Math.ceil(Math.min(leftMs, questionMs));
    return this.#parts.calls.call({
      method: 'GET',
      path: '/v1/config',
      deadlineMs,
      signal,
      maxAnswerBytes: maxConfigBytes,
    });
  }
}

function tooLate(what: string, loadTimeoutMs: number): OutriggerError {
  return new OutriggerError('UPSTREAM_TIMEOUT', `OpenVINO Model Server ${what} after ${loadTimeoutMs} ms`);
}
