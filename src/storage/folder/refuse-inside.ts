// May this folder get a copy of that one? Not when it lies inside of it: the copy would hold itself.
import { realpath } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { OutriggerError } from '../../errors.ts';
import { shownText } from '../uri/shown-text.ts';
import { errorCodeOf } from './folder-failure.ts';

/** `source`: a folder or a file of this machine. `target` need not be there yet. @throws OutriggerError FOLDER_UNUSABLE */
export async function refuseInside(source: string, target: string): Promise<void> {
  const way = relative(await realPathOf(resolve(source)), await realPathOf(resolve(target)));
  if (way === '..' || way.startsWith(`..${sep}`)) return;
  const what = way === '' ? 'is the source itself' : `lies in the source ${shownText(source)}`;
  throw new OutriggerError('FOLDER_UNUSABLE', `${shownText(target)} ${what}; name a folder outside of it`);
}

/** Without links, as far as there is something. What cannot be looked at is told by whoever opens it. */
async function realPathOf(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (errorCodeOf(error) !== 'ENOENT' || dirname(path) === path) return path;
    return join(await realPathOf(dirname(path)), basename(path));
  }
}
