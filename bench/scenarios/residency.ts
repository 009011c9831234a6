// RESIDENCY: with room for a tenth of the models, how many requests find theirs in memory, and how many could?
import { seededRandom } from '../../test/support/random.ts';
import { AGENT, BEST, LRU, POLICIES } from '../residency/policies.ts';
import type { Outcome } from '../residency/simulation.ts';
import { everyWorkload, MODELS } from '../residency/workload.ts';
import { type Row, type Scenario, toRow } from '../scenario.ts';

const MAX_ROUNDS = 3;
const LEAST_OF_LRU = 1;
const TERA = 1e12;

/** Outcomes of a workload, one a round, by policy. */
type Outcomes = ReadonlyMap<string, readonly Outcome[]>;

export const residency: Scenario = {
  name: 'RESIDENCY',
  title: `${MODELS} models, memory for a tenth of them: requests that find their model loaded`,
  method:
    "A simulation without runtime and time: a request for a model that is not loaded always loads it, the policy says who goes. outrigger is the agent's own budget and account of uses. Best possible: Belady, who knows all requests to come (unequal sizes: furthest next use times size, a good guess only). Ratio: to the best possible, second row of outrigger: to LRU. Seconds say nothing here.",
  tools: [],
  async run({ rounds, say, note }) {
    const seeds = Array.from({ length: Math.min(rounds, MAX_ROUNDS) }, () => Math.floor(Math.random() * 2 ** 31));
    note(`seeds ${seeds.join(', ')}`);
    const byWorkload = new Map<string, Map<string, Outcome[]>>();
    for (const seed of seeds) {
      for (const workload of everyWorkload(seededRandom(seed))) {
        const outcomes = byWorkload.get(workload.name) ?? new Map<string, Outcome[]>();
        byWorkload.set(workload.name, outcomes);
        for (const [policy, run] of POLICIES) {
          outcomes.set(policy, [...(outcomes.get(policy) ?? []), run(workload)]);
        }
        say(`seed ${seed} ${workload.name}: ${percents(outcomes)}`);
      }
    }
    return [...byWorkload].flatMap(([workload, outcomes]) => rowsOf(workload, outcomes));
  },
};

function percents(outcomes: Outcomes): string {
  return [...outcomes].map(([policy, of]) => `${policy} ${(100 * of.at(-1)!.hitRate).toFixed(1)} %`).join(', ');
}

function rowsOf(workload: string, outcomes: Outcomes): Row[] {
  const metric = `hits %, ${workload}`;
  const hits = (policy: string) => outcomes.get(policy)!.map(({ hitRate }) => 100 * hitRate);
  const against = (subject: string, reference: string) => ({
    metric,
    samples: hits(subject),
    reference: hits(reference),
  });
  const rows = [...outcomes.keys()].map((subject) => toRow({ subject, ...against(subject, BEST) }));
  const agent = toRow({ subject: `${AGENT} to ${LRU}`, ...against(AGENT, LRU), gate: { atLeast: LEAST_OF_LRU } });
  return [...rows, agent, ...(workload.startsWith('unequal') ? loads(workload, outcomes) : [])];
}

/** More hits may cost more bytes: large models are loaded again and again so that many small ones stay. */
function loads(workload: string, outcomes: Outcomes): Row[] {
  const terabytes = (policy: string) => outcomes.get(policy)!.map(({ loadedBytes }) => loadedBytes / TERA);
  const metric = `TB loaded, ${workload}`;
  return [...outcomes.keys()].map((subject) =>
    toRow({ subject, metric, samples: terabytes(subject), reference: terabytes(LRU) }),
  );
}
