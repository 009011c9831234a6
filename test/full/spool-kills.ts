// Fifty kill -9 of a process that keeps events in a spool: none that was owed is lost, none is corrupt (facts: reliability G4).
import { seededRandom } from '../support/random.ts';
import { seed } from '../support/seed.ts';
import { killOnce } from '../support/spool/spool-kills.ts';
import { TestFolder } from '../support/spool/spooled-events.ts';

const kills = 50;
const random = seededRandom(seed);
using folder = new TestFolder();
let failed = 0;
for (let nth = 0; nth < kills; nth += 1) {
  const sync = nth % 2 === 0 ? 'normal' : 'full';
  const livesMs = Math.floor(random() * 1_500);
  const { owed, found, lost, corrupt, repeated } = await killOnce({
    dir: folder.path,
    prefix: `kill${nth}`,
    sync,
    livesMs,
  });
  const good = lost.length === 0 && corrupt.length === 0;
  if (!good) failed += 1;
  const figures = `${owed} owed, ${found} found, ${lost.length} lost, ${corrupt.length} corrupt, ${repeated} repeated`;
  if (lost.length > 0) console.log(`       lost: ${lost.join(' ')}`);
  console.log(`${good ? 'ok  ' : 'FAIL'} kill ${nth + 1} (${sync}, after ${livesMs} ms): ${figures}`);
}
console.log(`${kills - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
