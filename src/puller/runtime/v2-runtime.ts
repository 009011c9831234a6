// Runtimes with the V2 repository extension: Triton in explicit mode, MLServer, KServe's own servers.
import type { ModelRuntimeConfig } from '../../config/slices.ts';
import { OutriggerError } from '../../errors.ts';
import { Patience } from './patience.ts';
import type { LoadOrder, RuntimeApi } from './runtime-api.ts';
import { openRuntimeCalls, type RuntimeAnswer, type RuntimeCalls } from './runtime-call.ts';
import { SharedRun } from './shared-run.ts';
import { untilAborted } from './until-aborted.ts';
import { type ModelIndex, readIndex } from './v2-index.ts';
import { v2Refusal } from './v2-refusal.ts';

/** Opens no connection yet. */
export function openV2Runtime(config: ModelRuntimeConfig): RuntimeApi {
  return new V2Runtime(openRuntimeCalls(config), config.loadTimeoutMs);
}

/** Of a look that needs no work of the runtime. */
const lookDeadlineMs = 5000;
/** Triton answers the index only when a reload under way is over: seen to wait 2.8 s of a load of 3 s. */
const indexDeadlineMs = 30_000;
const maxIndexBytes = 67_108_864;
/** All known runtimes load before they answer; one that does not gets so long. */
const readyGraceMs = 10_000;
/** What servers answer for paths and methods that they do not have. */
const noSuchApi = new Set([404, 405, 501]);

class V2Runtime implements RuntimeApi {
  /** Triton and MLServer load a changed model beside the old one, and keep the old one when that fails. */
  readonly swapsWithoutGap = true;
  readonly #calls: RuntimeCalls;
  readonly #loadTimeoutMs: number;
  /** With thousands of models an index is large: those who wait for an unload share it. */
  readonly #sharedIndex = new SharedRun(() => this.#index(new AbortController().signal, this.#loadTimeoutMs));
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

  /**
   * Triton takes files for unchanged that are not newer than those it has loaded, and then says yes without loading them: whoever
   * goes back to older files must touch them. The configuration does not count, nor the model's own folder; any other file does.
   * It loads one model at a time (two that take 3 s are loaded in 9 s), so the deadline has to bear those before; and it never
   * answers for a Python model without model.py. All of it seen with Triton 2.51.
   */
  async load({ name }: LoadOrder, signal: AbortSignal): Promise<void> {
    const answer = await this.#order('load', { name, signal });
    if (!isSuccess(answer)) throw v2Refusal({ order: 'load', name, answer });
    const patience = new Patience(Math.min(readyGraceMs, this.#loadTimeoutMs), signal);
    const ready = await patience.until(async () => {
      const { status } = await this.#look(`/v2/models/${segment(name)}/ready`, signal);
      return status === 400 || status === 503 ? null : true; // 404: a server with the orders alone, all that KServe's agent asks for
    });
    if (ready) return;
    throw new OutriggerError('MODEL_LOAD_FAILED', `the runtime took model ${name}, but does not make it ready`);
  }

  /** Triton answers when no new request gets in; requests under way still use the files (runtimes.md 3). */
  async unload(name: string, signal: AbortSignal): Promise<void> {
    const patience = new Patience(this.#loadTimeoutMs, signal);
    const answer = await this.#order('unload', { name, signal });
    // 404: not there (MLServer, KServe); Triton has 200 for it.
    if (!isSuccess(answer) && answer.status !== 404) {
      throw v2Refusal({ order: 'unload', name, answer });
    }
    const gone = await patience.until(async () => {
      const index = await untilAborted(this.#sharedIndex.join(), signal);
      return index?.busy.has(name) ? null : true;
    });
    if (gone) return;
    throw new OutriggerError('UPSTREAM_TIMEOUT', `model ${name} is not unloaded within ${this.#loadTimeoutMs} ms`);
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
    if (!isSuccess(answer)) throw v2Refusal({ order: 'index', name: null, answer });
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
