import { describe, expect, it } from 'vitest';
import { goodArchives, mutated, whatIsWrong } from '../../support/archives/mutations.ts';
import { Sandbox } from '../../support/archives/sandbox.ts';
import { seededRandom } from '../../support/random.ts';
import { seed } from '../../support/seed.ts';

const mutationsOfEach = 50; // test/full/pull-big-archive.ts makes thousands

describe('an archive with changed bytes is unpacked as it says or refused, inside its folder', () => {
  it.each(goodArchives)('$what', async ({ kind, bytes }) => {
    using sandbox = new Sandbox();
    expect(await whatIsWrong(sandbox, { kind, bytes })).toBeNull();
    const random = seededRandom(seed);
    for (let nth = 0; nth < mutationsOfEach; nth += 1) {
      const changed = mutated(bytes, random);
      expect(await whatIsWrong(sandbox, { kind, bytes: changed }), changed.toString('base64')).toBeNull();
    }
  });
});
