// Two hundred changes of models by the agent under readers at 1 kHz that resolve the link once: the old or the new model, whole.
import { builtProgram } from '../e2e/support/built-program.ts';
import { swapUnderReaders } from '../support/puller/agent-swaps.ts';

const swaps = 200;
const { problems, reads, seconds } = await swapUnderReaders(await builtProgram(), swaps);
for (const problem of problems.slice(0, 20)) console.log(`       ${problem}`);
const good = problems.length === 0 && reads > swaps;
console.log(
  `${good ? 'ok  ' : 'FAIL'} ${swaps} swaps of two models in ${seconds.toFixed(1)} s, ${reads} reads of whole models`,
);
console.log(good ? '1 passed, 0 failed' : '0 passed, 1 failed');
process.exitCode = good ? 0 : 1;
