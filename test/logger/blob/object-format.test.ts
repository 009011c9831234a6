import fc from 'fast-check';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { describe, expect, it } from 'vitest';
import { packEvents, unpackEvents } from '../../../src/logger/blob/kept-event.ts';
import { type LogRecord, toRecord } from '../../../src/logger/blob/log-record.ts';
import { writeJsonArray, writeObject } from '../../../src/logger/blob/object-format.ts';
import { recordColumns } from '../../../src/logger/blob/record-columns.ts';
import type { LogEvent } from '../../../src/logger/event/log-event.ts';
import { anyLogEvent, logEvent } from '../../support/log-events.ts';
import { seed } from '../../support/seed.ts';

const frame = { url: 's3://logs/p', certName: 'ca.crt', tlsSkipVerify: false };
const recordsOf = (events: readonly LogEvent[], parts: Partial<typeof frame> = {}): LogRecord[] =>
  unpackEvents(packEvents(events)).map((event) => toRecord(event, { ...frame, ...parts }));
const textOf = ({ body }: { readonly body: Uint8Array }) => Buffer.from(body).toString();

function bufferOf(body: Uint8Array): ArrayBuffer {
  return body.buffer.slice(body.byteOffset, body.byteOffset + body.byteLength) as ArrayBuffer;
}

/** Unlike the reader's own, it keeps a byte order mark that a text begins with. */
const stringFromBytes = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

/** RFC 4180, as simply as it goes. */
function readCsv(text: string): string[][] {
  const rows: string[][] = [[]];
  for (const [, quoted, bare, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\n]*))(,|\n)/g)) {
    rows.at(-1)!.push(quoted === undefined ? bare! : quoted.replaceAll('""', '"'));
    if (end === '\n') rows.push([]);
  }
  return rows.slice(0, -1);
}

describe('objects of records', () => {
  it('in JSON are one object, or a list', async () => {
    const records = recordsOf([logEvent(), logEvent({ contentType: null, data: [] })]);
    const one = await writeObject('json', records.slice(0, 1));
    expect([one.contentType, one.extension]).toEqual(['application/json', 'json']);
    expect(Object.keys(JSON.parse(textOf(one))).join()).toBe(
      'url,bytes,contentType,reqType,id,sourceUri,inferenceService,namespace,component,endpoint,metadata,annotations,occurrenceTime,certName',
    );
    expect(JSON.parse(textOf(await writeObject('json', records)))).toMatchObject([
      { id: 'e-1', bytes: 'eyJpbnN0YW5jZXMiOltbMSwyXV19', annotations: null, metadata: {} },
      { id: 'e-1', bytes: '', contentType: '' },
    ]);
    expect(JSON.parse(String(writeJsonArray(records.slice(0, 1))))).toHaveLength(1);
  });

  it('say in JSON that certificates are not checked only when they are not', async () => {
    const skipping = await writeObject('json', recordsOf([logEvent()], { tlsSkipVerify: true }));
    expect(JSON.parse(textOf(skipping)).tlsSkipVerify).toBe(true);
  });

  it('in CSV have the columns of KServe, and then the time', async () => {
    const annotations = ['annotations', '{"a":"b, \\"c\\""}'];
    const event = logEvent({ attributes: ['id', 'a"b\nc,', 'time', '2026-11-21T18:00:00.000Z', ...annotations] });
    const { body, contentType, extension } = await writeObject('csv', recordsOf([event]));
    expect([contentType, extension]).toEqual(['text/csv', 'csv']);
    expect(Buffer.from(body).toString()).toBe(
      [
        'url,bytes,contentType,reqType,id,sourceUri,inferenceService,namespace,component,endpoint,metadata,annotations,certName,tlsSkipVerify,occurrenceTime\n',
        's3://logs/p,eyJpbnN0YW5jZXMiOltbMSwyXV19,application/json,org.kubeflow.serving.inference.request,"a""b\nc,",',
        'http://localhost:9081/,,,,,{},"{""a"":""b, \\""c\\""""}",ca.crt,false,2026-11-21T18:00:00.000Z\n',
      ].join(''),
    );
  });

  it('in Parquet have the same columns, all of them required text', async () => {
    const { body, contentType, extension } = await writeObject('parquet', recordsOf([logEvent(), logEvent()]));
    expect([contentType, extension]).toEqual(['application/vnd.apache.parquet', 'parquet']);
    const { schema, num_rows: rows } = parquetMetadata(bufferOf(body));
    expect(rows).toBe(2n);
    expect(schema.slice(1).map(({ name }) => name)).toEqual([...recordColumns]);
    for (const column of schema.slice(1)) {
      expect(column).toMatchObject({ type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' });
    }
  });

  it('say the same in every format, whatever events hold', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyLogEvent, { minLength: 1, maxLength: 5 }), async (events) => {
        const records = recordsOf(events);
        const rows = records.map((record) => recordColumns.map((column) => String(record[column]).toWellFormed()));
        const csv = readCsv(textOf(await writeObject('csv', records)));
        expect(csv.slice(1)).toEqual(rows);
        const { body } = await writeObject('parquet', records);
        const parquet = await parquetReadObjects({ file: bufferOf(body), parsers: { stringFromBytes } });
        expect(parquet.map((row) => recordColumns.map((column) => row[column]))).toEqual(rows);
        const json = [JSON.parse(textOf(await writeObject('json', records)))].flat();
        for (const [nth, event] of events.entries()) {
          expect(Buffer.from(json[nth].bytes, 'base64')).toEqual(Buffer.concat(event.data));
        }
      }),
      { numRuns: 60, seed },
    );
  });
});
