// Twenty SIGTERMs under 50 keep-alive clients each: not one request may fail (facts: reliability G3).
import { builtProgram } from '../e2e/support/built-program.ts';
import { runDrainCycle } from '../e2e/support/drain-cycle.ts';
import { seededRandom } from '../support/random.ts';
import { seed } from '../support/seed.ts';

const cycles = 20;
const maxLingerMs = 1500; // the second that the contract allows, and what this busy machine needs to notice
const random = seededRandom(seed);
const program = await builtProgram();
const kinds = [
  { flags: ['--drain-min-wait', '300ms', '--drain-quiet-period', '1s', '--drain-max-wait', '6s'], hurried: false },
  { flags: ['--drain-min-wait', '20s'], hurried: true },
  { flags: ['--drain-min-wait', '0s'], hurried: true },
];
let failed = 0;
for (let cycle = 0; cycle < cycles; cycle++) {
  const kind = kinds[cycle % kinds.length]!;
  const { answered, failures, turnedAway, ending, lingeredMs } = await runDrainCycle({
    program,
    clients: 50,
    random,
    ...kind,
  });
  const good = failures.length === 0 && turnedAway === 50 && ending.exitCode === 0 && lingeredMs <= maxLingerMs;
  if (!good) failed += 1;
  const figures = `${answered} answered, ${failures.length} failed, exit ${ending.exitCode} ${Math.round(lingeredMs)} ms after the last answer`;
  console.log(`${good ? 'ok  ' : 'FAIL'} cycle ${cycle + 1}: ${figures}`);
  for (const failure of failures.slice(0, 10)) console.log(`       ${failure}`);
}
console.log(`${cycles - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
