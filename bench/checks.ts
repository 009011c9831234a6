// Is the subject right before it is fast: one whole exchange by an ordinary client.

import { connect } from 'node:http2';
import { GRPC_PATH, INFER_PATH, type Payload } from './payloads.ts';
import type { Server } from './process.ts';

const DEADLINE_MS = 5_000;

/** @throws Error when the answer through `server` is not, byte for byte, the backend's own. */
export async function checkHttp(server: Server, backend: Server, payload: Payload): Promise<void> {
  const [own, through] = [await post(backend, payload), await post(server, payload)];
  if (own !== through) throw new Error(`the answer through port ${server.port} differs:\n${own}\n${through}`);
}

/** @throws Error unless one gRPC-shaped call gives 200, 1 KB of data and the trailer grpc-status 0. */
export async function checkGrpc(server: Server, payload: Payload): Promise<void> {
  const session = connect(`http://127.0.0.1:${server.port}`);
  try {
    const answer = await new Promise<string>((resolve, reject) => {
      session.once('error', reject);
      session.setTimeout(DEADLINE_MS, () => reject(new Error('no answer to a gRPC call')));
      const headers = { ':method': 'POST', ':path': GRPC_PATH, 'content-type': 'application/grpc', te: 'trailers' };
      const stream = session.request(headers);
      const seen = { status: 0, bytes: 0, grpcStatus: '' };
      stream.once('response', (head) => Object.assign(seen, { status: head[':status'] }));
      stream.on('data', (chunk: Buffer) => Object.assign(seen, { bytes: seen.bytes + chunk.length }));
      stream.once('trailers', (trailers) => Object.assign(seen, { grpcStatus: trailers['grpc-status'] }));
      stream.once('close', () => resolve(`${seen.status} ${seen.bytes} ${seen.grpcStatus}`));
      stream.once('error', reject);
      stream.end(payload.bytes);
    });
    if (answer !== '200 1024 0') throw new Error(`port ${server.port}: status, bytes, grpc-status are ${answer}`);
  } finally {
    session.destroy();
  }
}

async function post(server: Server, payload: Payload): Promise<string> {
  const url = `http://127.0.0.1:${server.port}${INFER_PATH}`;
  const init = { method: 'POST', body: new Uint8Array(payload.bytes), signal: AbortSignal.timeout(DEADLINE_MS) };
  const response = await fetch(url, { ...init, headers: { 'content-type': 'application/json' } });
  return `${response.status} ${response.headers.get('content-type')} ${await response.text()}`;
}
