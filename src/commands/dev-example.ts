// Asks the agent that was just started what its first model takes, for a request to paste.
import { exampleOfModel } from '../dev/model-example.ts';

const maxAskMs = 2000;

/** Null: the model is not there yet, does not describe itself, or takes what fits into no line. Never rejects. */
export async function askExample(baseUrl: string, name: string): Promise<string | null> {
  try {
    const url = new URL(`/v2/models/${encodeURIComponent(name)}`, baseUrl);
    const answer = await fetch(url, { signal: AbortSignal.timeout(maxAskMs) });
    return answer.ok ? exampleOfModel(await answer.json(), { baseUrl, name }) : null;
  } catch {
    return null; // the greeting does without
  }
}
