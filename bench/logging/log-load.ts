// The load of the logging scenarios: one infer request again and again, at a rate that the subject does not decide.

import { type Call, postParts } from '../batching/workloads.ts';
import { INFER_PATH } from '../payloads.ts';
import type { Server } from '../process.ts';

/** The runtime's answer is asked of the runtime itself: whatever comes through a subject must be the same. */
export async function inferCall(backend: Server, body: Buffer): Promise<Call> {
  const response = await fetch(`http://127.0.0.1:${backend.port}${INFER_PATH}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: new Uint8Array(body),
  });
  if (!response.ok) throw new Error(`the runtime said ${response.status}`);
  const expected = Buffer.from(await response.arrayBuffer());
  return { parts: [Buffer.concat(postParts(INFER_PATH, [body]))], expected };
}
