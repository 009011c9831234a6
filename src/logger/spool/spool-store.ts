// Where are the events on disk? One table of one SQLite file, written in transactions, read in pages.
import { DatabaseSync, type StatementSync } from 'node:sqlite';

export interface StoreOptions {
  readonly file: string;
  /** normal: survives kill -9; full: fsync at each commit, survives a power cut. */
  readonly sync: 'normal' | 'full';
  /** The file's bound, for tests of a full disk; null: the disk's. */
  readonly maxPages: number | null;
}

export interface NewRow {
  /** Larger than all before. */
  readonly id: number;
  /** A number that stands for the sink in every run. */
  readonly sink: number;
  /** Index into eventKinds. */
  readonly kind: number;
  readonly data: Uint8Array;
}

export interface StoredRow {
  readonly id: number;
  readonly kind: number;
  readonly bytes: number;
  readonly data: Uint8Array;
}

export interface PageBounds {
  readonly sink: number;
  /** Rows with larger ids only. */
  readonly after: number;
  /** And none with larger ids than this. */
  readonly upTo: number;
  readonly maxRows: number;
  /** At least one row comes, however large. */
  readonly maxBytes: number;
}

/** Rows of earlier runs, of one sink and kind. */
export interface FoundRows {
  readonly sink: number;
  readonly kind: number;
  readonly rows: number;
  readonly bytes: number;
  readonly lastId: number;
}

const schemaVersion = 1;
/** Of 4096 an event of 2 KB would waste almost half. */
const pageBytes = 8192;
const checkpointAfterBytes = 2 * 1024 * 1024;
/** So much room of deleted rows is kept for the next ones. */
const keptFreePages = (16 * 1024 * 1024) / pageBytes;
const shrinkStepPages = 256;
/** Deleted or given back at once on a full disk; each may change a page. */
const frugalRows = 64;
/** Of giving back, at once: 32 MiB. */
const frugalSteps = 64;

export class SpoolStore implements Disposable {
  readonly #database: DatabaseSync;
  readonly #insert: StatementSync;
  readonly #delete: StatementSync;
  readonly #page: StatementSync;
  readonly #freePages: StatementSync;
  #uncheckedBytes = 0;

  /** @throws Error of node:sqlite, see failureOf */
  constructor(options: StoreOptions) {
    this.#database = new DatabaseSync(options.file);
    try {
      prepareFile(this.#database, options);
      this.#insert = this.#database.prepare('INSERT INTO events (id, sink, kind, data) VALUES (?, ?, ?, ?)');
      this.#delete = this.#database.prepare('DELETE FROM events WHERE id = ?');
      this.#page = this.#database.prepare(
        'SELECT id, kind, CAST(data AS BLOB) AS data FROM events WHERE id > ? AND id <= ? AND sink = ? ORDER BY id LIMIT ?',
      );
      this.#freePages = this.#database.prepare('PRAGMA freelist_count');
    } catch (error) {
      this.#database.close();
      throw error;
    }
  }

  /** Reads every page that holds the begin of a row. */
  found(): FoundRows[] {
    const query = `SELECT sink, kind, count(*) AS rows, sum(length(data)) AS bytes, max(id) AS lastId
      FROM events GROUP BY sink, kind`;
    return this.#database.prepare(query).all() as unknown as FoundRows[];
  }

  /** All of it or, when it throws, nothing. */
  write(rows: readonly NewRow[], deletes: readonly number[]): void {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      for (const { id, sink, kind, data } of rows) {
        this.#insert.run(id, sink, kind, data);
        this.#uncheckedBytes += data.byteLength;
      }
      for (const id of deletes) this.#delete.run(id);
      this.#database.exec('COMMIT');
    } catch (error) {
      // Of some failures SQLite has rolled back by itself (sqlite.org/lang_transaction.html).
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
    this.#uncheckedBytes += (rows.length + deletes.length) * pageBytes;
  }

  /** `complete`: no more rows are within the bounds. */
  page({ sink, after, upTo, maxRows, maxBytes }: PageBounds): {
    readonly rows: StoredRow[];
    readonly complete: boolean;
  } {
    const rows: StoredRow[] = [];
    let bytes = 0;
    for (const row of this.#page.iterate(after, upTo, sink, maxRows)) {
      const { id, kind, data } = row as { id: number; kind: number; data: Uint8Array };
      if (rows.length > 0 && bytes + data.byteLength > maxBytes) return { rows, complete: false };
      bytes += data.byteLength;
      rows.push({ id, kind, bytes: data.byteLength, data });
    }
    return { rows, complete: rows.length < maxRows };
  }

  /**
   * What need not delay a commit: the log of changes goes into the file, room that nobody needs goes back to the disk. True:
   * there is more to give back.
   */
  tidy(): boolean {
    if (this.#uncheckedBytes >= checkpointAfterBytes) this.#checkpoint();
    if (this.#freeCount() <= keptFreePages) return false;
    this.#database.exec(`PRAGMA incremental_vacuum(${shrinkStepPages})`);
    this.#uncheckedBytes += shrinkStepPages * pageBytes;
    return true;
  }

  /** On a full disk: in steps that need no more room than the log of changes has already. */
  deleteFrugally(ids: readonly number[]): void {
    this.#checkpoint();
    for (let start = 0; start < ids.length; start += frugalRows) {
      this.write([], ids.slice(start, start + frugalRows));
      this.#checkpoint();
    }
    for (let step = 0; step < frugalSteps && this.#freeCount() > 0; step += 1) {
      this.#database.exec(`PRAGMA incremental_vacuum(${frugalRows})`);
      this.#checkpoint();
    }
    this.#database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  }

  #freeCount(): number {
    return (this.#freePages.get() as { freelist_count: number }).freelist_count;
  }

  #checkpoint(): void {
    this.#uncheckedBytes = 0;
    this.#database.exec('PRAGMA wal_checkpoint(PASSIVE)');
  }

  [Symbol.dispose](): void {
    if (this.#database.isOpen) this.#database.close();
  }
}

function prepareFile(database: DatabaseSync, { sync, maxPages }: StoreOptions): void {
  // Exclusive: one process a spool; the kernel lets go of the lock when the process dies. Asked for before the first access,
  // so the index of the log is in our memory and no file beside it can be damaged.
  database.exec(`
    PRAGMA locking_mode = EXCLUSIVE;
    PRAGMA page_size = ${pageBytes};
    PRAGMA auto_vacuum = INCREMENTAL;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = ${sync === 'full' ? 'FULL' : 'NORMAL'};
    PRAGMA wal_autocheckpoint = 0;
    PRAGMA journal_size_limit = ${2 * checkpointAfterBytes};
    PRAGMA cache_size = -4096;
    BEGIN IMMEDIATE;
    CREATE TABLE IF NOT EXISTS events (
      id INTEGER PRIMARY KEY,
      sink INTEGER NOT NULL,
      kind INTEGER NOT NULL,
      data BLOB NOT NULL
    )`);
  checkVersion(database);
  database.exec(`PRAGMA user_version = ${schemaVersion}; COMMIT`);
  if (maxPages !== null) database.exec(`PRAGMA max_page_count = ${maxPages}`);
}

/** @throws with SQLite's code of a file that is no database: of a later version we can make nothing */
function checkVersion(database: DatabaseSync): void {
  const { user_version: version } = database.prepare('PRAGMA user_version').get() as { user_version: number };
  if (version === 0 || version === schemaVersion) return;
  throw Object.assign(new Error(`version ${version} of the spool, expected ${schemaVersion}`), { errcode: 26 });
}
