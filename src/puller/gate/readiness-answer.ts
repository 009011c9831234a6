// Whether a model is ready, answered for the runtime: of a model that is loaded on request it would say no.
import type { ProxyRequest, ProxyResponse } from '../../http/exchange.ts';
import { FlatHeaderBlock } from '../../http/header-block.ts';
import { emptyBody } from '../../http/small-body.ts';

const readyPathV2 = /^\/v2\/models\/[^/?]+(?:\/versions\/[^/?]+)?\/ready(?:\?|$)/;
const readyPathV1 = /^\/v1\/models\/[^/?]+(?:\?|$)/;

/** The answer "ready" in the words of the protocol that asks over REST; null: it asks for something else. */
export function restReadyAnswer(
  { method, path }: Pick<ProxyRequest, 'method' | 'path'>,
  name: string,
): ProxyResponse | null {
  if (method !== 'GET' && method !== 'HEAD') return null;
  if (readyPathV2.test(path)) return jsonAnswer(emptyBody); // as Triton; others answer with an object that no client reads
  if (!readyPathV1.test(path)) return null;
  const body = Buffer.from(JSON.stringify({ name, ready: true })); // KServe's rest/v1_endpoints.py
  return jsonAnswer(body);
}

/** ModelReadyResponse { bool ready = 1 }: one uncompressed message, and the status OK behind it. */
export function grpcReadyAnswer(ready: boolean): ProxyResponse {
  return {
    status: 200,
    headers: new FlatHeaderBlock(['content-type', 'application/grpc']),
    body: ready ? Buffer.from([0, 0, 0, 0, 2, 0x08, 1]) : Buffer.alloc(5), // proto3 leaves false out
    trailers: { fields: new FlatHeaderBlock(['grpc-status', '0']) },
  };
}

function jsonAnswer(body: Uint8Array): ProxyResponse {
  const headers = new FlatHeaderBlock(['Content-Type', 'application/json', 'Content-Length', String(body.length)]);
  return { status: 200, headers, body, trailers: null };
}
