// Runtimes with the V2 repository extension: Triton in explicit mode, MLServer, KServe's own servers.
import { setTimeout as wait } from 'node:timers/promises';
import type { ModelRuntimeConfig } from '../../config/slices.ts';
import { OutriggerError } from '../../errors.ts';
import { refusal } from './refusal-words.ts';
import type { LoadOrder, RuntimeApi } from './runtime-api.ts';
import { openRuntimeCalls, type RuntimeAnswer, type RuntimeCalls } from './runtime-call.ts';
import { type ModelIndex, readIndex } from './v2-index.ts';
import { remedyOf } from './v2-remedies.ts';

/** Opens no connection yet. */
export function openV2Runtime(config: ModelRuntimeConfig): RuntimeApi {
  return new V2Runtime(openRuntimeCalls(config), config.loadTimeoutMs);
}

/** Of a look that needs no work of the runtime. */
const lookDeadlineMs = 5000;
/** Triton answers the index only when a reload under way is over: seen to wait 2.8 s of a load of 3 s. */
const indexDeadlineMs = 30_000;
const maxIndexBytes = 67_108_864;
/** Between two looks whether a model is gone, or ready; doubled from the first to the last. */
const firstPauseMs = 10;
const lastPauseMs = 500;
/** All known runtimes load before they answer; one that does not gets so long. */
const readyGraceMs = 10_000;
/** What servers answer for paths and methods that they do not have. */
const noSuchApi = new Set([404, 405, 501]);

class V2Runtime implements RuntimeApi {
  /** Triton loads a changed model beside the old one; MLServer too. Both keep the old one when that fails. */
  readonly swapsWithoutGap = true;
  readonly #calls: RuntimeCalls;
  readonly #loadTimeoutMs: number;
  #withoutIndex = false; // until the runtime was away: another one may have come

  constructor(calls: RuntimeCalls, loadTimeoutMs: number) {
    this.#calls = calls;
    this.#loadTimeoutMs = loadTimeoutMs;
  }

  async isUp(signal: AbortSignal): Promise<boolean> {
    const up = await this.#look('/v2/health/live', signal).then(
      ({ status }) => status < 500, // also 404: something answers, and may still take orders
      () => false,
    );
    if (!up) this.#withoutIndex = false;
    return up;
  }

  async serving(signal: AbortSignal): Promise<ReadonlySet<string> | null> {
    return (await this.#index(signal, indexDeadlineMs))?.serving ?? null;
  }

  async isServing(name: string, signal: AbortSignal): Promise<boolean | null> {
    const { status } = await this.#look(`/v2/models/${segment(name)}/ready`, signal);
    return status === 405 || status === 501 ? null : status >= 200 && status < 300;
  }

  async load({ name }: LoadOrder, signal: AbortSignal): Promise<void> {
    const answer = await this.#order('load', { name, signal });
    if (!isSuccess(answer)) throw refusal({ order: 'load', name, answer, remedy: remedyOf('load', name, answer) });
    const lastMs = performance.now() + Math.min(readyGraceMs, this.#loadTimeoutMs);
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(2 * pauseMs, lastPauseMs)) {
      const ready = await this.#look(`/v2/models/${segment(name)}/ready`, signal);
      if (ready.status !== 400 && ready.status !== 503) return; // 404: a server with the orders alone, as KServe's agent asks for
      if (performance.now() > lastMs) {
        throw new OutriggerError('MODEL_LOAD_FAILED', `the runtime took model ${name}, but does not make it ready`);
      }
      await wait(pauseMs, undefined, { signal });
    }
  }

  /** Triton answers when no new request gets in; requests under way still use the files (runtimes.md 3). */
  async unload(name: string, signal: AbortSignal): Promise<void> {
    const lastMs = performance.now() + this.#loadTimeoutMs;
    const answer = await this.#order('unload', { name, signal });
    // 404: not there (MLServer, KServe); Triton has 200 for it.
    if (!isSuccess(answer) && answer.status !== 404) {
      throw refusal({ order: 'unload', name, answer, remedy: remedyOf('unload', name, answer) });
    }
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(2 * pauseMs, lastPauseMs)) {
      const leftMs = lastMs - performance.now();
      if (leftMs <= 0) {
        throw new OutriggerError('UPSTREAM_TIMEOUT', `model ${name} is not unloaded within ${this.#loadTimeoutMs} ms`);
      }
      const index = await this.#index(signal, leftMs);
      if (index === null || !index.busy.has(name)) return;
      await wait(pauseMs, undefined, { signal });
    }
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#calls[Symbol.asyncDispose]();
  }

  #look(path: string, signal: AbortSignal): Promise<RuntimeAnswer> {
    return this.#calls.call({ method: 'GET', path, deadlineMs: lookDeadlineMs, signal });
  }

  #order(order: 'load' | 'unload', { name, signal }: { name: string; signal: AbortSignal }): Promise<RuntimeAnswer> {
    const path = `/v2/repository/models/${segment(name)}/${order}`;
    return this.#calls.call({ method: 'POST', path, body: '{}', deadlineMs: this.#loadTimeoutMs, signal });
  }

  /** Null: there is none. MLServer wants a body, be it empty (protocol.md 5.2). */
  async #index(signal: AbortSignal, deadlineMs: number): Promise<ModelIndex | null> {
    if (this.#withoutIndex) return null;
    const path = '/v2/repository/index';
    const call = { method: 'POST', path, body: '{}', deadlineMs, signal, maxAnswerBytes: maxIndexBytes } as const;
    const answer = await this.#calls.call(call);
    if (noSuchApi.has(answer.status)) {
      this.#withoutIndex = true;
      return null;
    }
    const remedy = remedyOf('index', null, answer);
    if (!isSuccess(answer)) throw refusal({ order: 'index', name: null, answer, remedy });
    const index = answer.cut ? null : readIndex(answer.text);
    if (index === null) throw new OutriggerError('MODEL_LOAD_FAILED', 'the index of the runtime cannot be read');
    return index;
  }
}

function isSuccess({ status }: RuntimeAnswer): boolean {
  return status >= 200 && status < 300;
}

/**
 * Triton takes a path as it is written and would look for `m%40v1`: only what RFC 3986 3.3 forbids in a segment is encoded.
 */
function segment(name: string): string {
  return encodeURIComponent(name).replaceAll(/%(?:24|26|2B|2C|3A|3B|3D|40)/g, decodeURIComponent);
}
