// What the events of an exchange say: the attributes of KServe's agent, and what else its consumers ask for.
import type { LogAttributes } from '../../config/slices.ts';
import type { BatchNote, ProxyRequest } from '../../http/exchange.ts';
import { readModelName } from '../../model-label.ts';
import type { CapturedBody } from './captured-body.ts';
import { type CombinedPart, writeCombined } from './combined-payload.ts';
import { EventTimes } from './event-time.ts';
import { readExchangeId } from './exchange-id.ts';
import { grpcTypeOf } from './grpc-message.ts';
import { cutText, readHeaderText, toAttributeText } from './header-text.ts';
import { type Attributes, type EventKind, eventKinds, eventTypes, type LogEvent } from './log-event.ts';
import { type LoggedAnswer, type MessageNotes, noteAnswer, noteMessage } from './message-notes.ts';
import { openMetadataReader } from './metadata.ts';

export interface EventWriter {
  /** Once an exchange: what its events have in common. `arrivedMs`: epoch, when the request's head came. */
  open(request: ProxyRequest, arrivedMs: number): ExchangeEvents;
}

/** The events of one exchange. Nothing here throws, whatever clients and runtimes sent. */
export interface ExchangeEvents {
  readonly id: string;
  request(body: CapturedBody): LogEvent;
  response(answer: LoggedAnswer, body: CapturedBody): LogEvent;
  /** --log-combined. `answer` and its body are null when none came, or when it is not logged. */
  exchange(requestBody: CapturedBody, answer: LoggedAnswer | null, responseBody: CapturedBody | null): LogEvent;
}

export interface EventWriterOptions {
  /** Events of answers carry their status. */
  readonly allResponses: boolean;
  /** Epoch; a test has its own. */
  readonly now?: () => number;
}

export function openEventWriter(config: LogAttributes, { allResponses, now }: EventWriterOptions): EventWriter {
  const frame: Frame = {
    fixed: Object.fromEntries(eventKinds.map((kind) => [kind, fixedAttributes(config, kind)])) as Frame['fixed'],
    config,
    allResponses,
    now: now ?? Date.now,
    times: new EventTimes(),
    readMetadata: openMetadataReader(config.metadataHeaders),
  };
  return { open: (request, arrivedMs) => new WrittenEvents(frame, request, arrivedMs) };
}

/** What all exchanges share. */
interface Frame {
  readonly fixed: Readonly<Record<EventKind, Attributes>>;
  readonly config: LogAttributes;
  readonly allResponses: boolean;
  readonly now: () => number;
  readonly times: EventTimes;
  readonly readMetadata: ReturnType<typeof openMetadataReader>;
}

/** An empty name of a service is an empty attribute, as KServe's agent sends it. */
function fixedAttributes(config: LogAttributes, kind: EventKind): Attributes {
  const fixed = ['specversion', '1.0', 'type', eventTypes[kind], 'source', config.source];
  fixed.push('inferenceservicename', config.inferenceService, 'namespace', config.namespace);
  fixed.push('component', config.component, 'endpoint', config.endpoint);
  if (Object.keys(config.annotations).length > 0) fixed.push('annotations', JSON.stringify(config.annotations));
  for (const [name, value] of Object.entries(config.more)) fixed.push(name, value);
  return Object.freeze(fixed);
}

class WrittenEvents implements ExchangeEvents {
  readonly #frame: Frame;
  readonly #request: ProxyRequest;
  readonly #arrivedMs: number;
  #id: string | null = null;
  #common: readonly string[] | null = null;

  constructor(frame: Frame, request: ProxyRequest, arrivedMs: number) {
    this.#frame = frame;
    this.#request = request;
    this.#arrivedMs = arrivedMs;
  }

  /** Made when somebody asks: most exchanges may be outside the sample. */
  get id(): string {
    this.#id ??= readExchangeId(this.#request.headers);
    return this.#id;
  }

  request(body: CapturedBody): LogEvent {
    const notes = noteMessage(this.#request.headers, body);
    const attributes = this.#attributes('request', this.#arrivedMs);
    append(attributes, notes.attributes);
    return this.#event('request', attributes, payloadOf(notes, body));
  }

  response(answer: LoggedAnswer, body: CapturedBody): LogEvent {
    const notes = noteAnswer(answer, body);
    const attributes = this.#attributes('response', answer.answeredMs);
    this.#addAnswer(answer, attributes);
    append(attributes, notes.attributes);
    return this.#event('response', attributes, payloadOf(notes, body));
  }

  exchange(requestBody: CapturedBody, answer: LoggedAnswer | null, responseBody: CapturedBody | null): LogEvent {
    const asked = { notes: noteMessage(this.#request.headers, requestBody), body: requestBody, status: null };
    const body = responseBody ?? nothing;
    const answered = answer === null ? null : { notes: noteAnswer(answer, body), body, status: answer.status };
    const attributes = this.#attributes('exchange', this.#arrivedMs);
    if (answer !== null) this.#addAnswer(answer, attributes);
    noteParts(asked, answered, attributes);
    const data = writeCombined(asked, answered);
    let dataBytes = 0;
    for (const { length } of data) dataBytes += length;
    return this.#event('exchange', attributes, {
      contentType: 'application/json',
      contentEncoding: null,
      data,
      dataBytes,
    });
  }

  #event(kind: EventKind, attributes: string[], { contentType, contentEncoding, data, dataBytes }: Payload): LogEvent {
    return { kind, fixed: this.#frame.fixed[kind], attributes, contentType, contentEncoding, data, dataBytes };
  }

  /** What every event has, in a list of its own. */
  #attributes(kind: EventKind, happenedMs: number): string[] {
    const { times, now, config } = this.#frame;
    const { id } = this;
    const distinct = config.distinctIds && kind !== 'exchange';
    const time = times.write(happenedMs);
    const attributes = ['id', distinct ? `${id}-${kind}` : id, 'time', time, 'recordedtime', times.write(now())];
    if (distinct) attributes.push('exchangeid', id);
    this.#common ??= this.#commonAttributes();
    append(attributes, this.#common);
    return attributes;
  }

  /** Of the request, on all events of the exchange. */
  #commonAttributes(): readonly string[] {
    const { config, readMetadata } = this.#frame;
    const request = this.#request;
    const common = ['metadata', readMetadata(request)];
    const grpc = grpcTypeOf(request.headers.get('content-type')) !== null;
    if (!grpc && !config.modelAttributes) return common;
    const path = readHeaderText(withoutQuery(request.path));
    const pathText = toAttributeText(path);
    if (grpc) common.push('subject', pathText);
    if (!config.modelAttributes) return common;
    const model = readModelName(path);
    // A part of a path that was cut would hold all of it.
    if (model !== null)
      common.push('modelname', toAttributeText(pathText === path ? model : cutText(model, model.length)));
    common.push('path', pathText);
    return common;
  }

  #addAnswer({ status, batch }: LoggedAnswer, into: string[]): void {
    if (this.#frame.allResponses) into.push('statuscode', String(status));
    if (batch !== undefined) noteBatch(batch, into);
  }
}

type Payload = Pick<LogEvent, 'contentType' | 'contentEncoding' | 'data' | 'dataBytes'>;

const nothing: CapturedBody = { data: [], bytes: 0, totalBytes: 0, broken: false, redacted: 'no' };

function payloadOf({ contentType, contentEncoding }: MessageNotes, { data, bytes }: CapturedBody): Payload {
  return { contentType, contentEncoding, data, dataBytes: bytes };
}

/** Faster than a spread: lists are short, and events many. */
function append(into: string[], from: readonly string[]): void {
  for (const text of from) into.push(text);
}

function noteBatch({ id, requests, rows }: BatchNote, into: string[]): void {
  into.push('batchid', id, 'batchsize', String(requests), 'batchrows', String(rows));
}

/** What a consumer may want to know without reading the payload: is all of it there? */
function noteParts(asked: CombinedPart, answered: CombinedPart | null, into: string[]): void {
  const parts = answered === null ? [asked] : [asked, answered];
  if (parts.some(({ notes }) => notes.attributes.includes('truncated'))) into.push('truncated', 'true');
  if (parts.some(({ body }) => body.broken)) into.push('incomplete', 'true');
  if (parts.every(({ body }) => body.redacted === 'no')) return;
  into.push('redacted', parts.some(({ body }) => body.redacted === 'removed') ? 'removed' : 'true');
}

/** A query may carry keys. */
function withoutQuery(path: string): string {
  const mark = path.indexOf('?');
  return mark === -1 ? path : cutText(path, mark);
}
