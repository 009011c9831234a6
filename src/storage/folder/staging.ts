// Where a model stands until it is whole: the words between those who bring bytes and the folder that keeps them.
import type { CombinableAlgorithm } from '../checksum/verification.ts';
import type { Checksums, StoredObject } from '../object-store.ts';
import type { PlacedFile } from './manifest.ts';

/** Bytes of a file that are on their place in the staging folder. */
export interface StagedPart {
  readonly first: number;
  readonly last: number; // inclusive
  readonly crcs: Readonly<Partial<Record<CombinableAlgorithm, string>>>;
}

/** One file under way. Whoever holds it writes to `fd` at positions of its own and says which parts are there. */
export interface StagedFile {
  readonly path: string; // below the target folder
  readonly fd: number;
  /** What an earlier pull of the same version left, in order of `first`; never overlapping. None after `restart`. */
  readonly parts: readonly StagedPart[];
  /** Makes room for so many bytes (ftruncate). @throws OutriggerError DISK_FULL */
  allocate(bytes: number): void;
  /**
   * A part is written: after a kill it is not fetched again. Returns at once; the journal is written in order.
   * @throws OutriggerError DISK_FULL, FOLDER_UNUSABLE
   */
  keep(part: StagedPart): void;
  /**
   * The object changed, or what came was wrong: nothing of it counts any more.
   * @throws OutriggerError DISK_FULL, FOLDER_UNUSABLE
   */
  restart(object: StoredObject): void;
  /** Its bytes are now those of `file`, which stands in staging, too: they were verified, and expanded. Before `complete`. */
  replaceBy(file: string): void;
  /** All of it is there and verified: fsync, journal. @throws OutriggerError DISK_FULL, FOLDER_UNUSABLE */
  complete(checksums: Checksums): Promise<void>;
  /** Gives the descriptor back; what is not complete stays for the next pull. Twice is harmless. */
  close(): void;
}

/** The staging folder of one target folder; one process at a time. */
export interface Staging extends AsyncDisposable {
  /**
   * The file of an object, new or begun by an earlier pull. Null: it is complete already, verified by an earlier pull of the
   * same version; `publish` knows it. Another version, or none: from the beginning.
   * @throws OutriggerError UNSAFE_PATH, DISK_FULL, FOLDER_UNUSABLE
   */
  open(file: { readonly path: string; readonly object: StoredObject }): Promise<StagedFile | null>;
  /** So many of an object's bytes are here already, so that they need no room: in its place, or from an earlier pull. */
  presentBytes(file: { readonly path: string; readonly object: StoredObject }): number;
  /** Of the file system, now. */
  freeBytes(): Promise<number>;
  /** Absolute path of the staged, completed file. */
  pathOf(path: string): string;
  /** An empty folder in staging for the members of the archive that stands at `path`. */
  unpackFolder(path: string): Promise<string>;
  /** The archive at `path` is replaced by the members found in its unpack folder. */
  unpacked(path: string, members: readonly Omit<PlacedFile, 'source'>[]): void;
  /**
   * All that was completed goes to its place by rename, the folder's marker last: before that the folder does not count as a
   * model. Files that the earlier pull of the same spec had placed and this one has not are removed. Returns what the marker
   * says. The staging folder is gone afterwards. @throws OutriggerError UNSAFE_PATH, DISK_FULL, FOLDER_UNUSABLE
   */
  publish(): Promise<readonly PlacedFile[]>;
  /** The model was refused: nothing of it is kept for the next pull. Disposing alone keeps all. */
  discard(): Promise<void>;
}
