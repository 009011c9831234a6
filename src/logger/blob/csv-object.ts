// Records as CSV (RFC 4180, lines end as Go's encoding/csv ends them), under a line of column names.
import { stringify } from 'csv-stringify/sync';
import type { LogRecord } from './log-record.ts';
import { cellOf, recordColumns } from './record-columns.ts';

export function writeCsv(records: readonly LogRecord[]): Buffer {
  const lines = [line(recordColumns)];
  for (const record of records) lines.push(line(recordColumns.map((column) => cellOf(record, column))));
  return Buffer.concat(lines);
}

/** One at a time: one text has an end that many records may not have. */
function line(cells: readonly string[]): Buffer {
  return Buffer.from(stringify([[...cells]], { record_delimiter: 'unix' }));
}
