// How much room is there, and is it enough?
import { statfsSync } from 'node:fs';
import { OutriggerError } from '../../errors.ts';
import { inFolder } from './folder-failure.ts';

/**
 * What this user may still write to the file system of `folder`; Infinity where the file system does not say.
 * @throws OutriggerError FOLDER_UNUSABLE
 */
export function freeBytesOf(folder: string): number {
  const { bavail, bsize, blocks } = inFolder(folder, () => statfsSync(folder));
  return blocks === 0 ? Number.POSITIVE_INFINITY : bavail * bsize; // file systems over a network say 0 of 0
}

/** f_type of tmpfs and ramfs (statfs(2)): nothing there outlives the machine, and a sync does nothing but cost time. */
const memoryTypes = [0x01021994, 0x858458f6];

/** @throws OutriggerError FOLDER_UNUSABLE */
export function isInMemory(folder: string): boolean {
  return memoryTypes.includes(inFolder(folder, () => statfsSync(folder)).type);
}

/** @throws OutriggerError DISK_FULL */
export function refuseUnlessRoom(folder: string, { path, needBytes }: { path: string; needBytes: number }): void {
  const haveBytes = freeBytesOf(folder);
  if (needBytes <= haveBytes) return;
  throw new OutriggerError(
    'DISK_FULL',
    `${folder}: ${path} needs ${needBytes} bytes, and ${haveBytes} are free; free space, or pull into a larger volume`,
  );
}
