// The inspector's answers below /inspect/ on the operator's port: JSON, for its own page alone.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { BatchList, ExchangeDetail, ExchangeList, Replayed } from './api.ts';
import { inspectFolder, readQuestion } from './inspect-routes.ts';
import { refusalOf } from './own-site.ts';

export interface Inspected {
  exchanges(after: number): ExchangeList;
  batches(after: number): BatchList;
  /** Null: it made room, or was never there. */
  exchange(id: number): Promise<ExchangeDetail> | null;
  /** Null: the same. 'impossible': nothing kept that could be sent. Rejects when the agent could not be asked. */
  replay(id: number): Promise<Replayed | 'impossible' | null>;
}

export interface InspectApiOptions {
  readonly opsHost: string;
  readonly inspected: Inspected;
}

interface Answer {
  readonly status: number;
  readonly json: object;
  /** Methods, of a 405. */
  readonly allow?: string | undefined;
}

/** As Inspector.answer: false, without effect, for all that is not below /inspect/. */
export function openInspectApi({ opsHost, inspected }: InspectApiOptions) {
  return (request: IncomingMessage, response: ServerResponse): boolean => {
    const { url = '', method = '', headers } = request;
    if (!url.startsWith(inspectFolder)) return false;
    const refusal = refusalOf({ method, headers }, opsHost);
    if (refusal === null) void respond(request, response, inspected);
    else write(request, response, failed(403, refusal));
    return true;
  };
}

/** Never rejects: what fails is a 500 that says so. */
async function respond(request: IncomingMessage, response: ServerResponse, inspected: Inspected): Promise<void> {
  try {
    write(request, response, await answerOf(request, inspected));
  } catch (error) {
    if (response.headersSent) response.destroy();
    else write(request, response, failed(500, `the inspector failed: ${messageOf(error)}`));
  }
}

function answerOf({ method = '', url = '' }: IncomingMessage, inspected: Inspected): Answer | Promise<Answer> {
  const question = readQuestion(method, url);
  switch (question.kind) {
    case 'refused':
      return { ...failed(question.status, question.error), allow: question.allow };
    case 'exchanges':
      return { status: 200, json: inspected.exchanges(question.after) };
    case 'batches':
      return { status: 200, json: inspected.batches(question.after) };
    case 'exchange':
      return described(inspected, question.id);
    case 'replay':
      return replayed(inspected, question.id);
  }
}

async function described(inspected: Inspected, id: number): Promise<Answer> {
  const json = await inspected.exchange(id);
  return json === null ? gone(id) : { status: 200, json };
}

async function replayed(inspected: Inspected, id: number): Promise<Answer> {
  try {
    const outcome = await inspected.replay(id);
    if (outcome === null) return gone(id);
    if (outcome === 'impossible') return failed(409, `the request of exchange ${id} was not kept whole`);
    return { status: 200, json: outcome };
  } catch (error) {
    return failed(502, `it could not be sent once more: ${messageOf(error)}`);
  }
}

function gone(id: number): Answer {
  return failed(404, `exchange ${id} is not held: it made room for newer ones, or never was`);
}

function failed(status: number, error: string): Answer {
  return { status, json: { error } };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function write(request: IncomingMessage, response: ServerResponse, { status, json, allow }: Answer): void {
  const body = JSON.stringify(json);
  response.statusCode = status;
  response.setHeader('Content-Type', 'application/json');
  response.setHeader('Content-Length', Buffer.byteLength(body));
  response.setHeader('Cache-Control', 'no-store');
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('Cross-Origin-Resource-Policy', 'same-origin');
  if (allow !== undefined) response.setHeader('Allow', allow);
  // Nobody here reads a request body, so a connection that brings one is not kept; a page's empty POST brings none.
  const { 'content-length': length = '0', 'transfer-encoding': coding } = request.headers;
  if (length !== '0' || coding !== undefined) response.setHeader('Connection', 'close');
  response.end(body); // Node leaves the body out for HEAD
}
