// WHICH requests may share one call: those with the same key (protocol page 8.2). What one request must be like stands in v2/.
import { createHash } from 'node:crypto';
import type { ProxyRequest } from '../http/exchange.ts';
import type { InferencePath } from '../v2/infer-path.ts';
import type { InferInput, InferRequest, Parameters, RequestedOutput } from '../v2/infer-request.ts';
import type { PredictRequest } from '../v2/predict-request.ts';
import type { Content } from './content.ts';
import { joinFields } from './joined-fields.ts';

export interface KeyFacts {
  readonly request: ProxyRequest;
  readonly path: InferencePath;
  /** Of the headers that count (key-headers.ts). */
  readonly headersKey: string;
  readonly content: Content;
}

/** Longer keys are hashed: what a client sends must not stay in memory for as long as its key does. */
const maxKeyLength = 512;

/**
 * Equal for two requests exactly if the runtime may see them as one: the same place (protocol, host, model, version, query), the
 * same headers that count, the same signature.
 */
export function batchKey({ request, path, headersKey, content }: KeyFacts): string {
  const { model, version, label, query } = path;
  const versionField = version === null ? '' : `v${version}`; // no version is not version 1
  const labelField = label === null ? '' : `l${label}`;
  const host = request.authority.toLowerCase();
  const place = [request.protocol, host, path.protocol, model, versionField, labelField, query, headersKey];
  const signature = content.protocol === 'v1' ? predictSignature(content.request) : inferSignature(content.request);
  const key = joinFields([...place, contentType(request, content), ...signature]);
  return key.length <= maxKeyLength ? key : createHash('sha256').update(key, 'utf8').digest('base64');
}

/**
 * The Content-Type that a merged call has, too. Binary tensors have one of their own (tritonclient sends none); JSON without
 * any is called JSON, since servers on FastAPI read bytes otherwise; whatever else somebody says, a runtime may care about.
 */
export function contentType(request: ProxyRequest, content: Content): string {
  if (content.protocol === 'v2' && content.request.inputs.some(isBinary)) return 'application/octet-stream';
  const sent = request.headers.get('content-type');
  return sent === undefined || plainJson.test(sent) ? 'application/json' : sent;
}

/** JSON is UTF-8 (RFC 8259 8.1); any other parameter may mean something to the runtime. */
const plainJson = /^application\/json\s*(;\s*charset="?utf-8"?\s*)?$/i;

/** Order of inputs and outputs does not matter: they are joined by name. */
function inferSignature({ inputs, outputs, parameters }: InferRequest): string[] {
  const wanted = outputs === null ? 'all' : joinFields(outputs.map(outputField).sort());
  return [joinFields(inputs.map(inputField).sort()), wanted, joinParameters(parameters)];
}

function inputField({ name, datatype, shape, parameters, data }: InferInput): string {
  return joinFields([name, datatype, shape.slice(1).join(','), data.encoding, joinParameters(parameters)]);
}

function outputField({ name, parameters }: RequestedOutput): string {
  return joinFields([name, joinParameters(parameters)]);
}

/** Values as sent: `1` and `1.0` are an integer and a float to Triton. */
function joinParameters(parameters: Parameters): string {
  if (parameters.size === 0) return '';
  return joinFields([...parameters].map(([name, { value }]) => joinFields([name, value])).sort());
}

function predictSignature({ rest }: PredictRequest): string[] {
  return [...rest].map(([name, value]) => joinFields([name, value])).sort();
}

function isBinary({ data }: InferInput): boolean {
  return data.encoding === 'binary';
}
