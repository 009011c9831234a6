// Can models be kept in this folder? Told at the start, and not by the first model that fails.
import { access, chmod, constants, lstat, mkdir, symlink, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { OutriggerError } from '../../errors.ts';
import { errorCodeOf, whileInFolder } from '../../storage/folder/folder-failure.ts';
import { makeTarget } from '../../storage/folder/make-folders.ts';
import { type Layout, layoutOf } from './layout.ts';

/** Makes what is missing. @throws OutriggerError FOLDER_UNUSABLE, DISK_FULL: which path, and what to do */
export async function openLayout(path: string): Promise<Layout> {
  const layout = layoutOf(makeTarget(path));
  await refuseUnlessWritable(layout.root);
  await ensureOwn(layout.own, 0o755); // runtimes of other users pass through
  await refuseUnlessWritable(layout.own);
  await ensureOwn(layout.aside, 0o755);
  await ensureOwn(layout.trash, 0o700);
  await ensureOwn(layout.drafts, 0o700);
  await refuseUnlessLinkable(layout);
  return layout;
}

async function refuseUnlessWritable(folder: string): Promise<void> {
  await whileInFolder(folder, () => access(folder, constants.R_OK | constants.W_OK | constants.X_OK));
}

/** A folder of ours, and no link that would have us work, and delete, elsewhere. */
export async function ensureOwn(folder: string, mode: number): Promise<void> {
  await whileInFolder(folder, async () => {
    try {
      await mkdir(folder, { mode });
    } catch (error) {
      if (errorCodeOf(error) !== 'EEXIST') throw error;
    }
    const stats = await lstat(folder);
    if (!stats.isDirectory()) {
      const message = `${folder} is no folder, and outrigger keeps models there; remove it`;
      throw new OutriggerError('FOLDER_UNUSABLE', message);
    }
    if ((stats.mode & 0o777) !== mode) await chmod(folder, mode); // whatever the umask
  });
}

async function refuseUnlessLinkable({ root, drafts }: Layout): Promise<void> {
  const probe = join(drafts, 'probe');
  try {
    await unlink(probe).catch(() => undefined); // of a start that was killed right here
    await symlink('nowhere', probe);
    await unlink(probe);
  } catch (error) {
    const why = errorCodeOf(error) ?? 'unknown';
    const message = `${root}: ${why}: its file system takes no symbolic links; put --model-dir on one that does`;
    throw new OutriggerError('FOLDER_UNUSABLE', message, { cause: error });
  }
}
