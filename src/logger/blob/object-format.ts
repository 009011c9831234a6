// The bytes of an object that holds records: JSON as KServe's agent writes it, or a table.
import type { BlobConfig } from '../../config/slices.ts';
import { type LogRecord, toJson } from './log-record.ts';

export interface ObjectContent {
  readonly body: Uint8Array;
  readonly contentType: string;
  /** Of the key, without its dot. */
  readonly extension: string;
}

/** One or more records. What is not JSON is loaded when it is first wanted. */
export async function writeObject(format: BlobConfig['format'], records: readonly LogRecord[]): Promise<ObjectContent> {
  switch (format) {
    case 'json': {
      const [first] = records;
      const alone = records.length === 1 && first !== undefined;
      const body = alone ? Buffer.from(toJson(first)) : writeJsonArray(records);
      return { body, contentType: 'application/json', extension: 'json' };
    }
    case 'csv': {
      const { writeCsv } = await import('./csv-object.ts');
      return { body: writeCsv(records), contentType: 'text/csv', extension: 'csv' };
    }
    case 'parquet': {
      const { writeParquet } = await import('./parquet-object.ts');
      return { body: writeParquet(records), contentType: 'application/vnd.apache.parquet', extension: 'parquet' };
    }
  }
}

/** Piece by piece: one text has an end that many records may not have. */
export function writeJsonArray(records: readonly LogRecord[]): Buffer {
  const pieces = records.map((record, nth) => Buffer.from(`${nth === 0 ? '[' : ','}${toJson(record)}`));
  return Buffer.concat([...pieces, Buffer.from(records.length === 0 ? '[]' : ']')]);
}
