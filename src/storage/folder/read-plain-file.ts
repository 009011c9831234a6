// A small file that anybody may have put there, as text: markers.
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { errorCodeOf, inFolder } from './folder-failure.ts';

/** Null: not there, or no file: a symbolic link, a folder, a FIFO. @throws OutriggerError FOLDER_UNUSABLE */
export function readPlainFile(path: string): string | null {
  return inFolder(path, () => {
    try {
      const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
      try {
        return fstatSync(fd).isFile() ? readFileSync(fd, 'utf8') : null;
      } finally {
        closeSync(fd);
      }
    } catch (error) {
      if (['ENOENT', 'ELOOP', 'ENOTDIR', 'ENXIO'].includes(errorCodeOf(error) ?? '')) return null;
      throw error;
    }
  });
}
