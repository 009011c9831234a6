// A trace of requests through the agent: a few clients at once, each asks for the next model of the trace as soon as it has its answer.
import { Agent, request } from 'node:http';

export interface TraceLoad {
  readonly port: number;
  readonly names: readonly string[];
  /** Numbers of models. */
  readonly trace: Uint16Array;
  readonly clients: number;
}

export interface TraceOutcome {
  /** Milliseconds of requests that found their model loaded. */
  readonly hitMs: readonly number[];
  /** Of those that had to wait for a load. */
  readonly missMs: readonly number[];
  /** Any answer but the model's own. */
  readonly errors: readonly string[];
}

const body = '{"inputs":[]}';

export async function runTrace({ port, names, trace, clients }: TraceLoad): Promise<TraceOutcome> {
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const outcome = { hitMs: [] as number[], missMs: [] as number[], errors: [] as string[] };
  let next = 0;
  const client = async (): Promise<void> => {
    while (next < trace.length) {
      const name = names[trace[next++]!]!;
      const sentAtMs = performance.now();
      const answer = await ask({ agent, port, name }).catch((error: Error) => error.message);
      const tookMs = performance.now() - sentAtMs;
      if (typeof answer === 'string') outcome.errors.push(`${name}: ${answer}`);
      else (answer.loadedAtMs > performance.timeOrigin + sentAtMs ? outcome.missMs : outcome.hitMs).push(tookMs);
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  agent.destroy();
  return outcome;
}

interface Ask {
  readonly agent: Agent;
  readonly port: number;
  readonly name: string;
}

/** A text: what went wrong. */
function ask({ agent, port, name }: Ask): Promise<{ readonly loadedAtMs: number } | string> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': body.length };
    const sent = request({ agent, port, method: 'POST', path: `/v2/models/${name}/infer`, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (piece: string) => {
        text += piece;
      });
      response.on('error', reject);
      response.on('end', () => resolve(read(response.statusCode as number, text, name)));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

function read(status: number, text: string, name: string): { readonly loadedAtMs: number } | string {
  if (status !== 200) return `${status} ${text}`;
  const answer = JSON.parse(text) as { readonly model_name: string; readonly loadedAtMs: number };
  return answer.model_name === name ? answer : `the answer of ${answer.model_name}`;
}
