// One loaded ONNX model: what it takes and gives, and how it is run.
import type * as Onnxruntime from 'onnxruntime-node';
import { checkInputs, checkOutputs } from './check-tensors.ts';
import { datatypeOfOnnx, onnxTypeOf, type TensorData } from './datatypes.ts';
import type { InferRequest, Tensor } from './infer-request.ts';
import { V2Error } from './v2-error.ts';

/** Of a tensor that a model takes or gives: -1 is an open dimension. */
export type TensorSpec = Omit<Tensor, 'data'>;

export interface OnnxModelOptions {
  readonly onnxruntime: typeof Onnxruntime;
  readonly name: string;
  readonly version: string;
  readonly path: string;
  /** Rows of one call, for models whose tensors all have an open first dimension. */
  readonly maxBatchSize: number;
  /** Threads of one call. */
  readonly threads: number;
}

export class OnnxModel {
  readonly name: string;
  readonly version: string;
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  /** 0: the model has no batch dimension. */
  readonly maxBatchSize: number;
  readonly #onnxruntime: typeof Onnxruntime;
  readonly #session: Onnxruntime.InferenceSession;
  #inFlight = 0;
  #whenIdle: (() => void) | null = null;
  #retired: Promise<void> | null = null;

  private constructor(options: OnnxModelOptions, session: Onnxruntime.InferenceSession) {
    this.name = options.name;
    this.version = options.version;
    this.inputs = session.inputMetadata.map((metadata) => specOf('input', metadata));
    this.outputs = session.outputMetadata.map((metadata) => specOf('output', metadata));
    const batches = [...this.inputs, ...this.outputs].every(({ shape }) => shape[0] === -1);
    this.maxBatchSize = batches ? options.maxBatchSize : 0;
    this.#onnxruntime = options.onnxruntime;
    this.#session = session;
  }

  /** @throws Error: the file cannot be read, is no ONNX model, or has tensors that the protocol has no datatype for. */
  static async load(options: OnnxModelOptions): Promise<OnnxModel> {
    const session = await options.onnxruntime.InferenceSession.create(options.path, {
      intraOpNumThreads: options.threads,
      interOpNumThreads: 1,
      // What fails is thrown and answered; ONNX Runtime would write it to stderr as well.
      logSeverityLevel: 4,
    });
    try {
      return new OnnxModel(options, session);
    } catch (cause) {
      await session.release();
      throw cause;
    }
  }

  /** The outputs in the order asked for. @throws V2Error 400: the request does not fit the model; 500: the model failed. */
  async infer(request: InferRequest): Promise<readonly Tensor[]> {
    checkInputs(this, request.inputs);
    checkOutputs(this, request.outputs ?? []);
    const names = (request.outputs ?? this.outputs).map(({ name }) => name);
    this.#inFlight += 1;
    try {
      const feeds = Object.fromEntries(request.inputs.map((input) => [input.name, this.#tensorOf(input)]));
      const results = await this.#session.run(feeds, names);
      return names.map((name) => readResult(name, results[name]!));
    } catch (cause) {
      throw new V2Error(500, `onnx runtime error: ${(cause as Error).message}`, { cause });
    } finally {
      this.#inFlight -= 1;
      if (this.#inFlight === 0) this.#whenIdle?.();
    }
  }

  /** Lets the calls in flight finish, then frees the session; the caller sends no more. Twice is harmless. */
  retire(): Promise<void> {
    this.#retired ??= this.#release();
    return this.#retired;
  }

  async #release(): Promise<void> {
    if (this.#inFlight > 0) {
      const idle = Promise.withResolvers<void>();
      this.#whenIdle = idle.resolve;
      await idle.promise;
    }
    await this.#session.release();
  }

  #tensorOf({ datatype, data, shape }: Tensor): Onnxruntime.Tensor {
    // The pair of type and array is right by datatypes.ts; the declared overloads cannot say "one of all pairs".
    return new this.#onnxruntime.Tensor(onnxTypeOf(datatype) as 'float32', data as Float32Array, shape);
  }
}

function specOf(what: 'input' | 'output', metadata: Onnxruntime.InferenceSession.ValueMetadata): TensorSpec {
  const { name } = metadata;
  // scikit-learn converters make such outputs unless zipmap is off.
  if (!metadata.isTensor) throw new Error(`${what} '${name}' is not a tensor`);
  const datatype = datatypeOfOnnx(metadata.type);
  if (datatype === undefined) throw new Error(`${what} '${name}' has type ${metadata.type}, which is not supported`);
  return { name, datatype, shape: metadata.shape.map((size) => (typeof size === 'number' ? size : -1)) };
}

function readResult(name: string, { type, dims, data }: Onnxruntime.Tensor): Tensor {
  return { name, datatype: datatypeOfOnnx(type)!, shape: dims, data: data as TensorData };
}
