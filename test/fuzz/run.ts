// `node test/fuzz/run.ts [--seconds 30] [name...]`: do the parsers of the lanes keep their promises whatever comes?
// Seconds are CPU time of each target's own thread; all run at once. A find is printed, and kept in test/fuzz/finds/.
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { seed } from '../support/seed.ts';
import { type Find, type FuzzResult, fuzzTarget } from './runner/fuzz-target.ts';
import { targetNames } from './runner/targets.ts';

/** Of waiting: beside real servers on two cores a thread of low priority may not run for seconds. */
const hangMs = 30_000;
const maxHexBytes = 1_024;
const findsFolder = join(import.meta.dirname, 'finds');

function keep(name: string, { input, fault }: Find): void {
  mkdirSync(findsFolder, { recursive: true });
  const hash = createHash('sha256').update(input).digest('hex').slice(0, 12);
  const file = join(findsFolder, `${name}-${hash}.bin`);
  writeFileSync(file, input);
  const more = input.length > maxHexBytes ? '...' : '';
  console.log(`FAIL ${name}: ${fault}`);
  console.log(
    `     ${relative(process.cwd(), file)}, ${input.length} bytes: ${input.toString('hex', 0, maxHexBytes)}${more}`,
  );
}

function tell({ name, finds, runs, seconds }: FuzzResult): void {
  for (const find of finds) keep(name, find);
  const rate = seconds > 0 ? Math.round(runs / seconds) : 0;
  console.log(`${name}: ${runs} inputs in ${Math.round(seconds)} s, ${rate}/s, ${finds.length} finds`);
}

const { values, positionals } = parseArgs({
  options: { seconds: { type: 'string', default: '30' } },
  allowPositionals: true,
});
const seconds = Number(values.seconds);
if (!(seconds > 0)) throw new Error(`--seconds: expected a number above 0, got "${values.seconds}"`);
const names = positionals.length > 0 ? positionals : targetNames();
const results = await Promise.all(
  names.map(async (name) => {
    const result = await fuzzTarget({ name, randomSeed: seed, seconds, hangMs });
    tell(result);
    return result;
  }),
);
const good = results.filter(({ finds, runs }) => finds.length === 0 && runs > 0).length;
console.log(`${good} passed, ${results.length - good} failed`);
process.exitCode = good === results.length && good > 0 ? 0 : 1;
