// Asks the agent that was just started what its first model takes, for a request to paste.
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { exampleOfModel } from '../dev/model-example.ts';

const maxAskMs = 2000;
const maxAnswerBytes = 1024 * 1024;

/** Null: the model is not there yet, does not describe itself, or takes what fits into no line. Never rejects. */
export async function askExample(baseUrl: string, name: string): Promise<string | null> {
  try {
    const metadata = await readJson(new URL(`/v2/models/${encodeURIComponent(name)}`, baseUrl));
    return exampleOfModel(metadata, { baseUrl, name });
  } catch {
    return null; // the greeting does without
  }
}

/** Bounded and nothing unpacked, since a runtime of the user's own answers; `fetch` would do neither. */
async function readJson(url: URL): Promise<unknown> {
  const call = request(url, { agent: false, signal: AbortSignal.timeout(maxAskMs) }).end();
  try {
    const [answer] = (await once(call, 'response')) as [IncomingMessage];
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > maxAnswerBytes) return null;
      chunks.push(chunk);
    }
    return answer.statusCode === 200 ? JSON.parse(Buffer.concat(chunks).toString()) : null;
  } finally {
    call.on('error', () => undefined).destroy();
  }
}
