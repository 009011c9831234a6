// One pull at a time in a folder; a dead one is no hindrance, and neither is a number that another process has by now.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type LockParts, takeLock } from '../../../src/storage/folder/folder-lock.ts';
import { type ProcessIdentity, systemProcesses } from '../../../src/storage/folder/process-identity.ts';
import { TargetFolder } from '../../support/staging/scripted-model.ts';

const here = { pid: 7, started: '100', bootId: 'boot', namespace: 'pid:[1]' };

function asked(
  folder: string,
  running: Readonly<Record<number, string>> = {},
  own: Partial<ProcessIdentity> = {},
): LockParts {
  const processes = { own: () => ({ ...here, ...own }), startOf: (pid: number) => running[pid] ?? null };
  return { ensureFolder: () => folder, processes, beatMs: 5, watchMs: 200 };
}

function leave(folder: string, holder: object | string, number = 1): void {
  writeFileSync(join(folder, `lock.${number}`), typeof holder === 'string' ? holder : JSON.stringify(holder));
}

it('a live holder is named', async () => {
  using folder = new TargetFolder();
  leave(folder.path, { ...here, pid: 8 });
  await expect(takeLock(asked(folder.path, { 8: '100' }))).rejects.toThrow(/process 8 is pulling/);
});

it.each([
  ['whose process is gone', { ...here, pid: 8 }, {}],
  ['whose number another process has', { ...here, pid: 8 }, { 8: '200' }],
  ['of another boot, untouched', { ...here, pid: 8, bootId: 'before' }, { 8: '100' }],
  ['of another container, untouched', { ...here, pid: 8, namespace: 'pid:[2]' }, { 8: '100' }],
  ['of a thread of this process that ended', here, { 7: '100' }],
  ['that was cut off while it was written', '{"pid":', {}],
])('a lock %s is taken over', async (_, holder, running) => {
  using folder = new TargetFolder();
  leave(folder.path, holder);
  const lock = await takeLock(asked(folder.path, running));
  lock.confirm();
  expect(readdirSync(folder.path)).toEqual(['lock.2']);
  lock.release();
  lock.release();
  expect(readdirSync(folder.path)).toEqual([]);
});

it('a holder that cannot be looked up is alive while its heart beats', async () => {
  using folder = new TargetFolder();
  const held = await takeLock(asked(folder.path, {}, { namespace: 'pid:[2]' }));
  await expect(takeLock(asked(folder.path))).rejects.toMatchObject({ code: 'FOLDER_UNUSABLE' });
  held.release();
  (await takeLock(asked(folder.path))).release();
});

it('of many that find a dead one, one has it', async () => {
  using folder = new TargetFolder();
  leave(folder.path, { ...here, pid: 8 });
  const results = await Promise.allSettled(Array.from({ length: 10 }, () => takeLock(asked(folder.path))));
  const taken = results.filter(({ status }) => status === 'fulfilled');
  expect(taken).toHaveLength(1);
});

it('who was taken over learns it before anything is moved', async () => {
  using folder = new TargetFolder();
  const slept = await takeLock(asked(folder.path));
  leave(folder.path, { ...here, pid: 8 }, 2);
  expect(() => slept.confirm()).toThrow(expect.objectContaining({ code: 'FOLDER_UNUSABLE' }));
  slept.release();
  expect(existsSync(join(folder.path, 'lock.2'))).toBe(true);
});

it('a folder that went with the lock of another is made again', async () => {
  using folder = new TargetFolder();
  const inner = join(folder.path, 'inner');
  let calls = 0;
  const ensureFolder = (): string => {
    calls += 1;
    if (calls > 1) mkdirSync(inner, { recursive: true });
    return inner;
  };
  (await takeLock({ ...asked(inner), ensureFolder })).release();
  expect(calls).toBe(2);
});

it('this process is told by its start, its boot and its namespace', () => {
  const own = systemProcesses.own();
  expect(own.pid).toBe(process.pid);
  expect(own.started).toBe(systemProcesses.startOf(process.pid));
  expect(own.bootId).toBe(readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());
  expect(systemProcesses.startOf(2 ** 22 + 1)).toBeNull();
});
