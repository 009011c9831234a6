// Which model a gRPC message of the inference protocol names: all of its requests have the name in a field of their own.
import { grpcFrames } from './view/grpc-messages.ts';
import { WireReader } from './view/proto-wire.ts';

const maxNameBytes = 1024;

/** By method: the number of that field (grpc_predict_v2.proto of the OIP, grpc_service.proto of Triton). */
const nameFields: Readonly<Record<string, number>> = {
  ModelInfer: 1,
  ModelStreamInfer: 1,
  ModelReady: 1,
  ModelMetadata: 1,
  ModelConfig: 1,
  ModelStatistics: 1,
  RepositoryModelLoad: 2, // behind the name of a repository
  RepositoryModelUnload: 2,
};

/** Of the first message, which need not have come whole. Null: it names none, or is compressed. */
export function readGrpcModel(method: string, body: Buffer): string | null {
  const wanted = nameFields[method];
  const [frame] = grpcFrames(body);
  if (wanted === undefined || frame === undefined || frame.compressed) return null;
  for (const { number, wire, value, cut } of new WireReader(frame.bytes)) {
    if (number > wanted) return null; // fields come in the order of their numbers: tensors stand behind
    if (number !== wanted) continue;
    if (wire !== 'bytes' || !(value instanceof Uint8Array) || cut || value.length === 0) return null;
    return Buffer.from(value.buffer, value.byteOffset, Math.min(value.length, maxNameBytes)).toString();
  }
  return null;
}
