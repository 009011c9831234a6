// Does the agent finish what is in flight before a real runtime when it is told to stop?
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Verdict } from './compare.ts';
import type { Runtime } from './runtimes.ts';
import { type LanesSetting, startAgent } from './through.ts';

const CALL_LIMIT_MS = 30_000;
const EXIT_LIMIT_MS = 40_000;
const INFERENCE_MS = 2_000;

interface DrainCheck {
  readonly lanes: LanesSetting;
  /** For its log. */
  readonly folder: string;
}

/** SIGTERM while one inference takes two seconds and a stream of tokens is half way. */
export async function checkDrain(triton: Runtime, { lanes, folder }: DrainCheck): Promise<Verdict[]> {
  const agent = await startAgent(triton, { name: `agent-drain-${lanes}`, lanes, folder });
  const inference = post(agent.target.httpPort, '/v2/models/slow/infer', {
    inputs: [{ name: 'DELAY_MS', shape: [1], datatype: 'INT32', data: [INFERENCE_MS] }],
  }).then(read);
  inference.catch(() => undefined); // judged below, when the stream has begun
  const stream = await post(agent.target.httpPort, '/v2/models/tokens/generate_stream', {
    text_input: 'one two three four',
    delay_ms: INFERENCE_MS / 4,
  });
  await once(stream, 'readable'); // the first token is here: both calls are with the runtime
  const exit = agent.program.stop(EXIT_LIMIT_MS);
  const [inferred, streamed] = await Promise.allSettled([inference, read(stream)]);
  const code = await exit;
  return [
    verdict(
      'an inference in flight is answered',
      inferred.status === 'fulfilled' && /SLEPT_MS/.test(inferred.value),
      inferred,
    ),
    verdict(
      'a stream in flight is finished',
      streamed.status === 'fulfilled' && /"four"/.test(streamed.value),
      streamed,
    ),
    verdict('the agent exits with 0', code === 0, { code, log: agent.program.logTail() }),
  ];
}

function verdict(name: string, good: boolean, seen: unknown): Verdict {
  return { name, difference: good ? null : `seen: ${JSON.stringify(seen)}` };
}

async function post(port: number, path: string, body: unknown): Promise<IncomingMessage> {
  const call = request({
    ...{ host: '127.0.0.1', port, path, method: 'POST', agent: false },
    headers: { 'content-type': 'application/json' },
    signal: AbortSignal.timeout(CALL_LIMIT_MS),
  });
  call.end(JSON.stringify(body));
  const [response] = (await once(call, 'response')) as [IncomingMessage];
  return response;
}

async function read(response: IncomingMessage): Promise<string> {
  return `${response.statusCode} ${await text(response)}`;
}
