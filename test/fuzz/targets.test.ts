// Every target over its seeds and some changes of them; the long runs are `node test/fuzz/run.ts` of CI.
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../support/random.ts';
import { seed } from '../support/seed.ts';
import { Mutations } from './runner/mutations.ts';
import { loadTarget, targetNames } from './runner/targets.ts';

const changes = 200;

describe.each(targetNames())('the target %s', (name) => {
  it('keeps its promises for its seeds', async () => {
    const target = await loadTarget(name);
    expect(target.seeds.length).toBeGreaterThan(0);
    for (const input of target.seeds) target.run(Buffer.from(input));
  });

  it(`keeps them for ${changes} changes of these (TEST_SEED=${seed})`, async () => {
    const target = await loadTarget(name);
    const mutations = new Mutations(target.seeds, seededRandom(seed));
    for (let nth = 0; nth < changes; nth += 1) {
      const input = mutations.next();
      const hex = input.toString('hex');
      try {
        target.run(input);
      } catch (error) {
        throw new Error(`input ${hex}: ${error}`, { cause: error });
      }
      expect(input.toString('hex'), 'the target changed its input').toBe(hex);
    }
  });
});
