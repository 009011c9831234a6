// The batcher as a property: whatever comes together, however it comes, whoever leaves, each caller's answer is the one that it gets alone.
import { expect, it } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { seededRandom } from '../../support/random.ts';
import { seed } from '../../support/seed.ts';
import { type Batching, startBatching } from './batching.ts';
import { below, chance, many, pick, type Random } from './random/dice.ts';
import { type Fault, inject, pickFault } from './random/faults.ts';
import { randomKind } from './random/kinds.ts';
import { type Line, openLine } from './random/line.ts';
import { show } from './random/received.ts';
import { coded, randomWay, sendBy, type Way } from './random/way.ts';
import type { Sent } from './sent.ts';

/** BATCHING_CASES=10000 is what `npm run test:full` asks for. */
const cases = Number(process.env.BATCHING_CASES ?? 1000);
const maxRows = 8;
const maxAtOnce = 24;
const known = ['echo', 'm', 'm2'].map((model) => `/v2/models/${model}/infer`);

const runs = [
  ['adaptive', 'http1'],
  ['window', 'http1'],
  ['adaptive', 'http2'],
  ['window', 'http2'],
] as const;

for (const [policy, protocol] of runs) {
  it(`each caller gets its answer alone (${policy}, ${protocol})`, { timeout: 20_000 + cases * 20 }, async () => {
    const random = seededRandom(seed + policy.length + protocol.length);
    const batching = await startBatching({ rows: maxRows, latencyMs: 4, policy, known, protocol: 'both' });
    const toAgent = openLine(protocol, batching.agent.port);
    const toRuntime = openLine('http1', batching.oracle.port);
    const start = merged(batching);
    let done = 0;
    for (let round = 0; done < cases / runs.length; round += 1) {
      done += await runRound(random, { batching, toAgent, toRuntime, tag: `${round}` });
    }
    const { requests, calls } = merged(batching);
    // Else it would prove nothing: half of all requests are of kinds that are merged, in a round with others of their kind.
    expect(requests - start.requests).toBeGreaterThan(1.2 * (calls - start.calls));
    expect(batching.metric('outrigger_batch_keys')).toBeLessThanOrEqual(1024);
  });
}

const merged = ({ metric }: Batching) => ({
  requests: metric('outrigger_batch_requests_sum'),
  calls: metric('outrigger_batch_requests_count'),
});

interface Round {
  readonly batching: Batching;
  readonly toAgent: Line;
  readonly toRuntime: Line;
  /** Of this round alone. */
  readonly tag: string;
}

/** @returns how many requests it was */
async function runRound(random: Random, { batching, toAgent, toRuntime, tag }: Round): Promise<number> {
  const { oracle, metric } = batching;
  const fault = pickFault(random);
  inject(oracle, fault);
  const requests = randomRequests(random, tag);
  const stay: Way = { chunked: false, pieces: 1, leaves: 'never' };
  const alone = await Promise.all(requests.map((sent) => sendBy(stay, sent, toRuntime)));
  oracle.forget();
  const ways = requests.map(() => randomWay(random));
  const answers = await Promise.all(requests.map((sent, at) => sendBy(ways[at] as Way, sent, toAgent)));
  for (const [at, answer] of answers.entries()) {
    if (ways[at]?.leaves !== 'never') continue;
    const claim = `seed ${seed}, round ${tag}, runtime: ${fault.name}, ${tell(requests[at] as Sent, ways[at] as Way)}`;
    expectSame(fault, { answer, alone: alone[at] ?? null, claim });
  }
  const tooLarge = oracle.calls.filter(({ rows }) => rows !== null && rows > maxRows);
  for (const { body } of tooLarge) expect(requests.some((sent) => sent.body.equals(body))).toBe(true); // they came like that
  await eventually('nothing waits', () => metric('outrigger_batch_waiting_bytes') === 0, { everyMs: 1 });
  expect(metric('outrigger_batch_waiting_rows')).toBe(0);
  oracle.forget();
  return requests.length;
}

/** Of a few kinds, so that many may be merged; some kinds differ in their outputs alone. */
function randomRequests(random: Random, tag: string): Sent[] {
  const kinds = many(1 + below(random, 3), () => randomKind(random, tag));
  return many(2 + below(random, maxAtOnce - 1), () => {
    const rows = chance(random, 0.02) ? 9 + below(random, 4) : 1 + below(random, chance(random, 0.7) ? 2 : 5);
    return coded(random, pick(random, kinds)(random, rows));
  });
}

interface Comparison {
  readonly answer: Awaited<ReturnType<typeof sendBy>>;
  readonly alone: Awaited<ReturnType<typeof sendBy>>;
  readonly claim: string;
}

function expectSame(fault: Fault, { answer, alone, claim }: Comparison): void {
  const idMadeUp = fault.behaviour?.ids === 'invent';
  const [shown = null, direct = null] = [answer, alone].map((each) => (each === null ? null : show(each, idMadeUp)));
  if (fault.also?.(shown, direct)) return;
  expect(direct, `${claim}: no answer of the runtime`).not.toBeNull();
  expect(shown, claim).toEqual(direct);
}

function tell({ path, headers, body }: Sent, way: Way): string {
  return `POST ${path} ${JSON.stringify(headers)} ${JSON.stringify(way)} ${body.toString('latin1')}`;
}
