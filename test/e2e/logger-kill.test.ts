// The agent dies under load: what its spool promised is delivered by the next one. (Fifty kills: test/full/logger-kills.ts.)
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openKilledAgents } from '../support/spool/agent-kills.ts';
import { builtProgram } from './support/built-program.ts';

it('kill -9 loses no event that is owed and damages none', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'outrigger-kills-'));
  onTestFinished(() => rm(dir, { recursive: true }));
  await using agents = await openKilledAgents(await builtProgram(), dir);
  for (const sync of ['normal', 'full'] as const) await agents.liveAndDie({ sync, livesMs: 300 });
  const { owed, lost, corrupt } = await agents.finish();
  expect({ lost, corrupt }).toEqual({ lost: [], corrupt: [] });
  expect(owed).toBeGreaterThanOrEqual(100);
});
