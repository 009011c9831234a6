// Records as rows of a table: KServe's fourteen columns in their order, then one of ours.
import type { LogRecord } from './log-record.ts';

export const recordColumns = [
  'url',
  'bytes',
  'contentType',
  'reqType',
  'id',
  'sourceUri',
  'inferenceService',
  'namespace',
  'component',
  'endpoint',
  'metadata',
  'annotations',
  'certName',
  'tlsSkipVerify',
  'occurrenceTime',
] as const satisfies readonly (keyof LogRecord)[];

export function cellOf(record: LogRecord, column: keyof LogRecord): string {
  return String(record[column]);
}
