// From a request to what can be merged: its body whole, decoded and read; or the reason why it goes on alone.
import { Readable } from 'node:stream';
import { OutriggerError } from '../errors.ts';
import { decodeBody } from '../http/content-coding.ts';
import type { ProxyRequest } from '../http/exchange.ts';
import type { InferencePath } from '../v2/infer-path.ts';
import { readInferRequest } from '../v2/read-infer-request.ts';
import { readPredictRequest } from '../v2/read-predict-request.ts';
import { collectBody } from './body/collect-body.ts';
import type { Content } from './content.ts';
import type { PassReason } from './pass-reason.ts';
import type { Hold } from './waiting-room.ts';

/** A body that takes longer is not waited for: it would keep its place in memory from others, at its client's pace. */
const patienceMs = 2_000;
/** Nobody who means well sends what grows to more than this (Triton's own limit is a quarter of it). */
const bombBytes = 256 * 1024 * 1024;

export interface Reading {
  /** The one to go on with, whatever becomes of it: as it came, but a body that was read is whole now. */
  readonly request: ProxyRequest;
  readonly outcome: Content | PassReason;
}

export interface ReadingOptions {
  readonly path: InferencePath;
  /** Larger bodies are not merged; as sent, and decoded. */
  readonly maxBodyBytes: number;
  /** Grows by what is read; the caller frees it. */
  readonly hold: Hold;
}

/** A value when the body is here and plain, else a promise. @throws OutriggerError OVERLOADED, REQUEST_BODY_TOO_LARGE, CLIENT_GONE */
export function readRequest(request: ProxyRequest, options: ReadingOptions): Reading | Promise<Reading> {
  const { body, contentLength, expectContinue } = request;
  if (expectContinue) return { request, outcome: 'expect_continue' };
  const bytes = body instanceof Uint8Array ? body.length : contentLength;
  if (bytes !== null && bytes > options.maxBodyBytes) return { request, outcome: 'body_too_large' };
  if (!(body instanceof Uint8Array)) return collect(request, options);
  options.hold.mustAdd(body.length);
  return readCoded(request, body, options);
}

async function collect(request: ProxyRequest, options: ReadingOptions): Promise<Reading> {
  const { contentLength, trailers } = request;
  const { hold, maxBodyBytes } = options;
  const bounds = { contentLength, maxBytes: maxBodyBytes, reserve: hold.add, allocate: hold.allocate, patienceMs };
  const collected = await collectBody(request.body, bounds);
  switch (collected.kind) {
    case 'refused':
      throw hold.noRoom();
    case 'too_large':
      return { request: { ...request, body: collected.body }, outcome: 'body_too_large' };
    case 'too_slow':
      return { request: { ...request, body: collected.body }, outcome: 'slow_upload' };
    case 'bytes': {
      const { bytes } = collected;
      if (trailers?.fields) return { request: { ...request, body: Readable.from([bytes]) }, outcome: 'trailers' };
      return readCoded({ ...request, body: bytes, contentLength: bytes.length, trailers: null }, bytes, options);
    }
  }
}

function readCoded(request: ProxyRequest, body: Uint8Array, options: ReadingOptions): Reading | Promise<Reading> {
  const coding = request.headers.get('content-encoding');
  if (coding === undefined) return { request, outcome: readContent(request, body, options.path) };
  return decode(request, { body, coding, options });
}

async function decode(
  request: ProxyRequest,
  { body, coding, options }: { body: Uint8Array; coding: string; options: ReadingOptions },
): Promise<Reading> {
  const { hold, maxBodyBytes } = options;
  const decoded = await decodeBody(body, coding, { maxBytes: maxBodyBytes, bombBytes, reserve: hold.add });
  switch (decoded.kind) {
    case 'bomb':
      throw new OutriggerError('REQUEST_BODY_TOO_LARGE', `the body exceeds ${bombBytes} bytes when it is decoded`);
    case 'refused':
      throw hold.noRoom();
    case 'too_large':
      return { request, outcome: 'body_too_large' };
    case 'unsupported':
    case 'broken':
      return { request, outcome: 'encoding' };
    case 'bytes':
      return { request, outcome: readContent(request, decoded.bytes, options.path) };
  }
}

function readContent(request: ProxyRequest, body: Uint8Array, { protocol }: InferencePath): Content | PassReason {
  if (protocol === 'v1') {
    const read = readPredictRequest(body);
    return typeof read === 'string' ? read : { protocol, request: read };
  }
  const read = readInferRequest(body, request.headers.get('inference-header-content-length'));
  return typeof read === 'string' ? read : { protocol, request: read };
}
