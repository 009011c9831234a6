// Does node:http read the same out of a chunked body? Over real sockets; where ours is stricter is said in a table.
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ChunkError, ChunkReader } from '../../../src/lanes/wire/chunk-reader.ts';
import { seededRandom } from '../../support/random.ts';
import { seed } from '../../support/seed.ts';

type Read = { readonly body: string; readonly trailers: readonly string[] };
type Verdict = Read | 'refused' | 'unfinished';

/** What node:http takes and ours refuses: nothing that a client or a runtime is known to write. */
const stricter: readonly (readonly [what: string, text: string, reason: string])[] = [
  ['an extension without a name', '3;=b\r\nabc\r\n0\r\n\r\n', 'an extension that is not well-formed'],
  ['an extension that is empty', '3;;a\r\nabc\r\n0\r\n\r\n', 'an extension that is not well-formed'],
  ['no value behind the equals sign', '3;a=\r\nabc\r\n0\r\n\r\n', 'an extension that is not well-formed'],
  ['a token that goes on as a quoted string', '3;a=b"c"\r\nabc\r\n0\r\n\r\n', 'an extension that is not well-formed'],
  // node:http counts names and values alone
  ['16 KiB of extensions and their separators', `3;a=${'b'.repeat(16_383)}\r\nabc\r\n0\r\n\r\n`, 'extensions too long'],
];
const stricterReasons = new Set(stricter.map(([, , reason]) => reason));

let server: Server;
const waiting = new Map<string, (verdict: Verdict) => void>(); // by the client's port

beforeAll(async () => {
  server = createServer((request, response) => void answer(request).then(() => response.end()));
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    waiting.get(String(socket.remotePort))?.(error.code === 'HPE_INVALID_EOF_STATE' ? 'unfinished' : 'refused');
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

async function answer(request: IncomingMessage): Promise<void> {
  let body = '';
  request.setEncoding('latin1');
  try {
    for await (const chunk of request) body += chunk;
  } catch {
    return; // clientError told
  }
  waiting.get(String(request.socket.remotePort))?.({ body, trailers: request.rawTrailers });
}

/** `text` and then the end of the connection. */
async function askNode(text: string): Promise<Verdict> {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.on('error', () => undefined).resume();
  await new Promise<void>((resolve) => socket.once('connect', resolve));
  const port = String(socket.localPort);
  const verdict = await new Promise<Verdict>((resolve) => {
    waiting.set(port, resolve);
    socket.end(Buffer.from(`POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${text}`, 'latin1'));
  });
  waiting.delete(port);
  socket.destroy();
  return verdict;
}

function askOurs(text: string): { verdict: Verdict; stop: number; reason: string | null } {
  const bytes = Buffer.from(text, 'latin1');
  const reader = new ChunkReader({ maxTrailerBytes: 16_384 });
  let body = '';
  try {
    const stop = reader.read(bytes, 0, bytes.length, (chunk) => {
      body += chunk.toString('latin1');
    });
    return { verdict: reader.done ? { body, trailers: reader.trailers } : 'unfinished', stop, reason: null };
  } catch (error) {
    if (error instanceof ChunkError) return { verdict: 'refused', stop: 0, reason: error.reason };
    throw error;
  }
}

const seeds = [
  '3\r\nabc\r\n0\r\n\r\n',
  '1\r\na\r\n00A\r\n0123456789\r\n0\r\n\r\n',
  '3;a;b=c;d="e f\\""\r\nabc\r\n0;x\r\n\r\n',
  '2\r\nab\r\n0\r\nT: x\r\nU: y z\t\r\nV:\r\n\r\n',
];
const oddities = [
  '\r',
  '\n',
  '\r\n',
  ' ',
  '\t',
  ';',
  '=',
  '"',
  '\\',
  ':',
  '0',
  'f',
  'g',
  '-',
  '+',
  '\0',
  '\x7f',
  '\xe9',
  ',',
  '\r\n ',
];

function mutate(random: () => number): string {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  let text = pick(seeds);
  for (let times = 1 + Math.floor(random() * 2); times > 0; times--) {
    const at = Math.floor(random() * (text.length + 1));
    const removed = random() < 0.5 ? 1 : 0;
    text = text.slice(0, at) + (random() < 0.8 ? pick(oddities) : '') + text.slice(at + removed);
  }
  return text;
}

describe('node:http and ours', () => {
  it.each(seeds)('read the same out of %j, and nothing out of a part of it', async (text) => {
    expect(await askNode(text)).toEqual(askOurs(text).verdict);
    for (let end = 0; end < text.length; end += 3) {
      expect(await askNode(text.slice(0, end)), `cut at ${end}`).toEqual(askOurs(text.slice(0, end)).verdict);
    }
  });

  it('agree about 300 bodies that are a little wrong, but for what the table says', async () => {
    const random = seededRandom(seed);
    for (let i = 0; i < 300; i++) {
      const text = mutate(random);
      const { verdict, stop, reason } = askOurs(text);
      const theirs = await askNode(typeof verdict === 'object' ? text.slice(0, stop) : text);
      if (verdict === 'refused' && theirs !== 'refused') {
        expect(stricterReasons, `${JSON.stringify(text)}: node:http has ${JSON.stringify(theirs)}`).toContain(reason);
      } else {
        expect(verdict, JSON.stringify(text)).toEqual(theirs);
      }
    }
  });

  it.each(stricter)('differ about %s', async (_what, text, reason) => {
    expect(await askNode(text)).toMatchObject({ body: 'abc' });
    expect(askOurs(text)).toMatchObject({ verdict: 'refused', reason });
  });
});
