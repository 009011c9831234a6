// A disk that the spool itself has filled: events go on in memory, delivered ones make room, and the spool takes new ones again.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { eventually } from '../support/eventually.ts';
import { eventOf, openSpoolIn, TestFolder, takeEvents } from '../support/spool/spooled-events.ts';

const events = 7_000;

async function fillAndDrain(dir: string): Promise<string[]> {
  const problems: string[] = [];
  await using opened = await openSpoolIn(join(dir, 'spool'));
  const { queue, metrics } = opened;
  const failed = metrics.unspooled('failed');
  const offer = (prefix: string, count: number) =>
    Promise.all(Array.from({ length: count }, (_, nth) => queue.offer(eventOf(`${prefix}-${nth}`, 4_000))));
  for (let turn = 0; turn < events / 50; turn += 1) await offer(`turn${turn}`, 50);
  if (failed.value === 0) problems.push('the disk did not fill up');
  if (queue.depth !== events) problems.push(`${events - queue.depth} events lost`);
  const seen = new Set<string | undefined>();
  await takeEvents(queue, events, (queued) => {
    seen.add(queued.event.attributes[1]);
    queue.end(queued, 'delivered');
  });
  if (seen.size !== events) problems.push(`${events - seen.size} events not delivered`);
  let attempts = 0;
  await eventually('the disk takes events again', () => {
    const before = failed.value;
    attempts += 1;
    void offer(`again${attempts}`, 1);
    return opened.said.some(({ level }) => level === 'info') && failed.value === before && attempts > 20;
  });
  const { dropped } = await queue.close();
  if (dropped > 0) problems.push(`${dropped} events could not be kept at the end`);
  return problems;
}

using folder = new TestFolder();
const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'none', folder.path]).status === 0;
if (!mounted) console.log('not run: this machine lets nobody mount a small tmpfs');
try {
  const problems = mounted ? await fillAndDrain(folder.path) : [];
  for (const problem of problems) console.log(`FAIL ${problem}`);
  console.log(`${mounted && problems.length === 0 ? 1 : 0} passed, ${problems.length > 0 ? 1 : 0} failed`);
  process.exitCode = problems.length === 0 ? 0 : 1;
} finally {
  if (mounted) spawnSync('umount', [folder.path]);
}
