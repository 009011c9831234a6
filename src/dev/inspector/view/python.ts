// A request as a script: tritonclient where it is an inference by V2, over HTTP or gRPC, and requests for all else.

import { readInferencePath } from '../../../v2/infer-path.ts';
import type { KeptRequest } from '../kept-exchange.ts';
import { decodeInline } from './decoded-body.ts';
import { grpcFrames, meantMessages } from './grpc-messages.ts';
import { readInferGrpc } from './infer-grpc.ts';
import { readInferBody } from './infer-json.ts';
import type { InferMessage } from './infer-message.ts';
import { fieldOf, isWhole } from './message-part.ts';
import { isComplete } from './python-array.ts';
import { pythonOfGrpc } from './python-grpc.ts';
import { pythonOfRequests } from './python-requests.ts';
import { pythonOfTriton } from './python-triton.ts';
import { spokenProtocol } from './spoken-protocol.ts';

/** Null: its body was not kept whole, or no client of Python sends such a call. Secrets are left to the environment. */
export function pythonOf(request: KeptRequest, agentUrl: string): string | null {
  if (!isWhole(request.body)) return null;
  const bytes = request.body?.bytes ?? Buffer.alloc(0);
  if (spokenProtocol(request) === 'gRPC') return pythonOfGrpcBody(request, bytes, agentUrl);
  const named = request.method === 'POST' ? readInferencePath(request.path) : null;
  const decoded = named?.protocol === 'v2' ? decodeInline(bytes, fieldOf(request.headers, 'content-encoding')) : null;
  const message =
    decoded === null ? null : readInferBody({ ...request, side: 'request', protocol: 'V2 JSON' }, decoded);
  if (named === null || !isSame(message)) return pythonOfRequests(request, bytes, agentUrl);
  const names = { model: named.model, version: named.version ?? '' };
  return pythonOfTriton({ client: 'http', message, request, agentUrl, ...names });
}

/** Of a unary call; a compressed message is sent as it is again. */
function pythonOfGrpcBody(request: KeptRequest, bytes: Buffer, agentUrl: string): string | null {
  const [frame, ...more] = grpcFrames(bytes);
  const meant = meantMessages(request.path, 'request');
  if (frame === undefined || more.length > 0 || frame.cut || meant.type === null) return null;
  const decoded = frame.compressed ? decodeInline(frame.bytes, fieldOf(request.headers, 'grpc-encoding')) : frame.bytes;
  if (decoded === null) return null;
  const message = request.path.endsWith('/ModelInfer') ? readInferGrpc(decoded, meant) : null;
  if (!isSame(message)) return pythonOfGrpc({ request, bytes: decoded, meant, agentUrl });
  const { model_name: model = '', model_version: version = '' } = message.about;
  return pythonOfTriton({ client: 'grpc', message, request, agentUrl, model: String(model), version: String(version) });
}

/** The script would send the same tensors. */
function isSame(message: InferMessage | null): message is InferMessage {
  return message?.ended === true && message.tensors.every(isComplete);
}
