import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SettledFile } from '../../../src/puller/models-file/settled-file.ts';

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'settled-'));
  path = join(folder, 'models.json');
});

afterEach(() => {
  vi.useRealTimers();
  rmSync(folder, { recursive: true, force: true });
});

const settled = ({ maxBytes = 1_000 } = {}) => new SettledFile({ path, maxBytes });
const text = (content: string) => ({ kind: 'text', text: content });

describe('a file', () => {
  it('is read whole, up to its bound', async () => {
    writeFileSync(path, 'é'.repeat(500));
    expect(await settled().read()).toEqual(text('é'.repeat(500)));
    appendFileSync(path, 'x');
    expect(await settled().read()).toMatchObject({ kind: 'unusable' });
  });

  it('beyond its bound is refused without being read', async () => {
    writeFileSync(path, '');
    truncateSync(path, 2 ** 40);
    expect(await settled({ maxBytes: 64 * 2 ** 20 }).read()).toMatchObject({ kind: 'unusable' });
  });

  it('that is not there is missing, also when its folder is not, or a file is', async () => {
    expect(await settled().read()).toEqual({ kind: 'missing' });
    const inFile = new SettledFile({ path: join(path, 'x'), maxBytes: 10 });
    expect(await inFile.read()).toEqual({ kind: 'missing' });
    writeFileSync(path, '');
    expect(await inFile.read()).toEqual({ kind: 'missing' });
  });

  it('that is a folder, a link to itself or no UTF-8 is unusable', async () => {
    mkdirSync(path);
    expect(await settled().read()).toMatchObject({ kind: 'unusable' });
    rmSync(path, { recursive: true });
    symlinkSync(path, path);
    expect(await settled().read()).toMatchObject({ kind: 'unusable', why: expect.stringContaining('ELOOP') });
    rmSync(path);
    writeFileSync(path, Buffer.from([0x5b, 0xff, 0x5d]));
    expect(await settled().read()).toMatchObject({ kind: 'unusable' });
  });

  it('that is a FIFO is unusable, and nobody waits for its writer', async () => {
    execFileSync('mkfifo', [path]);
    expect(await settled().read()).toMatchObject({ kind: 'unusable' });
  });

  it('is not taken while somebody writes it', async () => {
    writeFileSync(path, 'x'.repeat(1_000_000));
    const reading = settled({ maxBytes: 100_000_000 }).read();
    let isRead = false;
    void reading.then(() => {
      isRead = true;
    });
    while (!isRead) {
      appendFileSync(path, 'y');
      await nextTurn();
    }
    expect(await reading).toMatchObject({ kind: 'unusable' });
  });

  it('is read again until its clock must have ticked, and then only when it changed', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const file = settled();
    writeFileSync(path, 'one');
    expect(await file.read()).toEqual(text('one'));
    expect(await file.read()).toEqual(text('one'));
    vi.advanceTimersByTime(2_000);
    expect(await file.read()).toEqual(text('one'));
    expect(await file.read()).toBeNull();
    writeFileSync(path, 'two');
    expect(await file.read()).toEqual(text('two'));
  });

  it('that was away is read again, though it is the same as before', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const file = settled();
    writeFileSync(path, 'one');
    await file.read();
    vi.advanceTimersByTime(2_000);
    await file.read();
    expect(await file.read()).toBeNull();
    renameSync(folder, `${folder}-away`);
    expect(await file.read()).toEqual({ kind: 'missing' });
    renameSync(`${folder}-away`, folder);
    expect(await file.read()).toEqual(text('one'));
  });
});
