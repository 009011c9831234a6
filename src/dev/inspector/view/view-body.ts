// A body as a person looks at it: tensors where it is an inference, else JSON, text or bytes. Broken and cut ones as far as they go.
import type { BodyView } from '../api.ts';
import { decodeBytes } from './decoded-body.ts';
import { readInferBody } from './infer-json.ts';
import { fieldOf, isWhole, type MessagePart } from './message-part.ts';
import { plainView } from './plain-view.ts';
import { missingBytes, viewGrpcBody } from './view-grpc.ts';
import { viewInfer } from './view-infer.ts';

/** Never rejects. At most 256 values a tensor, 64 KiB of text, 512 bytes of what is neither; codings are taken off up to 1 MiB. */
export async function viewBody(part: MessagePart): Promise<BodyView> {
  const { protocol, headers, body } = part;
  if (protocol === 'gRPC') return viewGrpcBody(part);
  if (body === null) return { kind: 'missing', reason: 'it was not kept' };
  if (body.passedBytes === 0) return { kind: 'empty' };
  const decoded = await decodeBytes(body.bytes, fieldOf(headers, 'content-encoding'));
  const missing = isWhole(body) ? decoded.missing : missingBytes(body.bytes.length, body.passedBytes);
  if (decoded.bytes.length === 0 && missing !== null) return { kind: 'missing', reason: decoded.missing ?? missing };
  const message = protocol === 'V1' || protocol === 'HTTP' ? null : readInferBody(part, decoded.bytes);
  const readable = message !== null && (message.ended || missing !== null);
  return readable ? viewInfer(message, missing) : plainView(decoded.bytes, missing !== null);
}
