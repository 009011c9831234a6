// What the delivery of events is measured against: a client that only writes requests made beforehand and waits for answers.
// argv: port of the sink, events, requests in flight on each of the 5 connections. Prints a Delivered as JSON.

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { inferJson } from '../payloads.ts';
import { CONNECTIONS, EVENT_BYTES, timed } from './delivered.ts';

const ANSWER_END = Buffer.from('\r\n\r\n');
const ATTRIBUTES = [
  'ce-specversion: 1.0',
  'ce-id: 0f8fad5b-d9cb-469f-a165-70867728950e',
  'ce-type: org.kubeflow.serving.inference.request',
  'ce-source: http://localhost:9081/',
  'ce-time: 2026-01-01T00:00:00.000Z',
  'ce-recordedtime: 2026-01-01T00:00:00.001Z',
  'ce-inferenceservicename: ',
  'ce-namespace: ',
  'ce-component: ',
  'ce-endpoint: ',
  'ce-metadata: {}',
  'ce-modelname: bench',
  'ce-path: /v2/models/bench/infer',
];

function requestBytes(port: number): Buffer {
  const fields = ['Content-Type: application/json', `Content-Length: ${EVENT_BYTES}`, ...ATTRIBUTES].join('\r\n');
  return Buffer.concat([
    Buffer.from(`POST / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n${fields}\r\n\r\n`),
    inferJson(EVENT_BYTES),
  ]);
}

/** Writes and waits until `events` are answered, over all sockets together. */
function deliver(sockets: readonly Socket[], request: Buffer, events: number, inFlight: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let [unsent, unanswered] = [events, events];
  for (const socket of sockets) {
    socket.removeAllListeners('data');
    socket.on('data', (chunk) => {
      let answers = 0;
      for (let at = chunk.indexOf(ANSWER_END); at >= 0; at = chunk.indexOf(ANSWER_END, at + 4)) answers++;
      unanswered -= answers;
      const next = Math.min(answers, unsent);
      unsent -= next;
      if (next > 0) write(socket, request, next);
      if (unanswered === 0) resolve();
    });
    write(socket, request, inFlight);
    unsent -= inFlight;
  }
  return promise;
}

function write(socket: Socket, request: Buffer, times: number): void {
  if (times === 1) socket.write(request);
  else socket.write(Buffer.concat(Array.from({ length: times }, () => request)));
}

const [port, events, inFlight] = process.argv.slice(2).map(Number) as [number, number, number];
const request = requestBytes(port);
const sockets = Array.from({ length: CONNECTIONS }, () => connect({ port, host: '127.0.0.1', noDelay: true }));
await Promise.all(sockets.map((socket) => once(socket, 'connect')));
await deliver(sockets, request, events, inFlight); // its code is compiled by then
process.stdout.write(JSON.stringify(await timed(events, () => deliver(sockets, request, events, inFlight))));
for (const socket of sockets) socket.destroy();
