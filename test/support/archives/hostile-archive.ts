// A row of the tables of archives that must leave nothing.
import type { ErrorCode } from '../../../src/errors.ts';
import type { ArchiveKind } from '../../../src/storage/archive/detect-archive.ts';

export interface HostileArchive {
  readonly what: string;
  readonly kind: ArchiveKind;
  readonly code: ErrorCode;
  readonly bytes: Buffer;
  /** Named by the error; undefined: not said here. */
  readonly member: string | undefined;
}
