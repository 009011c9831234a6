// Does undici hear the same in an answer's head? Over real sockets; where ours is stricter is said in a table.

import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';
import { Client, type Dispatcher } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readResponseHead as readFromList, readReason } from '../../../src/http/response-head.ts';
import { readResponseHead } from '../../../src/lanes/wire/response-head.ts';
import { seededRandom } from '../../support/random.ts';
import { seed } from '../../support/seed.ts';

interface Heard {
  readonly status: number;
  readonly reason: string | undefined;
  readonly fields: readonly string[];
  readonly contentLength: number | null;
  readonly chunked: boolean;
  readonly keepAlive: boolean;
}

const length = 'Content-Length: 0\r\n\r\n';
const ok = 'HTTP/1.1 200 OK\r\n';

/** What undici takes and ours refuses. No runtime that we know writes any of it. */
const stricter: readonly (readonly [what: string, text: string])[] = [
  ['HTTP/0.9 with a status line', `HTTP/0.9 200 OK\r\n${length}`],
  ['HTTP/2.0 in the form of HTTP/1', `HTTP/2.0 200 OK\r\n${length}`],
  ['an empty line in front of the head', `\r\n${ok}${length}`],
  ['line feeds in front of the head', `\n\n${ok}${length}`],
  ['NUL in the reason', `HTTP/1.1 200 O\0K\r\n${length}`],
  ['a control character in the reason', `HTTP/1.1 200 O\x01K\r\n${length}`],
  ['DEL in the reason', `HTTP/1.1 200 O\x7fK\r\n${length}`],
];
// Besides: undici counts names and values against 64 KiB, ours the whole head; and after HTTP/1.0 that says `keep-alive` with
// `close`, or with chunks, undici keeps the connection and ours does not.

let server: Server;
let answer = '';
const sockets = new Set<Socket>();

beforeAll(async () => {
  server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('data', () => socket.write(Buffer.from(answer, 'latin1')));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterAll(() => {
  server.close();
  for (const socket of sockets) socket.destroy();
});

/** Null: undici, or http/response-head.ts behind it, refuses the answer. */
async function askUndici(text: string): Promise<Heard | null> {
  answer = text.includes('hunked') ? `${text}0\r\n\r\n` : text;
  const client = new Client(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const before = sockets.size;
  try {
    const heard = await exchange(client);
    if (heard !== null) await exchange(client);
    return heard && { ...heard, keepAlive: sockets.size === before + 1 };
  } finally {
    await client.destroy();
  }
}

function exchange(client: Client): Promise<Omit<Heard, 'keepAlive'> | null> {
  return new Promise((resolve) => {
    let heard: Omit<Heard, 'keepAlive'> | null = null;
    const handler: Dispatcher.DispatchHandler = {
      onRequestStart: () => undefined,
      onResponseStart(controller, status, _headers, reason) {
        const raw = (controller.rawHeaders as unknown as Buffer[]).map((part) => part.toString('latin1'));
        const { headers, contentLength, chunked } = readFromList(raw);
        heard = { status, reason: readReason(reason), fields: headers.write([]), contentLength, chunked };
      },
      onResponseData: () => undefined,
      onResponseEnd: () => resolve(heard),
      onResponseError: () => resolve(null),
    };
    client.dispatch({ method: 'GET', path: '/' }, handler);
  });
}

function askOurs(text: string): Heard | null {
  const bytes = Buffer.from(text, 'latin1');
  try {
    const head = readResponseHead(bytes, 0, bytes.length);
    if (head === 'incomplete') throw new Error(`incomplete: ${JSON.stringify(text)}`);
    const { status, reason, headers, contentLength, chunked, keepAlive } = head;
    return { status, reason, fields: headers.write([]), contentLength, chunked, keepAlive };
  } catch (error) {
    if ((error as { code?: string }).code === 'UPSTREAM_PROTOCOL_ERROR') return null;
    throw error;
  }
}

describe('undici and ours hear the same in', () => {
  it.each([
    `${ok}Server: TritonServer\r\nContent-Type: application/json\r\n${length}`,
    `${ok}date: now\r\nserver: uvicorn\r\ncontent-type: application/json\r\nContent-Length: 0\r\nconnection: close\r\n\r\n`,
    `HTTP/1.1 200\r\n${length}`,
    `HTTP/1.1 200 \r\n${length}`,
    `HTTP/1.1 200  OK\t\r\n${length}`,
    `HTTP/1.1 200 caf\xe9\r\n${length}`,
    `HTTP/1.1 200 caf\xc3\xa9\r\n${length}`,
    `HTTP/1.1 600 ?\r\n${length}`,
    `HTTP/1.0 200 OK\r\n${length}`,
    `HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\n${length}`,
    `HTTP/1.0 200 OK\r\nProxy-Connection: keep-alive\r\n${length}`,
    `${ok}Proxy-Connection: close\r\n${length}`,
    `${ok}Connection: a , CLOSE \r\n${length}`,
    `${ok}Connection: closed\r\n${length}`,
    `${ok}Connection: keep-alive\r\nConnection: close\r\n${length}`,
    `${ok}Connection: X-Own\r\nx-own: 1\r\nKeep-Alive: timeout=5, max=10\r\n${length}`,
    `${ok}a:\r\nb: \t \r\nc:d\r\ne: \t f \t\r\ng: \xe9\xff\r\n${length}`,
    `${ok}transfer-encoding:\tChunked\r\n\r\n`,
    `${ok}Content-Length:000\r\n\r\n`,
  ])('%j', async (text) => {
    const ours = askOurs(text);
    expect(ours).not.toBeNull();
    expect(await askUndici(text)).toEqual(ours);
  });
});

describe('undici and ours', () => {
  it.each(stricter)('differ about %s', async (_what, text) => {
    expect(askOurs(text)).toBeNull();
    expect(await askUndici(text)).toMatchObject({ status: 200 });
  });

  const lines = ['Server: x', 'a:b', 'Connection: keep-alive', 'Keep-Alive: timeout=5', 'Set-Cookie: a="b"; c'];
  const oddities = [
    '\r',
    '\n',
    '\r\n',
    ' ',
    '\t',
    ':',
    ',',
    '\0',
    '\x7f',
    '\xe9',
    '@',
    'x',
    '\r\n ',
    'Content-Length: 0\r\n',
  ];

  it('agree about 150 heads that are a little wrong: what ours takes undici hears the same, what it refuses is refused', async () => {
    const random = seededRandom(seed);
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
    for (let i = 0; i < 150; i++) {
      const fields = `${pick(lines)}\r\n${pick(lines)}\r\nContent-Length: 0\r\n`;
      const at = Math.floor(random() * fields.length);
      const text = `${ok}${fields.slice(0, at)}${pick(oddities)}${fields.slice(at + (random() < 0.5 ? 1 : 0))}\r\n`;
      const ours = askOurs(text);
      if (ours !== null && ours.contentLength === null) continue; // undici would wait for the connection's end
      expect(await askUndici(text), JSON.stringify(text)).toEqual(ours);
    }
  });
});
