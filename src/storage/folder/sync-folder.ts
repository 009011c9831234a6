// The entries of a folder, on the disk itself: without holding up the thread, which serves requests meanwhile.
import { open } from 'node:fs/promises';
import { errorCodeOf, whileInFolder } from './folder-failure.ts';

/** @throws OutriggerError FOLDER_UNUSABLE, DISK_FULL */
export async function syncFolder(folder: string): Promise<void> {
  await whileInFolder(folder, async () => {
    const handle = await open(folder);
    try {
      await handle.sync();
    } catch (error) {
      // Some file systems over a network sync no folders; they keep their entries on the server.
      if (!['EINVAL', 'ENOTSUP', 'ENOSYS'].includes(errorCodeOf(error) ?? '')) throw error;
    } finally {
      await handle.close();
    }
  });
}
