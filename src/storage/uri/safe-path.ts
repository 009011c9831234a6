// May a file be written under this name? Object keys and members of archives are names that somebody else chose.
import { OutriggerError } from '../../errors.ts';
import { isOwnName } from './own-names.ts';
import { shownText } from './shown-text.ts';

/** NAME_MAX of Linux. */
const maxSegmentBytes = 255;

/** PATH_MAX is 4,096 with its NUL; the rest is for the target folder and the staging folder in it. */
const maxPathBytes = 3_840;

/** Deeper is no model, and each level is a folder to be made. */
const maxSegments = 128;

/**
 * The key as it is, to be joined to a folder: relative, "/" between names, never outside that folder, never two spellings of one
 * path. Refused, not repaired: `a//b` made `a/b` would collide with the key `a/b`. A backslash is refused although Linux takes
 * it for a letter: what made such a name meant a folder. Folder keys ("a/") and the "./" of tar are for the caller to strip.
 * @throws OutriggerError UNSAFE_PATH
 */
export function safePath(key: string): string {
  const why = whyUnsafe(key);
  if (why !== null) {
    throw new OutriggerError(
      'UNSAFE_PATH',
      `"${shownText(key)}" cannot be the path of a file: ${why}; nothing was kept`,
    );
  }
  return key;
}

function whyUnsafe(key: string): string | null {
  if (key === '') return 'it is empty';
  if (key.startsWith('/')) return 'it is absolute';
  if (!key.isWellFormed()) return 'it is no valid Unicode';
  if (/\p{Cc}/u.test(key)) return 'it holds a control character';
  if (key.includes('\\')) return 'it holds a backslash';
  if (Buffer.byteLength(key) > maxPathBytes) return `it has more than ${maxPathBytes} bytes`;
  const segments = key.split('/');
  if (segments.length > maxSegments) return `it has more than ${maxSegments} folders`;
  if (isOwnName(segments[0] as string)) return 'outrigger keeps files of its own under that name';
  return firstOf(segments, whySegmentUnsafe);
}

function whySegmentUnsafe(segment: string): string | null {
  if (segment === '') return 'it has an empty name between two "/", or at its end';
  if (segment === '.' || segment === '..') return `"${segment}" is no name`;
  return Buffer.byteLength(segment) > maxSegmentBytes ? `a name in it has more than ${maxSegmentBytes} bytes` : null;
}

function firstOf(segments: readonly string[], why: (segment: string) => string | null): string | null {
  for (const segment of segments) {
    const found = why(segment);
    if (found !== null) return found;
  }
  return null;
}
