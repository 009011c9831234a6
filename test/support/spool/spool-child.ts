// A process that keeps events in a spool and says which the disk has, to be killed at any moment: argv = folder, prefix of ids, sync.
import { writeSync } from 'node:fs';
import { eventOf, idOf, openSpoolIn } from './spooled-events.ts';

const [dir = '', prefix = '', sync = 'normal'] = process.argv.slice(2);
const { spool, queue, said } = await openSpoolIn(dir, {
  sync: sync === 'full' ? 'full' : 'normal',
  memoryBytes: 256 * 1024,
});
let count = 0;

/** On disk, said so by the spool: it must be found after the kill. */
function say(word: string): void {
  writeSync(1, `${word}\n`);
}

async function owe(id: string): Promise<void> {
  const written = queue.offer(eventOf(id, Math.floor(Math.random() * 6_000)));
  // Null: the disk is so far behind that the event is in memory only, and nobody is told otherwise.
  if (written === null) return;
  await written;
  say(`+${id}`);
}

function turn(): void {
  if (said.length > 0) throw new Error(said[0]!.message);
  const backlogged = queue.depth > 2_000;
  for (let left = backlogged ? 0 : Math.floor(Math.random() * 12); left > 0; left -= 1) {
    count += 1;
    void owe(`${prefix}-${count}`);
  }
  const deliveries = backlogged ? 50 : Math.floor(Math.random() * 8);
  for (let left = deliveries; left > 0; left -= 1) {
    const queued = queue.take();
    if (queued === undefined) break;
    say(`-${idOf(queued.event)}`);
    queue.end(queued, 'delivered');
  }
  setImmediate(turn);
}

say(`open ${spool !== null}`);
turn();
