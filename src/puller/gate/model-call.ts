// Which calls name a model, and where: in the path over REST, in the first message over gRPC.
import { decodeSegment, readModelName } from '../../model-label.ts';

export interface GrpcCall {
  /** ModelReady: whether the model is ready is all that it wants to know. */
  readonly asksReady: boolean;
  /** Its client need not send a message before it hears something. */
  readonly streams: boolean;
}

const unary: GrpcCall = { asksReady: false, streams: false };

/** Field 1 of the first message is the model's name. Services of any package: TorchServe has the same ones under its own. */
const grpcCalls: ReadonlyMap<string, GrpcCall> = new Map([
  ['ModelInfer', unary],
  ['ModelStreamInfer', { asksReady: false, streams: true }],
  ['ModelReady', { asksReady: true, streams: false }],
  ['ModelMetadata', unary],
  ['ModelConfig', unary],
  ['ModelStatistics', unary],
  ['Predictions', unary], // TorchServe's inference.proto, and the next
  ['StreamPredictions', unary],
]);

/** Null: no call that names a model. */
export function readGrpcCall(path: string): GrpcCall | null {
  return grpcCalls.get(path.slice(path.lastIndexOf('/') + 1)) ?? null;
}

/** TorchServe's inference_api.md. */
const predictionsPath = /^\/(?:predictions|explanations)\/([^/?]+)/;

/** Percent-decoded. Null: the path names no model that is asked to do something. */
export function readCalledModel(path: string): string | null {
  if (path.startsWith('/v2/repository/')) return null; // loading it is what it may be asked there
  const name = readModelName(path);
  if (name !== null) return name;
  const segment = predictionsPath.exec(path)?.[1];
  return segment === undefined ? null : decodeSegment(segment);
}
