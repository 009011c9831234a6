// Why could SQLite not do it? One word for what to do about it, and a sentence for people.

/** damaged: what is there is no database of ours, begin a new one; the others: try again later. */
type FailureKind = 'full' | 'read_only' | 'in_use' | 'damaged' | 'broken';

export interface SpoolFailure {
  readonly kind: FailureKind;
  readonly message: string;
}

/** Primary result codes of SQLite (sqlite.org/rescode.html) that mean more than "broken". */
const kinds: ReadonlyMap<number, FailureKind> = new Map([
  [5, 'in_use'], // SQLITE_BUSY
  [8, 'read_only'],
  [11, 'damaged'], // SQLITE_CORRUPT
  [13, 'full'],
  [26, 'damaged'], // SQLITE_NOTADB
]);

/** The extended code is in the upper bytes. */
const primaryCode = 0xff;

const sentences: Readonly<Record<FailureKind, string>> = {
  full: 'the disk is full',
  read_only: 'the disk or the file is read-only',
  in_use: 'another process uses this spool',
  damaged: 'the database is damaged',
  broken: 'the spool cannot be used',
};

export function failureOf(error: unknown): SpoolFailure {
  const { errcode, code, message } = error as { errcode?: number; code?: string; message?: string };
  const kind = kindOf(errcode, code);
  return { kind, message: `${sentences[kind]}: ${message ?? String(error)}` };
}

function kindOf(errcode: number | undefined, code: string | undefined): FailureKind {
  if (errcode !== undefined) return kinds.get(errcode & primaryCode) ?? 'broken';
  if (code === 'ENOSPC' || code === 'EDQUOT') return 'full';
  return code === 'EROFS' || code === 'EACCES' ? 'read_only' : 'broken';
}
