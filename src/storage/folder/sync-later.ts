// On the disk itself, without holding up the thread: other pulls, and the heart of the lock, go on while the disk works.
import { fsync } from 'node:fs';
import { promisify } from 'node:util';

/** The descriptor has to stay open until this settles. @throws the file system's own errors */
export const syncLater: (fd: number) => Promise<void> = promisify(fsync);
