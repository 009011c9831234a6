// The messages of a gRPC body (gRPC over HTTP/2: Length-Prefixed-Message), and what its path says that they are.
import { inferenceProto } from './inference-proto.ts';
import { type ProtoSchema, readProto } from './proto-schema.ts';

export interface GrpcFrame {
  /** Still in the message encoding where `compressed`. */
  readonly bytes: Buffer;
  readonly compressed: boolean;
  /** Its length says that it goes on behind what there is. */
  readonly cut: boolean;
}

const prefixBytes = 5;
const schema = readProto(inferenceProto);

/** The last one may be cut. A prefix that is cut is left out. */
export function* grpcFrames(body: Buffer): Generator<GrpcFrame> {
  for (let at = 0; at + prefixBytes <= body.length; ) {
    const end = at + prefixBytes + body.readUInt32BE(at + 1);
    const bytes = body.subarray(at + prefixBytes, end);
    yield { bytes, compressed: body[at] === 1, cut: end > body.length };
    at = end;
  }
}

export interface MeantMessages {
  readonly schema: ProtoSchema;
  /** Of a message of that side; null: a method that is not known here. */
  readonly type: string | null;
}

/** `/inference.GRPCInferenceService/ModelInfer`: the package differs from vendor to vendor. */
export function meantMessages(path: string, side: 'request' | 'response'): MeantMessages {
  const method = /^\/(?:[^/]*\.)?(?<method>[^/.]+\/[^/?]+)/.exec(path)?.groups?.method ?? '';
  return { schema, type: schema.methods.get(method)?.[side] ?? null };
}
