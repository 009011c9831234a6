// The runtime of the batch scenarios: one model whose call takes t(rows) = a + c * rows on k slots, V1 and V2 REST.
// It refuses what a strict runtime refuses, and each row that it answers repeats its input. argv: port, StubOptions as JSON.

import { createServer, type Socket } from 'node:net';
import { MessageReader } from '../batching/message-reader.ts';
import {
  MODEL,
  MODEL_PATH,
  modelConfig,
  modelMetadata,
  type StubCounts,
  type StubOptions,
} from '../batching/stub-model.ts';
import { answerV1, answerV2, type StubAnswer } from './batch-answers.ts';
import { Slots } from './slots.ts';

const options = JSON.parse(process.argv[3]!) as StubOptions;
const slots = new Slots(options.slots);
const counted = { calls: 0, rows: 0, refused: 0, serviceMs: new Map<number, { calls: number; sumMs: number }>() };

const pages = new Map<string, string>([
  ['/v2/health/live', '{"live":true}'],
  ['/v2/health/ready', '{"ready":true}'],
  ['/v2', '{"name":"stub","version":"1","extensions":["binary_tensor_data"]}'],
  [MODEL_PATH, modelMetadata(options)],
  [`${MODEL_PATH}/ready`, '{"ready":true}'],
  [`/v1/models/${MODEL}`, `{"name":"${MODEL}","ready":true}`],
]);
if (options.tellsConfig) pages.set(`${MODEL_PATH}/config`, modelConfig(options));

function serve(socket: Socket, head: string, body: Buffer): void {
  const path = head.slice(head.indexOf(' ') + 1, head.indexOf(' ', head.indexOf(' ') + 1));
  const page = path === '/stub/counts' ? takeCounts() : pages.get(path);
  if (path === `/v1/models/${MODEL}:predict`) infer(socket, answerV1(body));
  else if (path === `${MODEL_PATH}/infer`) infer(socket, answerV2(body, headerBytesOf(head), options));
  else if (page === undefined) respond(socket, 404, '{"error":"no such page"}');
  else respond(socket, 200, page);
}

function infer(socket: Socket, answer: StubAnswer | null): void {
  if (answer === null || answer.rows === 0 || answer.rows > options.maxRows) {
    counted.refused++;
    const why = answer === null ? 'not a request of this model' : `${answer.rows} rows`;
    respond(socket, 400, `{"error":"${why}"}`);
    return;
  }
  const { rows, body, headerBytes } = answer;
  slots.run({
    durationMs: options.aMs + options.cMs * rows,
    done(serviceMs) {
      count(rows, serviceMs);
      respond(socket, 200, body, headerBytes);
    },
  });
}

function count(rows: number, serviceMs: number): void {
  counted.calls++;
  counted.rows += rows;
  const of = counted.serviceMs.get(rows) ?? { calls: 0, sumMs: 0 };
  of.calls++;
  of.sumMs += serviceMs;
  counted.serviceMs.set(rows, of);
}

function takeCounts(): string {
  const counts: StubCounts = { ...counted, serviceMs: Object.fromEntries(counted.serviceMs) };
  const text = JSON.stringify(counts);
  counted.serviceMs.clear();
  Object.assign(counted, { calls: 0, rows: 0, refused: 0 });
  return text;
}

function headerBytesOf(head: string): number | null {
  const match = /\r\ninference-header-content-length: *(\d+)/i.exec(head);
  return match === null ? null : Number(match[1]);
}

function respond(socket: Socket, status: number, body: Buffer | string, headerBytes: number | null = null): void {
  const type = headerBytes === null ? 'application/json' : 'application/octet-stream';
  const more = headerBytes === null ? '' : `Inference-Header-Content-Length: ${headerBytes}\r\n`;
  const head = `HTTP/1.1 ${status} ${status === 200 ? 'OK' : 'Refused'}\r\nContent-Type: ${type}\r\n${more}Content-Length: ${body.length}\r\n\r\n`;
  if (typeof body === 'string') socket.write(head + body, 'latin1');
  else socket.write(Buffer.concat([Buffer.from(head, 'latin1'), body]));
}

createServer({ noDelay: true }, (socket) => {
  const reader = new MessageReader((head, body) => serve(socket, head, body));
  socket.on('data', (chunk) => reader.read(chunk));
  socket.on('error', () => socket.destroy()); // a client may leave at any time
}).listen(Number(process.argv[2]), '127.0.0.1');
