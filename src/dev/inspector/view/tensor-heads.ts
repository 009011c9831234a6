// The heads of a message's tensors, for a line of the list: asked for many exchanges at once, so no values are read.
import type { TensorHead } from '../api.ts';
import { decodeInline } from './decoded-body.ts';
import { grpcFrames, meantMessages } from './grpc-messages.ts';
import { readInferGrpc } from './infer-grpc.ts';
import { headsOf, readInferBody } from './infer-json.ts';
import { fieldOf, type MessagePart } from './message-part.ts';
import { readV1Heads } from './v1-heads.ts';

/** Of bodies that may still be read, by their decoded bytes: few that came may be many. */
export interface HeadBudget {
  leftBytes: number;
}

/** Of one body, decoded; larger ones are read by who opens the exchange. */
export const maxHeadBytes = 64 * 1024;

/** Of a gRPC stream the first message counts. Empty where nothing of the kind can be read. Never throws. */
export function readTensorHeads(
  part: MessagePart,
  budget: HeadBudget = { leftBytes: maxHeadBytes },
): readonly TensorHead[] {
  const { protocol, side, path, headers, body } = part;
  if (body === null || protocol === 'HTTP') return [];
  const isGrpc = protocol === 'gRPC';
  // Without a coding that its head names, taking it off changes nothing.
  const [frame] = isGrpc ? grpcFrames(body.bytes) : [{ bytes: body.bytes, compressed: true }];
  if (frame === undefined) return [];
  const coding = fieldOf(headers, isGrpc ? 'grpc-encoding' : 'content-encoding');
  const bytes = frame.compressed ? decodeInline(frame.bytes, coding, maxHeadBytes) : frame.bytes;
  budget.leftBytes -= bytes?.length ?? maxHeadBytes;
  if (bytes === null) return [];
  if (protocol === 'V1') return readV1Heads(side, bytes);
  const message = isGrpc ? readInferGrpc(bytes, meantMessages(path, side)) : readInferBody(part, bytes);
  return message === null ? [] : headsOf(message);
}
