// The thread of one target: its seeds, then changes of them until its time is used up.
import { parentPort, workerData } from 'node:worker_threads';
import { seededRandom } from '../../support/random.ts';
import { CurrentInput, type FuzzMessage, type FuzzSettings } from './messages.ts';
import { Mutations } from './mutations.ts';
import { loadTarget } from './targets.ts';

/** Of one fault each; a target with more has lost its way. */
const maxFinds = 10;
const runsBetweenLooks = 64;

const { name, randomSeed, seconds, current } = workerData as FuzzSettings;
const target = await loadTarget(name);
const mutations = new Mutations(target.seeds, seededRandom(randomSeed));
const currentInput = new CurrentInput(current);
const faults = new Set<string>();
const tell = (message: FuzzMessage): void => parentPort?.postMessage(message);
const usedSeconds = (): number => process.threadCpuUsage().user / 1e6;

function runOnce(input: Uint8Array): void {
  currentInput.write(input);
  try {
    target.run(input);
  } catch (error) {
    const fault = error instanceof Error ? error.message : String(error);
    if (faults.has(fault)) return;
    faults.add(fault);
    tell({ kind: 'find', input, fault: error instanceof Error ? (error.stack ?? fault) : fault });
  }
}

const startedSeconds = usedSeconds();
let runs = 0;
for (const seed of target.seeds) runOnce(Buffer.from(seed));
while (faults.size < maxFinds && usedSeconds() - startedSeconds < seconds) {
  for (let left = runsBetweenLooks; left > 0; left -= 1) runOnce(mutations.next());
  runs += runsBetweenLooks;
}
tell({ kind: 'end', runs: runs + target.seeds.length, seconds: usedSeconds() - startedSeconds });
