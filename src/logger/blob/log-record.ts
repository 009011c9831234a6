// An event as KServe's agent keeps it in an object (its LogRequest): the same names, for JSON and for tables.
import type { BlobConfig } from '../../config/slices.ts';
import { attributeOf } from '../event/log-event.ts';
import { readGoUrl } from './go-url.ts';
import type { KeptEvent } from './kept-event.ts';

/** What all records of a sink have in common. */
export interface RecordFrame extends Pick<BlobConfig, 'certName' | 'tlsSkipVerify'> {
  /** Of the store, without secrets. */
  readonly url: string;
}

/** In the order of KServe's fields; `occurrenceTime` is ours in tables, where its agent leaves it out. */
export interface LogRecord {
  readonly url: string;
  readonly bytes: string; // base64
  readonly contentType: string; // of the payload
  readonly reqType: string; // `type` of the CloudEvent
  readonly id: string;
  readonly sourceUri: string;
  readonly inferenceService: string;
  readonly namespace: string;
  readonly component: string;
  readonly endpoint: string;
  readonly metadata: string; // JSON object of lists
  readonly annotations: string; // JSON object; '' = there are none
  readonly certName: string;
  readonly tlsSkipVerify: boolean;
  readonly occurrenceTime: string; // RFC 3339
}

export function toRecord(event: KeptEvent, { url, certName, tlsSkipVerify }: RecordFrame): LogRecord {
  const text = (name: string): string => attributeOf(event, name) ?? '';
  return {
    url,
    bytes: event.data.toString('base64'),
    contentType: event.contentType ?? '',
    reqType: text('type'),
    id: text('id'),
    sourceUri: text('source'),
    inferenceService: text('inferenceservicename'),
    namespace: text('namespace'),
    component: text('component'),
    endpoint: text('endpoint'),
    metadata: text('metadata') || '{}',
    annotations: text('annotations'),
    certName,
    tlsSkipVerify,
    occurrenceTime: text('time'),
  };
}

/** The URLs as objects, and `annotations` null when there are none, as Go writes them. */
export function toJson(record: LogRecord): string {
  const { url, sourceUri, metadata, annotations, certName, tlsSkipVerify, occurrenceTime, ...texts } = record;
  return JSON.stringify({
    url: readGoUrl(url),
    bytes: texts.bytes,
    contentType: texts.contentType,
    reqType: texts.reqType,
    id: texts.id,
    sourceUri: readGoUrl(sourceUri),
    inferenceService: texts.inferenceService,
    namespace: texts.namespace,
    component: texts.component,
    endpoint: texts.endpoint,
    metadata: JSON.parse(metadata),
    annotations: annotations === '' ? null : JSON.parse(annotations),
    occurrenceTime,
    certName,
    ...(tlsSkipVerify ? { tlsSkipVerify } : {}),
  });
}
