// May this member be unpacked beside those before it? Names, collisions, limits: decided before anything is written.
import type { PullLimits } from '../../config/storage-config.ts';
import { archiveError } from './archive-error.ts';
import { memberPath } from './member-path.ts';

/** What an archive says of a member; links, devices and other kinds never come so far. */
export interface ArchiveMember {
  readonly name: string; // untrusted
  readonly kind: 'file' | 'folder';
  readonly bytes: number; // unpacked; 0 of a folder
  readonly executable: boolean; // by its owner
}

export interface PlannedMember extends ArchiveMember {
  readonly path: string; // below the folder, safe
  /** Folders to be made before it, outermost first; a folder's own last. */
  readonly folders: readonly string[];
}

/** One archive's members, in the order they are asked for. */
export class MemberPlan {
  readonly #archive: string;
  readonly #limits: PullLimits;
  readonly #files = new Set<string>();
  readonly #folders = new Set<string>();
  #members = 0;
  #bytes = 0;

  constructor({ archive, limits }: { readonly archive: string; readonly limits: PullLimits }) {
    this.#archive = archive;
    this.#limits = limits;
  }

  get files(): number {
    return this.#files.size;
  }

  /** Unpacked, of all planned. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Null: nothing to be done. @throws OutriggerError UNSAFE_PATH, PULL_TOO_LARGE, ARCHIVE_INVALID */
  add(member: ArchiveMember): PlannedMember | null {
    this.#count(member);
    const path = memberPath({ archive: this.#archive, member: member.name });
    if (path === null) {
      if (member.kind === 'folder') return null;
      throw this.#collision(member, 'a file takes the place of the folder itself');
    }
    const folders = this.#newFolders(member, member.kind === 'file' ? parentOf(path) : path);
    if (member.kind === 'file') {
      if (this.#files.has(path)) throw this.#collision(member, 'the archive has it twice');
      if (this.#folders.has(path)) throw this.#collision(member, 'the archive has a folder of the same name');
      this.#files.add(path);
    }
    return { ...member, path, folders };
  }

  /** Folders count as well: a million of them are a bomb too. */
  #count({ name, bytes }: ArchiveMember): void {
    const { maxFiles, maxUnpackedBytes } = this.#limits;
    this.#members += 1;
    this.#bytes += bytes;
    const why =
      this.#members > maxFiles
        ? `more than ${maxFiles} members; raise --max-files`
        : `with it, more than ${maxUnpackedBytes} bytes would be unpacked; raise --max-unpacked-bytes`;
    if (this.#members > maxFiles || this.#bytes > maxUnpackedBytes) {
      throw archiveError('PULL_TOO_LARGE', { archive: this.#archive, member: name }, { why });
    }
  }

  #newFolders(member: ArchiveMember, path: string): string[] {
    const made: string[] = [];
    for (let folder = path; folder !== '' && !this.#folders.has(folder); folder = parentOf(folder)) {
      if (this.#files.has(folder)) throw this.#collision(member, 'the archive has a file where this needs a folder');
      made.push(folder);
    }
    for (const folder of made) this.#folders.add(folder);
    return made.reverse();
  }

  #collision({ name }: ArchiveMember, why: string): Error {
    return archiveError('UNSAFE_PATH', { archive: this.#archive, member: name }, { why });
  }
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}
