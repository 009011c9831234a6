// A model folder that has no room for the new version of a model: the old one serves, the state says why, the new one comes later.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { builtProgram } from '../e2e/support/built-program.ts';
import type { Verdict } from '../real/compare.ts';
import { AgentHome, ServedModelsClient, until } from '../support/puller/agent-home.ts';
import { startSteadyClient } from '../support/puller/steady-client.ts';
import { isBody } from '../support/stores/store-faults.ts';
import { summarize } from '../support/stores/verdict-summary.ts';

const modelBytes = 4_000_000;
const modelDir = mkdtempSync(join(tmpdir(), 'outrigger-full-models-'));
const ballast = join(modelDir, 'ballast');

function leaveFree(bytes: number): void {
  const { bavail, bsize } = statfsSync(modelDir);
  try {
    writeFileSync(ballast, Buffer.alloc(Math.max(bavail * bsize - bytes, 0)));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error; // the agent was faster
  }
}

/** `when`: the disk fills up. */
async function fillUp(when: 'before the pull' | 'in the middle of it'): Promise<Verdict> {
  const problems: string[] = [];
  let bodies = 0;
  const home = await AgentHome.open({
    ...{ program: await builtProgram(), modelDir },
    alter: (request, answer) => {
      if (isBody(request) && request.key.startsWith('m/B')) {
        bodies += 1;
        if (bodies === 3 && when === 'in the middle of it') leaveFree(100_000);
      }
      return answer;
    },
  });
  await using _ = home;
  for (const version of ['A', 'B']) home.put(`m/${version}`, version, Array<number>(8).fill(modelBytes / 8));
  home.want({ m: 'm/A' });
  await using agent = home.start();
  const client = await ServedModelsClient.of(agent);
  await until('A is served', async () => (await client.ask('m')) === 'A');
  const asking = startSteadyClient(client, 'm', ['A', 'B']);
  if (when === 'before the pull') leaveFree(modelBytes / 2);
  home.want({ m: 'm/B' });
  await until('the state says that the disk is full', async () => {
    return JSON.stringify((await client.status()).list).includes('DISK_FULL');
  });
  if ((await client.ask('m')) !== 'A') problems.push('A does not serve on');
  rmSync(ballast);
  await until('B is served', async () => (await client.ask('m')) === 'B', { deadlineMs: 90_000 });
  const { wrong } = await asking.end();
  problems.push(...wrong.slice(0, 3).map((answer) => `a client got ${answer}`), ...home.runtime.refusals);
  console.log(`${problems.length === 0 ? 'ok  ' : 'FAIL'} a disk that fills up ${when}`);
  return { name: when, difference: problems.length === 0 ? null : problems.join('; ') };
}

const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=12m', 'none', modelDir]).status === 0;
try {
  const verdicts: Verdict[] = [];
  if (mounted) {
    for (const when of ['before the pull', 'in the middle of it'] as const) {
      verdicts.push(await fillUp(when));
      rmSync(join(modelDir, '.outrigger'), { recursive: true });
    }
    summarize(verdicts);
  } else console.log('not run: this machine lets nobody mount a small tmpfs\n0 passed, 0 failed');
} finally {
  if (mounted) spawnSync('umount', [modelDir]);
  rmSync(modelDir, { recursive: true });
}
