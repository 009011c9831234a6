import {
  linkSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { appendFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pace } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { contentOf, recordedWatch } from '../../support/models-file/recorded-watch.ts';

let root: string;
let folder: string;
let file: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'models-file-'));
  folder = join(root, 'configs');
  file = join(folder, 'models.json');
  mkdirSync(folder);
});

afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

async function lastNames(recorded: { names: () => readonly (readonly string[])[] }, ...wanted: string[]) {
  await eventually(`${wanted} is told`, () => recorded.names().at(-1)?.join() === wanted.join());
}

function replace(content: string): void {
  writeFileSync(`${file}.new`, content);
  renameSync(`${file}.new`, file);
}

describe('a models.json', () => {
  it('that is there is told once, and again when it is another', async () => {
    writeFileSync(file, contentOf('a'));
    const recorded = recordedWatch(file);
    await using watch = recorded.watch;
    expect(watch.state).toBe('unread');
    await lastNames(recorded, 'a');
    expect(watch.state).toBe('good');
    writeFileSync(file, contentOf('a', 'b'));
    await lastNames(recorded, 'a', 'b');
    expect(recorded.problems).toEqual([]);
  });

  it('that is written anew with the same content is not told again', async () => {
    writeFileSync(file, contentOf('a'));
    const recorded = recordedWatch(file, { checkMs: 20 });
    await using _ = recorded.watch;
    await lastNames(recorded, 'a');
    for (const write of [() => writeFileSync(file, contentOf('a')), () => replace(contentOf('a'))]) {
      write();
      await pace(150); // time for the looks that must tell nothing
    }
    replace(contentOf('b'));
    await lastNames(recorded, 'b');
    expect(recorded.names()).toEqual([['a'], ['b']]);
  });

  it('is followed over renames onto it, and rewrites of each', async () => {
    replace(contentOf('a'));
    const recorded = recordedWatch(file);
    await using _ = recorded.watch;
    await lastNames(recorded, 'a');
    for (let n = 0; n < 3; n += 1) {
      replace(contentOf(`renamed-${n}`));
      await lastNames(recorded, `renamed-${n}`);
      writeFileSync(file, contentOf(`rewritten-${n}`));
      await lastNames(recorded, `rewritten-${n}`);
    }
    expect(recorded.names()).toHaveLength(7);
  });

  it('may be a link into another folder, where it is rewritten and replaced', async () => {
    const real = join(root, 'real');
    mkdirSync(real);
    writeFileSync(join(real, 'content.json'), contentOf('a'));
    symlinkSync('../real/content.json', file);
    const recorded = recordedWatch(file);
    await using _ = recorded.watch;
    await lastNames(recorded, 'a');
    writeFileSync(join(real, 'content.json'), contentOf('b'));
    await lastNames(recorded, 'b');
    writeFileSync(join(real, 'new'), contentOf('c'));
    renameSync(join(real, 'new'), join(real, 'content.json'));
    await lastNames(recorded, 'c');
  });

  it('may be written through another folder, as one that is mounted alone', async () => {
    writeFileSync(file, contentOf('a'));
    linkSync(file, join(root, 'source.json'));
    const recorded = recordedWatch(file);
    await using _ = recorded.watch;
    await lastNames(recorded, 'a');
    for (const name of ['b', 'c']) {
      writeFileSync(join(root, 'source.json'), contentOf(name));
      await lastNames(recorded, name);
    }
  });

  it('that a slow writer writes piece by piece is told whole, and is no problem meanwhile', async () => {
    writeFileSync(file, contentOf('a'));
    const recorded = recordedWatch(file, { doubtMs: 5_000 });
    await using _ = recorded.watch;
    await lastNames(recorded, 'a');
    const content = contentOf('b', 'c', 'd', 'e', 'f');
    writeFileSync(file, '');
    for (let at = 0; at < content.length; at += 10) {
      await appendFile(file, content.slice(at, at + 10));
      await pace(10); // a slow writer
    }
    await lastNames(recorded, 'b', 'c', 'd', 'e', 'f');
    expect(recorded.names()).toHaveLength(2);
    expect(recorded.problems).toEqual([]);
  });
});

describe('a broken models.json', () => {
  it('is a problem, and leaves the last good one in force', async () => {
    writeFileSync(file, contentOf('a'));
    const recorded = recordedWatch(file);
    await using watch = recorded.watch;
    await lastNames(recorded, 'a');
    writeFileSync(file, contentOf('b').slice(0, -1));
    await eventually('the problem is told', () => recorded.problems.length === 1);
    expect(watch.state).toBe('broken');
    expect(recorded.problems[0]).toContain('line 1');
    writeFileSync(file, contentOf('a'));
    await eventually('the end of the problem is told', () => recorded.problems.length === 2);
    expect(recorded.problems[1]).toBeNull();
    expect(watch.state).toBe('good');
    writeFileSync(file, contentOf('c'));
    await lastNames(recorded, 'c');
    expect(recorded.names()).toEqual([['a'], ['c']]);
    expect(recorded.lines.map(({ level }) => level)).toEqual(['error', 'info']);
  });

  it('at first is a problem, until it is mended', async () => {
    writeFileSync(file, '{}');
    const recorded = recordedWatch(file);
    await using watch = recorded.watch;
    await eventually('the problem is told', () => watch.state === 'broken');
    expect(recorded.told).toEqual([]);
    writeFileSync(file, '[]');
    await lastNames(recorded);
    await eventually('the end of the problem is told', () => watch.state === 'good');
    expect(recorded.told).toHaveLength(1);
  });

  it('is told once, however often it is looked at, and again when it is broken otherwise', async () => {
    writeFileSync(file, '[');
    const recorded = recordedWatch(file, { checkMs: 10 });
    await using _ = recorded.watch;
    await eventually('the problem is told', () => recorded.problems.length === 1);
    writeFileSync(file, '');
    truncateSync(file, 65 * 2 ** 20);
    await eventually('the other problem is told', () => recorded.problems.length === 2);
    expect(new Set(recorded.problems).size).toBe(2);
  });
});

describe('an absent models.json', () => {
  it('keeps the last good one in force, and is seen when it comes again', async () => {
    writeFileSync(file, contentOf('a'));
    const recorded = recordedWatch(file);
    await using watch = recorded.watch;
    await lastNames(recorded, 'a');
    rmSync(file);
    await eventually('it is missed', () => watch.state === 'missing');
    expect(recorded.problems).toHaveLength(1);
    writeFileSync(file, contentOf('a'));
    await eventually('it is found', () => watch.state === 'good');
    expect(recorded.problems.at(-1)).toBeNull();
    writeFileSync(file, contentOf('b'));
    await lastNames(recorded, 'b');
    expect(recorded.names()).toEqual([['a'], ['b']]);
    expect(recorded.lines.map(({ level }) => level)).toEqual(['warn', 'info']);
  });

  it('behind a link is seen when it comes again where the link leads', async () => {
    const real = join(root, 'real');
    mkdirSync(real);
    writeFileSync(join(real, 'models.json'), contentOf('a'));
    symlinkSync('../real/models.json', file);
    const recorded = recordedWatch(file);
    await using watch = recorded.watch;
    await lastNames(recorded, 'a');
    rmSync(join(real, 'models.json'));
    await eventually('it is missed', () => watch.state === 'missing');
    writeFileSync(join(real, 'models.json'), contentOf('b'));
    await lastNames(recorded, 'b');
  });

  it('is missing from the start, and told as soon as it comes', async () => {
    const recorded = recordedWatch(file);
    await using watch = recorded.watch;
    await eventually('it is missed', () => watch.state === 'missing');
    expect(recorded.told).toEqual([]);
    writeFileSync(file, contentOf('a'));
    await lastNames(recorded, 'a');
  });

  it('may have no folder yet, or lose it: a check finds it, and hints come from it again', async () => {
    rmSync(folder, { recursive: true });
    const recorded = recordedWatch(file, { checkMs: 50 });
    await using watch = recorded.watch;
    for (const name of ['a', 'b']) {
      await eventually('it is missed', () => watch.state === 'missing');
      mkdirSync(folder);
      writeFileSync(file, contentOf(name));
      await lastNames(recorded, name);
      rmSync(folder, { recursive: true });
    }
  });
});

describe('a watch that was disposed of', () => {
  it('tells nothing any more and holds nothing open, also in the middle of a look', async () => {
    for (let turns = 0; turns < 8; turns += 1) {
      writeFileSync(file, contentOf('a'));
      const recorded = recordedWatch(file, { checkMs: 1 });
      await pace(turns * 2); // somewhere in its first looks
      const disposed = recorded.watch[Symbol.asyncDispose]();
      const before = recorded.told.length;
      writeFileSync(file, contentOf('b'));
      await disposed;
      await recorded.watch[Symbol.asyncDispose]();
      expect(recorded.told).toHaveLength(before);
    }
    await eventually('all is closed', () => !process.getActiveResourcesInfo().includes('FSEventWrap'));
  });
});
