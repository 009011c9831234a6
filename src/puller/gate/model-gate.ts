// The stage before the batcher: requests for models of ours that do not serve wait, are told why, or wake their model.
import type { Readable } from 'node:stream';
import { OutriggerError } from '../../errors.ts';
import type { Handler, Middleware, ProxyRequest, ProxyResponse } from '../../http/exchange.ts';
import { isGrpc } from '../../http/grpc-content.ts';
import type { ModelMetrics, RequestOutcome } from '../../model-metrics.ts';
import type { GatedModel, GatedModels } from './gated-models.ts';
import { type NameReading, readGrpcModelName } from './grpc-model-name.ts';
import { type GrpcCall, readCalledModel, readGrpcCall } from './model-call.ts';
import { peekBody } from './peek-body.ts';
import { grpcReadyAnswer, restReadyAnswer } from './readiness-answer.ts';

/** Of a message: names come first in it, unless a client writes its fields in an order of its own. */
const maxPeekedBytes = 65_536;
/** A client that streams may listen before it speaks: its call goes on without a name then. */
const streamPatienceMs = 1000;
const unaryPatienceMs = 10_000;
/** A model that was woken may be gone again before its request went on, at a time when models push each other out. */
const maxWakes = 3;

/**
 * While `models.open` it costs nothing else; with models that are counted, a lookup and the count.
 * @throws OutriggerError MODEL_NOT_READY, and what waking a model throws
 */
export function gateModels(models: GatedModels, outcomes: ModelMetrics['requests']): Middleware {
  return (next) => {
    const gate = new Gate({ models, outcomes, next });
    return (request) => (models.open ? next(request) : gate.pass(request));
  };
}

interface GateParts {
  readonly models: GatedModels;
  readonly outcomes: ModelMetrics['requests'];
  readonly next: Handler;
}

class Gate {
  readonly #models: GatedModels;
  readonly #outcomes: ModelMetrics['requests'];
  readonly #next: Handler;

  constructor({ models, outcomes, next }: GateParts) {
    this.#models = models;
    this.#outcomes = outcomes;
    this.#next = next;
  }

  pass(request: ProxyRequest): Promise<ProxyResponse> {
    const { protocol, path, headers } = request;
    if (protocol === 'http2' && isGrpc(headers.get('content-type'))) {
      const call = readGrpcCall(path);
      if (call === null) return this.#next(request);
      const { body } = request;
      if (!(body instanceof Uint8Array)) return this.#passStreamed(call, request, body);
      return this.#passNamed(call, nameOf(readGrpcModelName(body, headers.get('grpc-encoding'))), request);
    }
    const name = readCalledModel(path);
    const model = name === null ? undefined : this.#models.look(name);
    if (model === undefined) return this.#next(request);
    if (model.serving) return this.#use(model, request, 'served');
    const answer = model.idle ? restReadyAnswer(request, model.name) : null;
    return answer === null ? this.#wakeAndUse(model, request) : Promise.resolve(answer);
  }

  /** `name`: null when none could be read. */
  #passNamed(call: GrpcCall, name: string | null, request: ProxyRequest): Promise<ProxyResponse> {
    const model = name === null ? undefined : this.#models.look(name);
    if (model === undefined) return this.#next(request);
    if (model.serving) return this.#use(model, request, 'served');
    if (!call.asksReady) return this.#wakeAndUse(model, request);
    return Promise.resolve(grpcReadyAnswer(model.idle)); // ready or not is the answer to this question, and no failure of it
  }

  async #passStreamed(call: GrpcCall, request: ProxyRequest, streamed: Readable): Promise<ProxyResponse> {
    const encoding = request.headers.get('grpc-encoding');
    let reading: NameReading = { kind: 'more' };
    const readStart = (start: Uint8Array): boolean => {
      reading = readGrpcModelName(start, encoding);
      return reading.kind !== 'more';
    };
    const maxWaitMs = call.streams ? streamPatienceMs : unaryPatienceMs;
    const { body } = await peekBody(streamed, readStart, { maxBytes: maxPeekedBytes, maxWaitMs });
    if (body === null) throw clientGone();
    return this.#passNamed(call, nameOf(reading), body === streamed ? request : { ...request, body });
  }

  /** The model stays where it is until the last byte of the answer. */
  #use(model: GatedModel, request: ProxyRequest, outcome: 'served' | 'woken'): Promise<ProxyResponse> {
    this.#outcomes[outcome].add();
    model.enter();
    return this.#next(request).then(
      (response) => {
        const { body } = response;
        if (body instanceof Uint8Array || body.closed) model.leave();
        else body.once('close', () => model.leave());
        return response;
      },
      (error: unknown) => {
        model.leave();
        throw error;
      },
    );
  }

  /** The request's body waits unread: its client is held back by flow control, and one that asked first is not told to send it. */
  async #wakeAndUse(asleep: GatedModel, request: ProxyRequest): Promise<ProxyResponse> {
    try {
      let model: GatedModel | undefined = asleep;
      for (let wakes = 0; wakes < maxWakes && model.idle; wakes++) {
        await model.wake(request.cancellation.signal);
        if (request.cancellation.cancelled) throw clientGone();
        model = this.#models.look(asleep.name);
        if (model === undefined) return this.#next(request); // it was taken out of the configuration
        if (model.serving) return this.#use(model, request, 'woken');
      }
      throw new OutriggerError('MODEL_NOT_READY', model.reason(), { retryAfterSeconds: model.retryAfterSeconds() });
    } catch (error) {
      this.#outcomes[outcomeOf(error)].add(); // what fails behind the gate is not caught here
      throw error;
    }
  }
}

function outcomeOf(error: unknown): RequestOutcome {
  const code = error instanceof OutriggerError ? error.code : null;
  if (code === 'CLIENT_GONE') return 'gone';
  return code === 'OVERLOADED' ? 'overloaded' : 'not_ready';
}

function nameOf(reading: NameReading): string | null {
  return reading.kind === 'name' ? reading.name : null;
}

function clientGone(): OutriggerError {
  return new OutriggerError('CLIENT_GONE', 'the client left while its request waited for its model');
}
