// A raw runtime that says what it answers request by request, and counts the requests that it was sent.
import type { Socket } from 'node:net';
import { type RawRuntime, rawRuntime } from './raw-runtime.ts';

export interface SeenRequest {
  readonly text: string; // head and body as sent
  readonly index: number; // over all connections, from 0
  readonly onConnection: number; // the same for its connection only
  readonly connection: number; // which one, from 0
}

export interface ScriptedRuntime extends RawRuntime {
  readonly requests: readonly SeenRequest[];
}

/** `answer` is called once for each request whose head and Content-Length body are complete. */
export async function scriptedRuntime(
  answer: (socket: Socket, request: SeenRequest) => void,
): Promise<ScriptedRuntime> {
  const requests: SeenRequest[] = [];
  const taken: { bytes: number; count: number }[] = []; // by connection
  const runtime: RawRuntime = await rawRuntime((connection) => {
    const which = runtime.connections.indexOf(connection);
    const state = taken[which] ?? { bytes: 0, count: 0 };
    taken[which] = state;
    for (;;) {
      const text = firstRequest(connection.received().slice(state.bytes));
      if (text === null) return;
      state.bytes += text.length;
      const request = { text, index: requests.length, onConnection: state.count++, connection: which };
      requests.push(request);
      answer(connection.socket, request);
    }
  });
  return { ...runtime, requests };
}

function firstRequest(text: string): string | null {
  const headEnd = text.indexOf('\r\n\r\n') + 4;
  if (headEnd < 4) return null;
  const length = Number(/\r\ncontent-length: *(\d+)/i.exec(text.slice(0, headEnd))?.[1] ?? 0);
  return text.length < headEnd + length ? null : text.slice(0, headEnd + length);
}

/** A small complete answer. */
export function ok(body: string, extraHead = ''): string {
  return `HTTP/1.1 200 OK\r\n${extraHead}Content-Length: ${Buffer.byteLength(body, 'latin1')}\r\n\r\n${body}`;
}

/** A request with a small body, for a client that sends bytes as they are. */
export function infer(body = '{"x":1}', extraHead = ''): string {
  return `POST /v2/models/m/infer HTTP/1.1\r\nHost: h\r\n${extraHead}Content-Length: ${body.length}\r\n\r\n${body}`;
}

/** The first complete message of `received`: its head and its Content-Length body; null when it is not there yet. */
export function firstAnswer(received: string): { status: number; head: string; body: string; rest: string } | null {
  const headEnd = received.indexOf('\r\n\r\n') + 4;
  if (headEnd < 4) return null;
  const head = received.slice(0, headEnd);
  const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? Number.NaN);
  if (Number.isNaN(length) || received.length < headEnd + length) return null;
  const end = headEnd + length;
  return { status: Number(head.slice(9, 12)), head, body: received.slice(headEnd, end), rest: received.slice(end) };
}
