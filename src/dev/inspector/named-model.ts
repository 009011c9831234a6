// The model that an exchange is about: named by the path, or by the message itself (gRPC).
import { readModelName } from '../../model-label.ts';
import { readGrpcModel } from './grpc-model.ts';
import type { SeenExchange } from './seen-exchange.ts';

/** Null: it names none, or its body was not kept. */
export function modelOf({ path, protocol, requestCopy }: SeenExchange): string | null {
  const method = protocol === 'http2' ? grpcInference.exec(path)?.[1] : undefined;
  if (method === undefined) return readModelName(path);
  const { body } = requestCopy;
  return body === null ? null : readGrpcModel(method, body.bytes);
}

const grpcInference = /^\/inference\.GRPCInferenceService\/(\w+)$/;
