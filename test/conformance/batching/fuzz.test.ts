// Vector 80 as a property: whatever comes together, each caller's answer is the one that it gets alone.
import { Agent } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { expect, it, onTestFinished } from 'vitest';
import type { Behaviour } from '../../support/oracle-runtime/behaviour.ts';
import { seededRandom } from '../../support/random.ts';
import { seed } from '../../support/seed.ts';
import { seen, startBatching } from './batching.ts';
import { begin, type Received } from './caller.ts';
import { below, type Random, randomRequest } from './random-requests.ts';
import type { Sent } from './sent.ts';

/** FUZZ_CASES for more: 10000 is what a release is tested with. */
const cases = Number(process.env.FUZZ_CASES ?? 1500);
const atOnce = 25;

interface Runtime {
  readonly name: string;
  readonly behaviour: Partial<Behaviour>;
  readonly policy: 'adaptive' | 'window';
  /** What of the answers cannot be compared byte for byte, since the runtime makes it up. */
  readonly leavesOut?: RegExp;
  /** Its models are loaded anew all the time, which ends every quarantine. */
  readonly reloaded?: boolean;
}

const runtimes: readonly Runtime[] = [
  { name: 'a sound runtime', behaviour: {}, policy: 'adaptive' },
  { name: 'a sound runtime, by window', behaviour: {}, policy: 'window' },
  { name: 'one that drops rows', behaviour: { surplusRows: -1 }, policy: 'adaptive', reloaded: true },
  { name: 'one that adds rows', behaviour: { surplusRows: 1 }, policy: 'adaptive', reloaded: true },
  { name: 'one that answers in another order', behaviour: { reversed: true }, policy: 'adaptive' },
  { name: 'one that invents ids', behaviour: { ids: 'invent' }, policy: 'adaptive', leavesOut: /"id":"[0-9a-f-]{36}"/ },
];

for (const { name, behaviour, policy, leavesOut, reloaded = false } of runtimes) {
  it(`each has its own answer, from ${name}`, { timeout: 120_000 }, async () => {
    const random = seededRandom(seed + name.length);
    const known = ['/v2/models/echo/infer', '/v2/models/m/infer', '/v1/models/m:predict', '/v1/models/echo:predict'];
    const { agent, oracle, metric } = await startBatching({ rows: 8, latencyMs: 2, policy, known });
    for (const model of ['m', 'echo']) oracle.behave(model, behaviour);
    const connections = new Agent({ keepAlive: true, maxSockets: 64 });
    onTestFinished(() => connections.destroy());
    const ask = (port: number, sent: Sent) => begin(port, sent, connections);
    const show = (answer: Received) => readable(answer, leavesOut);
    for (let done = 0; done < cases / runtimes.length; done += atOnce) {
      const requests = Array.from({ length: atOnce }, () => randomRequest(random));
      const alone = await Promise.all(requests.map((sent) => ask(oracle.port, sent).answer));
      if (reloaded) await Promise.all(['m', 'echo'].map((model) => ask(agent.port, load(model)).answer));
      const callers = requests.map((sent) => ask(agent.port, sent));
      const gone = leaveSome(random, callers);
      const answers = await Promise.all(callers.map(({ answer }, at) => (gone.has(at) ? null : answer)));
      for (const [at, answer] of answers.entries()) {
        if (answer !== null) expect(show(answer), describeSent(requests[at])).toEqual(show(alone[at] as Received));
      }
      oracle.forget();
    }
    const merged = metric('outrigger_batch_requests_sum') - metric('outrigger_batch_requests_count');
    expect(merged).toBeGreaterThan(cases / runtimes.length / (reloaded ? 150 : 20)); // it was about batches
    if (reloaded) expect(metric('outrigger_batch_reruns_total')).toBeGreaterThan(merged / 2);
    expect(metric('outrigger_batch_waiting_rows')).toBe(0);
  });
}

const load = (model: string): Sent => ({
  path: `/v2/repository/models/${model}/load`,
  headers: {},
  body: Buffer.from('{}'),
});

function leaveSome(random: Random, callers: readonly { leave(): void }[]): Set<number> {
  const gone = new Set<number>();
  for (let times = below(random, 3); times > 0; times -= 1) gone.add(below(random, callers.length));
  for (const at of gone) setImmediate(() => callers[at]?.leave());
  return gone;
}

function readable(answer: Received, leavesOut: RegExp | undefined) {
  const { body, ...rest } = seen(answer);
  const plain = answer.headers['content-encoding'] === 'gzip' ? gunzipSync(answer.body).toString('latin1') : body;
  if (leavesOut === undefined) return { ...rest, coding: answer.headers['content-encoding'], body: plain };
  return { ...rest, body: plain.replace(leavesOut, '"id":"?"') };
}

function describeSent(sent: Sent | undefined): string {
  return `${sent?.path} ${JSON.stringify(sent?.headers)} ${sent?.body.toString('latin1')}`;
}
