// What `npm test` tries 5,000 of: 100,000 generated connections through lanes, node's servers, and straight to node:http.
import { runDifferential } from '../differential/run.ts';

const cases = 100_000;
const step = 5_000;
const seed = Number(process.env.TEST_SEED ?? Date.now() % 2 ** 31);
console.info(`TEST_SEED=${seed}`);

let failed = 0;
for (let from = 0; from < cases; from += step) {
  const { mismatches, forwarded } = await runDifferential({ seed, cases: step, slots: 16, from });
  console.info(
    `${from + step} of ${cases}: ${forwarded} of the last ${step} reached the runtime, ${mismatches.length} differ`,
  );
  for (const mismatch of mismatches) console.info(JSON.stringify(mismatch));
  failed += mismatches.length;
}
console.info(`${cases - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
