// A disk that fills up while a model is staged: a clear refusal, nothing that looks like a model, and a pull that goes on later.
import { spawnSync } from 'node:child_process';
import { readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { OutriggerError } from '../../src/errors.ts';
import { inFolder } from '../../src/storage/folder/folder-failure.ts';
import { readMarker } from '../../src/storage/folder/marker.ts';
import { openStaging } from '../../src/storage/folder/open-staging.ts';
import { brokenFiles, fetchInto, objectOf, TargetFolder } from '../support/staging/scripted-model.ts';

const spec = { storageUri: 's3://bucket/model' };
const objects = Array.from({ length: 100 }, (_, nth) => objectOf(`file${nth}`, 'v1', 100_000));

/** Resolves with how many had to be fetched. */
async function pull(target: string): Promise<number> {
  await using staging = await openStaging({ target, spec });
  let fetched = 0;
  for (const object of objects) {
    const staged = await staging.open({ path: object.key, object });
    if (staged === null) continue;
    fetched += 1;
    try {
      await inFolderOf(target, () => fetchInto(staged, object));
    } finally {
      staged.close();
    }
  }
  await staging.publish();
  return fetched;
}

/** The write itself is the downloader's, and so is the name of its failure. */
async function inFolderOf(target: string, act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    inFolder(target, () => {
      throw error;
    });
  }
}

async function codeOf(pulled: Promise<number>): Promise<string> {
  try {
    await pulled;
    return 'none';
  } catch (error) {
    return error instanceof OutriggerError ? error.code : String(error);
  }
}

/** Others take bytes until so few are left. */
function fillUp(target: string, leftBytes: number): void {
  const { bavail, bsize } = statfsSync(target);
  writeFileSync(join(target, 'ballast'), Buffer.alloc(Math.max(bavail * bsize - leftBytes, 0)));
}

async function fillAndGoOn(target: string): Promise<string[]> {
  const problems: string[] = [];
  fillUp(target, 3_000_000);
  const code = await codeOf(pull(target));
  if (code !== 'DISK_FULL') problems.push(`a full disk was ${code}`);
  if (await readMarker(target, spec)) problems.push('a half model has a marker');
  if (readdirSync(target).some((name) => name.startsWith('file'))) problems.push('files were placed');
  await keepJournalWhole(target, problems);
  rmSync(join(target, 'ballast'));
  const fetched = await pull(target);
  if (fetched === 0 || fetched > 80) problems.push(`${fetched} of ${objects.length} were fetched after there was room`);
  const manifest = await readMarker(target, spec);
  if (manifest === null || brokenFiles(target, manifest).length > 0) problems.push('the model is not whole');
  return problems;
}

/** Not a byte is left: what cannot be recorded is refused, and the journal stays readable. */
async function keepJournalWhole(target: string, problems: string[]): Promise<void> {
  rmSync(join(target, 'ballast'));
  await using staging = await openStaging({ target, spec });
  const object = objectOf('file99', 'v1', 1_000_000);
  const staged = await staging.open({ path: object.key, object });
  if (staged === null) return;
  fillUp(target, 0);
  try {
    for (let first = 0; first < 10_000; first += 1) staged.keep({ first, last: first, crcs: { crc32c: 'AAAAAA==' } });
    problems.push('the journal took more than the disk has');
  } catch (error) {
    if (!(error instanceof OutriggerError) || error.code !== 'DISK_FULL') problems.push(`the journal said ${error}`);
  }
  staged.close();
}

using folder = new TargetFolder();
const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'none', folder.path]).status === 0;
if (!mounted) console.log('not run: this machine lets nobody mount a small tmpfs');
try {
  const problems = mounted ? await fillAndGoOn(folder.path) : [];
  for (const problem of problems) console.log(`FAIL ${problem}`);
  console.log(`${mounted && problems.length === 0 ? 1 : 0} passed, ${problems.length > 0 ? 1 : 0} failed`);
  process.exitCode = problems.length === 0 ? 0 : 1;
} finally {
  if (mounted) spawnSync('umount', [folder.path]);
}
