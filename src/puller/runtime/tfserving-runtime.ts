// Models of TensorFlow Serving, by its model config file, which it re-reads (--model_config_file_poll_wait_seconds), and its status API
// (tensorflow/serving g3doc/serving_config.md, g3doc/api_rest.md).
import { OutriggerError } from '../../errors.ts';
import type { ConfigRuntimeParts } from './config-runtime.ts';
import { eachAtOnce } from './each-at-once.ts';
import { Patience } from './patience.ts';
import { readAnswer } from './read-answer.ts';
import type { LoadOrder, RuntimeApi } from './runtime-api.ts';
import { basePathOf, newestNumber } from './version-folders.ts';
import { isAvailable, isEnded, isGone, servesOnly, type VersionStates, versionStatesSchema } from './version-states.ts';

const questionMs = 10_000;
const wrongPort = 'is --component-port its --rest_api_port?';
/** Doubled each time: beyond the interval in which the file is read, whatever it is. */
const firstRetryMs = 250;

export class TfServingRuntime implements RuntimeApi {
  /** A version number that is loaded is not loaded again from another path (core/aspired_versions_manager.cc): it must go first. */
  readonly swapsWithoutGap = false;
  readonly #parts: ConfigRuntimeParts;

  constructor(parts: ConfigRuntimeParts) {
    this.#parts = parts;
  }

  async isUp(signal: AbortSignal): Promise<boolean> {
    await this.#parts.file.entries().catch(() => undefined); // without a file it ends at its start; a load tells what is wrong with it
    try {
      const call = { method: 'GET', path: '/v1/models/outrigger', deadlineMs: questionMs, signal } as const;
      return (await this.#parts.calls.call(call)).status < 500;
    } catch {
      return false;
    }
  }

  /** After a restart it loads by itself what the file names. */
  async serving(signal: AbortSignal): Promise<ReadonlySet<string>> {
    const names = [...(await this.#parts.file.entries()).keys()];
    const states = await eachAtOnce(names, (name) => this.isServing(name, signal));
    return new Set(names.filter((_name, nth) => states[nth]));
  }

  async isServing(name: string, signal: AbortSignal): Promise<boolean> {
    return isAvailable(await this.#states(name, new Patience(questionMs, signal)));
  }

  async load(order: LoadOrder, signal: AbortSignal): Promise<void> {
    const { file, loadTimeoutMs } = this.#parts;
    const patience = new Patience(loadTimeoutMs, signal);
    const number = await newestNumber(this.#parts, order);
    if (number === null) throw noNumber(order.name);
    const before = (await file.entries()).get(order.name) ?? null;
    const basePath = basePathOf(this.#parts, order);
    try {
      if (before !== basePath) await this.#makeWay(order.name, number, patience);
      await this.#bring({ name: order.name, number, basePath }, patience);
    } catch (error) {
      if (before !== basePath) await file.set(order.name, before);
      throw error;
    }
  }

  async unload(name: string, signal: AbortSignal): Promise<void> {
    const { file, loadTimeoutMs } = this.#parts;
    const patience = new Patience(loadTimeoutMs, signal);
    await file.set(name, null);
    const gone = await patience.until(async () => (isGone(await this.#states(name, patience)) ? true : null));
    if (gone === null) throw tooLate(`still has the model ${name}`, loadTimeoutMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.calls[Symbol.asyncDispose]();
  }

  /** A version of this number that is loaded, from whatever files, is let go of first. */
  async #makeWay(name: string, number: string, patience: Patience): Promise<void> {
    const isFree = async (): Promise<true | null> => {
      const state = (await this.#states(name, patience)).get(number);
      return state === undefined || isEnded(state) ? true : null;
    };
    if ((await isFree()) !== null) return;
    await this.#parts.file.set(name, null);
    if ((await patience.until(isFree)) === null) {
      throw tooLate(`still has version ${number} of the model ${name}`, this.#parts.loadTimeoutMs);
    }
  }

  /**
   * A version that failed stays END with its error until the file has been read once without the model: nothing tells when that was,
   * so an error of before is given longer and longer to go away.
   */
  async #bring(model: { name: string; number: string; basePath: string }, patience: Patience): Promise<void> {
    const { name, number, basePath } = model;
    const { file, loadTimeoutMs } = this.#parts;
    const earlier = (await this.#states(name, patience)).get(number);
    let stale = earlier?.state === 'END' ? earlier.error : null;
    for (let retryMs = firstRetryMs; ; retryMs *= 2) {
      await file.set(name, basePath);
      const turn = stale === null ? patience : new Patience(Math.min(retryMs, patience.leftMs), patience.signal);
      const outcome = await turn.until(async () => {
        const states = await this.#states(name, patience);
        if (servesOnly(states, number)) return 'serves';
        const now = states.get(number);
        if (now?.state !== 'END' || now.error !== stale) stale = null;
        return now?.state === 'END' && now.error !== null && stale === null ? now.error : null;
      });
      if (outcome === 'serves') return;
      const words = outcome ?? (patience.over ? stale : null);
      if (words !== null) throw new OutriggerError('MODEL_LOAD_FAILED', `TensorFlow Serving refused ${name}: ${words}`);
      if (patience.over) throw tooLate(`does not serve the model ${name}`, loadTimeoutMs);
      if (stale !== null) {
        await file.set(name, null);
        await patience.pause(retryMs);
      }
    }
  }

  async #states(name: string, { leftMs, signal }: Patience): Promise<VersionStates> {
    const path = `/v1/models/${encodeURIComponent(name)}`;
    const deadlineMs = Math.ceil(Math.min(leftMs, questionMs));
    const answer = await this.#parts.calls.call({ method: 'GET', path, deadlineMs, signal });
    if (answer.status === 404) return new Map();
    return readAnswer(answer, { schema: versionStatesSchema, remedy: wrongPort });
  }
}

function noNumber(name: string): OutriggerError {
  const words = `TensorFlow Serving loads the folder of a model that is a number, and ${name} has none: point storageUri above a folder 1/`;
  return new OutriggerError('MODEL_LOAD_FAILED', words);
}

function tooLate(what: string, loadTimeoutMs: number): OutriggerError {
  const words =
    `TensorFlow Serving ${what} after ${loadTimeoutMs} ms: is it started with --model_config_file and a short ` +
    '--model_config_file_poll_wait_seconds? Its log says why a model fails (at once with --max_num_load_retries=0)';
  return new OutriggerError('UPSTREAM_TIMEOUT', words);
}
