import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openDeadLetterFolder } from '../../../src/logger/dead-letters/dead-letter-folder.ts';
import { openEncoding } from '../../../src/logger/encoding/event-encoding.ts';
import { logEvent } from '../../support/delivery/log-event.ts';
import { recordingLog } from '../../support/delivery/scripted-sink.ts';
import { ManualClock } from '../../support/delivery/test-clock.ts';

const cause = { code: 400, message: 'no', sink: 'http://sink' };

async function open(maxBytes = 1_000_000) {
  const above = await mkdtemp(join(tmpdir(), 'outrigger-dead-letters-'));
  onTestFinished(() => rm(above, { recursive: true }));
  const dir = join(above, 'not', 'there');
  const clock = new ManualClock();
  const { log, lines } = recordingLog();
  const start = () => openDeadLetterFolder({ dir, maxBytes, encoding: openEncoding('structured'), clock, log });
  const folder = start();
  onTestFinished(() => folder[Symbol.asyncDispose]());
  return { folder, start, dir, clock, lines };
}

describe('a folder of dead letters', () => {
  it('gets one structured CloudEvent a file, and is made when it is not there', async () => {
    const { folder, dir } = await open();
    expect(await folder.bury(logEvent('a/../b c'), cause)).toBe(true);
    const names = await readdir(dir);
    expect(names).toEqual(['20261121T000000000Z-0-a____b_c.json']);
    const event = JSON.parse(await readFile(join(dir, names[0]!), 'utf8'));
    expect(event).toMatchObject({
      specversion: '1.0',
      id: 'a/../b c',
      knativeerrorcode: '400',
      knativeerrordest: 'http://sink',
      knativeerrordata: Buffer.from('no').toString('base64'),
    });
    expect((await stat(join(dir, names[0]!))).mode & 0o777).toBe(0o640);
  });

  it('keeps many that come at once apart, in their order, ids of any length', async () => {
    const { folder, dir } = await open();
    const ids = ['x'.repeat(5000), 'same', 'same', '', '.'];
    expect(await Promise.all(ids.map((id) => folder.bury(logEvent(id), cause)))).toEqual(ids.map(() => true));
    const names = (await readdir(dir)).sort();
    const found = await Promise.all(names.map(async (name) => JSON.parse(await readFile(join(dir, name), 'utf8')).id));
    expect(found).toEqual(ids);
  });

  it('takes letters while somebody else takes some away: one that was listed may be gone', async () => {
    const { folder, dir } = await open();
    await mkdir(dir, { recursive: true });
    await symlink(join(dir, 'gone'), join(dir, 'listed.json'));
    expect(await folder.bury(logEvent('a'), cause)).toBe(true);
  });

  it('is never larger than it may be, also after a restart, and says so', async () => {
    const { folder, start, dir, lines } = await open(1000);
    const kept = await Promise.all(Array.from({ length: 9 }, (_, i) => folder.bury(logEvent(`e${i}`), cause)));
    const files = kept.filter(Boolean).length;
    expect(files).toBeGreaterThan(0);
    expect(files).toBeLessThan(9);
    expect(lines).toMatchObject([{ level: 'error', message: 'folder of dead letters is full' }]);
    await using again = start();
    expect(await again.bury(logEvent('late'), cause)).toBe(false);
    expect(await readdir(dir)).toHaveLength(files);
  });

  it('notices after a while that somebody emptied it', async () => {
    const { folder, dir, clock } = await open(400);
    const [name] = await folder.bury(logEvent('a'), cause).then(() => readdir(dir));
    expect(await folder.bury(logEvent('b'), cause)).toBe(false);
    await rm(join(dir, name!));
    expect(await folder.bury(logEvent('c'), cause)).toBe(false);
    await clock.advance(10_000);
    expect(await folder.bury(logEvent('d'), cause)).toBe(true);
  });

  it('loses what a killed agent left half written, and nothing else', async () => {
    const { folder, dir } = await open();
    await mkdir(dir, { recursive: true });
    await writeFile(join(dir, '1-0-a.json.unfinished'), '{"spec');
    await writeFile(join(dir, '1-0-b.json'), '{}');
    await folder.bury(logEvent('c'), cause);
    expect((await readdir(dir)).sort()).toEqual(['1-0-b.json', '20261121T000000000Z-0-c.json']);
  });

  it('that cannot be written keeps nothing, says so once, and works again when it can', async () => {
    const { folder, dir, lines, clock } = await open();
    await mkdir(join(dir, '..'), { recursive: true });
    await writeFile(dir, 'a file where the folder should be');
    expect(await folder.bury(logEvent('a'), cause)).toBe(false);
    expect(await folder.bury(logEvent('b'), cause)).toBe(false);
    expect(lines).toMatchObject([{ level: 'error', message: 'dead letter could not be written' }]);
    await rm(dir);
    await clock.advance(10_000);
    expect(await folder.bury(logEvent('c'), cause)).toBe(true);
  });
});
