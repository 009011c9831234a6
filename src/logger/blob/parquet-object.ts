// Records as Parquet: one row group of required strings, compressed with Snappy.
import { parquetWriteBuffer } from 'hyparquet-writer';
import { version } from '../../version.ts';
import type { LogRecord } from './log-record.ts';
import { cellOf, recordColumns } from './record-columns.ts';

export function writeParquet(records: readonly LogRecord[]): Uint8Array {
  const buffer = parquetWriteBuffer({
    columnData: recordColumns.map((name) => ({
      name,
      type: 'STRING' as const,
      nullable: false,
      data: records.map((record) => cellOf(record, name)),
    })),
    rowGroupSize: records.length,
    createdBy: `outrigger version ${version}`,
  });
  return new Uint8Array(buffer);
}
