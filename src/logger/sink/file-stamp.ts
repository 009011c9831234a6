// Has a file changed? Its inode, times and size as one word, through the links by which Kubernetes swaps mounted files.
import { statSync } from 'node:fs';

/** 'missing' as well for a file that may not be looked at. */
export function fileStamp(path: string): string {
  try {
    const { ino, mtimeMs, ctimeMs, size } = statSync(path);
    return `${ino} ${mtimeMs} ${ctimeMs} ${size}`;
  } catch {
    return 'missing';
  }
}
