// The stage of the request path that merges: each inference request is read, waits with its like, and is answered as if alone.
import type { BatcherConfig } from '../config/slices.ts';
import { OutriggerError } from '../errors.ts';
import type { Handler, ProxyRequest, ProxyResponse } from '../http/exchange.ts';
import { isGrpc } from '../http/grpc-content.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { readModelOf } from '../model-label.ts';
import { type InferencePath, readInferencePath, readModelChange } from '../v2/infer-path.ts';
import type { ModelLimits } from '../v2/model-config.ts';
import { AnswerDress } from './answer/answer-dress.ts';
import { MemberReruns } from './answer/member-reruns.ts';
import { Batch } from './batch.ts';
import { callRuntime } from './batch-call.ts';
import { batchKey } from './batch-key.ts';
import type { CallRuntime } from './batch-queue.ts';
import { BatchQueues } from './batch-queues.ts';
import { type KeyHeaders, openKeyHeaders } from './key-headers.ts';
import { askThrough } from './limits/ask-runtime.ts';
import { type ModelEntry, type ModelLimitsBook, openModelLimits } from './limits/model-limits.ts';
import { openMember } from './member.ts';
import type { PassReason } from './pass-reason.ts';
import { type Reading, readRequest } from './request-reader.ts';
import { Hold, WaitingRoom } from './waiting-room.ts';

export interface BatcherParts {
  readonly config: BatcherConfig;
  readonly metrics: Metrics;
  readonly log: Log;
  /** The rest of the request path: lone requests and merged ones go there alike. */
  readonly next: Handler;
}

export class Batcher {
  readonly #config: BatcherConfig;
  readonly #metrics: Metrics;
  readonly #next: Handler;
  readonly #keyHeaders: KeyHeaders;
  readonly #limits: ModelLimitsBook;
  readonly #room: WaitingRoom;
  readonly #queues: BatchQueues;
  readonly #dress: AnswerDress;
  /** Models that are being loaded or unloaded, by requests through here or by the puller; one for each change. */
  readonly #changing: string[] = [];

  constructor(parts: BatcherParts) {
    const { config, metrics, log, next } = parts;
    this.#config = config;
    this.#metrics = metrics;
    this.#next = next;
    this.#keyHeaders = openKeyHeaders(config.keyHeaders);
    this.#limits = openModelLimits({ ask: askThrough(next), trusted: config.models, log });
    this.#room = new WaitingRoom(config, metrics);
    const dress = new AnswerDress(config);
    this.#dress = dress;
    const doubtLimits = (model: string) => this.#limits.doubt(model);
    const reruns = new MemberReruns({ rerun: config.rerun, next, dress, log, doubtLimits });
    const callParts = { next, keyHeaders: this.#keyHeaders, dress, reruns, doubtLimits };
    const call: CallRuntime = (members, queue) => callRuntime(new Batch(members, queue), callParts);
    this.#queues = new BatchQueues({ config, metrics, room: this.#room, callRuntime: call });
  }

  readonly handle: Handler = (request) => {
    if (request.method !== 'POST') return this.#next(request);
    const path = readInferencePath(request.path);
    if (path !== null) return this.#infer(request, path);
    // Which model it is stands in the body, which nobody reads here.
    if (isGrpcInference(request)) this.#metrics.batching.modelIfKnown('').passed('grpc').add();
    const changed = readModelChange(request.path, request.method);
    return changed === null ? this.#next(request) : this.whileChanging(changed, () => this.#next(request));
  };

  /** The agent stops: what waits leaves now, and nothing is held any more. */
  drain(): void {
    this.#queues.drain();
  }

  /** What the runtime says about its models, for /status. */
  limits(): readonly ModelEntry[] {
    return this.#limits.entries();
  }

  #infer(request: ProxyRequest, path: InferencePath): Promise<ProxyResponse> {
    const { key, cloudEvent, bodySigned } = this.#keyHeaders.readKeyHeaders(request.headers);
    if (cloudEvent) return this.#pass(request, { path, reason: 'cloud_event' });
    if (bodySigned) return this.#pass(request, { path, reason: 'body_signed' });
    const limits = this.#limitsOf(path, request);
    if (limits === null) return this.#pass(request, { path, reason: 'model_unread' });
    if (!limits.batchable) return this.#pass(request, { path, reason: 'model_unbatchable', described: true });
    const hold = new Hold(this.#room);
    const placing = { path, headersKey: key, limits, hold };
    // While a body was on its way the model may have been loaded anew: what holds is what is known now.
    const placeLate = (reading: Reading) => this.#place(reading, { ...placing, limits: this.#limitsOf(path, request) });
    try {
      const reading = readRequest(request, { path, hold, maxBodyBytes: this.#config.maxBodyBytes });
      if (!(reading instanceof Promise)) return this.#place(reading, placing);
      return reading.then(placeLate).catch((error: unknown) => freeAndThrow(hold, error));
    } catch (error) {
      hold.free();
      return Promise.reject(error);
    }
  }

  /** Null: not known (yet). */
  #limitsOf({ protocol, modelPath, model }: InferencePath, request: ProxyRequest): RowLimits | null {
    if (this.#changing.includes(model)) return null;
    return protocol === 'v1' ? rowsByProtocol : this.#limits.look(modelPath, { model, protocol: request.protocol });
  }

  /** @throws OutriggerError OVERLOADED, CLIENT_GONE */
  #place({ request, outcome }: Reading, { path, headersKey, limits, hold }: Placing): Promise<ProxyResponse> {
    const passFor = (reason: PassReason): Promise<ProxyResponse> => {
      // Whole bodies are in memory until they are sent, and that is known when they are answered; streams pass through.
      if (!(request.body instanceof Uint8Array)) hold.free();
      return this.#pass(request, { path, reason, described: path.protocol === 'v2' }).finally(() => hold.free());
    };
    if (typeof outcome === 'string') return passFor(outcome);
    if (limits === null) return passFor('model_unread');
    if (!limits.batchable) return passFor('model_unbatchable');
    const { rows } = outcome.request;
    const maxRows = Math.min(this.#config.maxRows, limits.maxRows ?? Number.POSITIVE_INFINITY);
    if (rows > maxRows) return passFor('too_many_rows');
    const queue = this.#queues.open(batchKey({ request, path, headersKey, content: outcome }), path);
    const { health } = queue;
    const nowMs = performance.now();
    if (health.isQuarantined(nowMs)) return passFor('quarantined');
    if (rows > health.maxRows) return passFor('too_many_rows');
    if (request.cancellation.cancelled)
      throw new OutriggerError('CLIENT_GONE', 'the client left before its request was read');
    this.#room.enterRows(rows);
    queue.limit(Math.min(maxRows, health.maxRows), limits.slots);
    const member = openMember({
      request,
      content: outcome,
      sources: queue.sourcesOf(request.client),
      arrivedMs: nowMs,
    });
    member.onSettled(() => hold.free());
    member.onSpent(() => hold.recycle());
    queue.add(member);
    return member.response;
  }

  #pass(request: ProxyRequest, { path, reason, described = false }: Passing): Promise<ProxyResponse> {
    const { batching } = this.#metrics;
    const label = readModelOf(request.path);
    (described ? batching.model(label) : batching.modelIfKnown(label)).passed(reason).add();
    return this.#dress.passed(this.#next(request), path.protocol);
  }

  /** What waits for the old model is sent to it; nothing is merged until the new one is there and was read. */
  async whileChanging<T>(model: string, change: () => Promise<T>): Promise<T> {
    this.#queues.flush(model);
    this.#changing.push(model);
    try {
      return await change();
    } finally {
      this.#changing.splice(this.#changing.indexOf(model), 1);
      this.#limits.refresh(model);
      this.#queues.forget(model);
    }
  }
}

interface Passing {
  readonly path: InferencePath;
  readonly reason: PassReason;
  /** The runtime has owned to the model, which gets a label of its own then. */
  readonly described?: boolean;
}

type RowLimits = Pick<ModelLimits, 'batchable' | 'maxRows' | 'slots'>;

/** Rows are what V1 is about (`instances`): its models need no word of their runtime. */
const rowsByProtocol: RowLimits = {
  batchable: true,
  maxRows: null,
  slots: null,
};

interface Placing {
  readonly path: InferencePath;
  readonly headersKey: string;
  readonly limits: RowLimits | null;
  readonly hold: Hold;
}

function freeAndThrow(hold: Hold, error: unknown): never {
  hold.free();
  throw error;
}

function isGrpcInference({ path, headers }: ProxyRequest): boolean {
  return path.endsWith('Infer') && isGrpc(headers.get('content-type'));
}
