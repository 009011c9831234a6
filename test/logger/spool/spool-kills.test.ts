import { expect, it } from 'vitest';
import { seededRandom } from '../../support/random.ts';
import { seed } from '../../support/seed.ts';
import { killOnce } from '../../support/spool/spool-kills.ts';
import { TestFolder } from '../../support/spool/spooled-events.ts';

const random = seededRandom(seed);

it('what was said to be on disk is there after kill -9 at any moment, whole and once', {
  timeout: 60_000,
}, async () => {
  using folder = new TestFolder();
  let owed = 0;
  for (let nth = 0; nth < 10; nth += 1) {
    const livesMs = random() * 150;
    const sync = nth % 2 === 0 ? 'normal' : 'full';
    const kill = await killOnce({ dir: folder.path, prefix: `run${nth}`, sync, livesMs });
    expect(kill).toMatchObject({ lost: [], corrupt: [] });
    owed += kill.owed;
  }
  expect(owed).toBeGreaterThan(100);
});
