// The heads of a message's tensors, for a line of the list: asked for many exchanges at once, so no values are read.
import type { TensorHead } from '../api.ts';
import { decodeInline } from './decoded-body.ts';
import { grpcFrames, meantMessages } from './grpc-messages.ts';
import { readInferGrpc } from './infer-grpc.ts';
import { headsOf, readInferBody } from './infer-json.ts';
import { fieldOf, type MessagePart } from './message-part.ts';

/** Of a gRPC stream the first message counts. Empty where nothing of the kind can be read. Never throws. */
export function readTensorHeads(part: MessagePart): readonly TensorHead[] {
  const { protocol, side, path, headers, body } = part;
  if (body === null || protocol === 'V1' || protocol === 'HTTP') return [];
  if (protocol !== 'gRPC') {
    const bytes = decodeInline(body.bytes, fieldOf(headers, 'content-encoding'));
    const message = bytes === null ? null : readInferBody(part, bytes);
    return message === null ? [] : headsOf(message);
  }
  const [frame] = grpcFrames(body.bytes);
  if (frame === undefined) return [];
  const bytes = frame.compressed ? decodeInline(frame.bytes, fieldOf(headers, 'grpc-encoding')) : frame.bytes;
  const message = bytes === null ? null : readInferGrpc(bytes, meantMessages(path, side));
  return message === null ? [] : headsOf(message);
}
