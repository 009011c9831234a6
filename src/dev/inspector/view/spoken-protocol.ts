// Which of the inference protocols a request speaks.
import { isGrpc } from '../../../http/grpc-content.ts';
import type { SpokenProtocol } from '../api.ts';
import type { KeptRequest } from '../kept-exchange.ts';
import { fieldOf } from './message-part.ts';

/** By its content type, then by its path; an answer may be binary though its request was not. */
export function spokenProtocol({ path, headers }: Pick<KeptRequest, 'path' | 'headers'>): SpokenProtocol {
  if (isGrpc(fieldOf(headers, 'content-type'))) return 'gRPC';
  if (/^\/v2(?:[/?]|$)/.test(path)) {
    return fieldOf(headers, 'inference-header-content-length') === undefined ? 'V2 JSON' : 'V2 binary';
  }
  // `/v1/completions` and the like are no part of V1, which knows models alone (TensorFlow Serving's api_rest.md).
  return /^\/v1\/models(?:[/?]|$)/.test(path) ? 'V1' : 'HTTP';
}
