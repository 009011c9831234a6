// What a kill leaves: starts the child on a folder, kills it at a random moment, and reads what the folder has.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { eventually } from '../eventually.ts';
import { idOf, isWhole, openSpoolIn, TestFolder, takeEvents } from './spooled-events.ts';

export interface Kill {
  /** Said to be on disk, and not to be delivered. */
  readonly owed: number;
  /** Of these, not found. */
  readonly lost: readonly string[];
  /** Found, but not as they were offered; or found twice. */
  readonly corrupt: readonly string[];
  /** Found though they were delivered: their deletion was not on disk. */
  readonly repeated: number;
  readonly found: number;
}

interface Turned {
  readonly dir: string;
  readonly prefix: string;
  readonly sync: 'normal' | 'full';
  /** From the child's first word to its end. */
  readonly livesMs: number;
}

/** Events that an earlier kill has left were all taken away by its `killOnce`. */
export async function killOnce(options: Turned): Promise<Kill> {
  const words = await lifeOf(options);
  const delivered = new Set(words.filter((word) => word.startsWith('-')).map((word) => word.slice(1)));
  const written = words.filter((word) => word.startsWith('+')).map((word) => word.slice(1));
  const owed = written.filter((id) => !delivered.has(id));
  const found = new Set<string>();
  const corrupt: string[] = [];
  await using opened = await openSpoolIn(options.dir, { memoryBytes: 1024 * 1024 });
  const { queue, metrics } = opened;
  const { received } = metrics.sink('sink').totals;
  await takeEvents(queue, received, (queued) => {
    const id = idOf(queued.event);
    if (found.has(id) || !isWhole(queued.event)) corrupt.push(id);
    found.add(id);
    setImmediate(() => queue.end(queued, 'delivered'));
  });
  const repeated = [...found].filter((id) => delivered.has(id)).length;
  return { owed: owed.length, lost: owed.filter((id) => !found.has(id)), corrupt, repeated, found: found.size };
}

/** What the child said before its end, into a file: a pipe could be full. A last word that is not whole is none. */
async function lifeOf({ dir, prefix, sync, livesMs }: Turned): Promise<readonly string[]> {
  using folder = new TestFolder();
  const said = join(folder.path, 'said');
  const output = openSync(said, 'a');
  const child = spawn(process.execPath, [join(import.meta.dirname, 'spool-child.ts'), dir, prefix, sync], {
    stdio: ['ignore', output, 'pipe'],
  });
  closeSync(output);
  let complaints = '';
  child.stderr!.setEncoding('utf8').on('data', (piece: string) => {
    complaints += piece;
  });
  const closed = once(child, 'close');
  await eventually('the child speaks', () => statSync(said).size > 0 || child.exitCode !== null);
  await wait(livesMs);
  child.kill('SIGKILL');
  await closed;
  if (complaints !== '') throw new Error(`the child said: ${complaints}`);
  return readFileSync(said, 'utf8').split('\n').slice(0, -1);
}
