// Fifty kill -9 of the real agent under load with the spool on: 0 lost of the owed, 0 corrupt, copies equal (facts: reliability G4).
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { builtProgram } from '../e2e/support/built-program.ts';
import { seededRandom } from '../support/random.ts';
import { seed } from '../support/seed.ts';
import { openKilledAgents } from '../support/spool/agent-kills.ts';

const kills = 50;
const random = seededRandom(seed);
const dir = await mkdtemp(join(tmpdir(), 'outrigger-kills-'));
await using agents = await openKilledAgents(await builtProgram(), dir);
for (let nth = 0; nth < kills; nth += 1) {
  await agents.liveAndDie({ sync: nth % 2 === 0 ? 'normal' : 'full', livesMs: Math.floor(random() * 1_000) });
}
const { owed, lost, corrupt, repeated } = await agents.finish();
await rm(dir, { recursive: true });
for (const name of [...lost, ...corrupt].slice(0, 20)) console.log(`       ${name}`);
const good = lost.length === 0 && corrupt.length === 0 && owed > kills;
const figures = `${owed} owed, ${lost.length} lost, ${corrupt.length} corrupt, ${repeated} repeated`;
console.log(`${good ? 'ok  ' : 'FAIL'} ${kills} kills of the agent: ${figures}`);
console.log(good ? '1 passed, 0 failed' : '0 passed, 1 failed');
process.exitCode = good ? 0 : 1;
