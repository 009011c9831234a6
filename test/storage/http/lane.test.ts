// One lane against servers that write byte by byte: what the receiver hears, and how many connections the server sees.
import { createHash, randomFillSync } from 'node:crypto';
import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { HttpLane } from '../../../src/storage/http/http-client.ts';
import { version } from '../../../src/version.ts';
import { eventually } from '../../support/eventually.ts';
import { exchange, get, openLane } from './exchanges.ts';
import { type Script, ScriptedStore } from './scripted-store.ts';

const hello = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello';
const answerHello: Script = (socket) => socket.write(hello);

/** Writes one slice after the other, each when the one before has left. */
function drip(socket: Socket, bytes: Buffer, sliceBytes: (at: number) => number, at = 0): void {
  if (at >= bytes.length) return;
  const next = at + sliceBytes(at);
  socket.write(bytes.subarray(at, next), () => setImmediate(() => drip(socket, bytes, sliceBytes, next)));
}

describe('a lane', () => {
  it('sends the request as it was signed, with nothing but what every store understands', async () => {
    await using store = await ScriptedStore.open(answerHello);
    using lane = openLane();
    const url = new URL(`http://us%40er:p%3Aw@127.0.0.1:${store.port}/a%20b/c?X-Sig=1%2F2&e#no`);
    const headers = [
      ['X-Amz-Date', '2026'],
      ['host', 'evil'],
      ['Transfer-Encoding', 'chunked'],
    ] as const;
    await exchange(lane, get(url, { headers, range: { first: 5, last: 9 } }));
    expect(store.asked[0]?.text.split('\r\n')).toEqual([
      'GET /a%20b/c?X-Sig=1%2F2&e HTTP/1.1',
      `Host: 127.0.0.1:${store.port}`,
      'Connection: keep-alive',
      `User-Agent: outrigger/${version}`,
      'Accept: */*',
      'Accept-Encoding: identity',
      `Authorization: Basic ${Buffer.from('us@er:p:w').toString('base64')}`,
      'Range: bytes=5-9',
      'X-Amz-Date: 2026',
      '',
      '',
    ]);
  });

  it('leaves what the request says of agent, encoding and authorization as it is', async () => {
    await using store = await ScriptedStore.open(answerHello);
    using lane = openLane();
    const url = new URL(`http://user@127.0.0.1:${store.port}/`);
    const headers = [
      ['user-agent', 'me'],
      ['Accept-Encoding', 'gzip'],
      ['Authorization', 'Bearer t'],
    ] as const;
    await exchange(lane, get(url, { headers }));
    const text = store.asked[0]?.text ?? '';
    for (const [name, value] of headers)
      expect(text.match(new RegExp(`${name}:.*`, 'gi'))).toEqual([`${name}: ${value}`]);
  });

  it.each([
    ['X-A', 'a\r\nInjected: 1'],
    ['X-A', 'a\nb'],
    ['X-A', 'a\0b'],
    ['X-A', '\u{1f600}'],
    ['X-A\r\nInjected', '1'],
    ['X A', '1'],
    ['', '1'],
  ])('sends no header %j: %j, and does not show its value', async (name, value) => {
    await using store = await ScriptedStore.open(answerHello);
    using lane = openLane();
    const { failure } = await exchange(lane, get(store.url(), { headers: [[name, value]] }));
    expect(failure).toMatchObject({ kind: 'protocol', message: expect.not.stringContaining('Injected: 1') });
    expect(store.connections).toBe(0);
    expect((await exchange(lane, get(store.url()))).body.toString()).toBe('hello');
  });

  it('uses one connection for many exchanges of one origin, and a new one for another', async () => {
    await using first = await ScriptedStore.open(answerHello);
    await using second = await ScriptedStore.open(answerHello);
    using lane = openLane();
    for (let round = 0; round < 20; round += 1) await exchange(lane, get(first.url(`/${round}`)));
    expect(first.connections).toBe(1);
    await exchange(lane, get(second.url()));
    await eventually('the first connection is closed', () => first.sockets.size === 0);
    await exchange(lane, get(first.url()));
    expect([first.connections, second.connections]).toEqual([2, 1]);
  });

  it('may be given the next request while it tells the end of the last one', async () => {
    await using store = await ScriptedStore.open(answerHello);
    using lane = openLane();
    await new Promise<void>((resolve) => fetchTimes(lane, store.url(), 10, resolve));
    expect([store.asked.length, store.connections]).toEqual([10, 1]);
  });

  it('refuses a second exchange at the same time', async () => {
    await using store = await ScriptedStore.open(answerHello);
    using lane = openLane();
    const first = exchange(lane, get(store.url()));
    expect(() => exchange(lane, get(store.url()))).toThrow('one exchange at a time');
    expect((await first).failure).toBe(null);
  });

  it('connects anew, unseen, when the store closed the connection as the next request was written', async () => {
    await using store = await ScriptedStore.open((socket, { connection }) => {
      if (connection === 1 && store.asked.length === 2) socket.destroy();
      else socket.write(hello);
    });
    using lane = openLane();
    for (let round = 0; round < 3; round += 1) {
      expect(await exchange(lane, get(store.url()))).toMatchObject({ failure: null, chunks: 1 });
    }
    expect([store.asked.length, store.connections]).toEqual([4, 2]);
  });

  it('connects anew when the store closed the idle connection before', async () => {
    await using store = await ScriptedStore.open((socket) => socket.end(hello));
    using lane = openLane();
    for (let round = 0; round < 3; round += 1) expect((await exchange(lane, get(store.url()))).failure).toBe(null);
    expect(store.connections).toBe(3);
  });

  it('asks only once more: a store that never answers is broken', async () => {
    await using store = await ScriptedStore.open((socket) => {
      if (store.asked.length === 1) socket.write(hello);
      else socket.destroy();
    });
    using lane = openLane();
    await exchange(lane, get(store.url()));
    expect((await exchange(lane, get(store.url()))).failure?.kind).toBe('broken');
    expect(store.asked.length).toBe(3);
  });
});

describe('a body', () => {
  it('comes byte for byte when it is dripped', async () => {
    const body = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n3;x\r\nefg\r\n0\r\nT: 1\r\n\r\n';
    await using store = await ScriptedStore.open((socket) => drip(socket, Buffer.from(body), () => 1));
    using lane = openLane();
    expect((await exchange(lane, get(store.url()))).body.toString()).toBe('abcdefg');
    expect((await exchange(lane, get(store.url()))).body.toString()).toBe('abcdefg');
    expect(store.connections).toBe(1);
  });

  it('of 1 MiB comes whole in odd slices', async () => {
    const body = randomFillSync(Buffer.alloc(1 << 20));
    const wire = Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`), body]);
    await using store = await ScriptedStore.open((socket) => drip(socket, wire, (at) => 1 + ((at * 7919) % 65_521)));
    using lane = openLane();
    expect((await exchange(lane, get(store.url()))).body.equals(body)).toBe(true);
  });

  it('of 64 MiB has the hash it was sent with', async () => {
    const mebibyte = randomFillSync(Buffer.alloc(1 << 20));
    const mebibytes = 64;
    await using store = await ScriptedStore.open((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${mebibytes << 20}\r\n\r\n`);
      for (let sent = 0; sent < mebibytes; sent += 1) socket.write(mebibyte);
    });
    using lane = openLane();
    const expected = createHash('sha1');
    for (let sent = 0; sent < mebibytes; sent += 1) expected.update(mebibyte);
    const hash = createHash('sha1');
    await new Promise((ended) => {
      lane.fetch(get(store.url()), { head: () => true, bytes: (chunk) => hash.update(chunk), ended });
    });
    expect(hash.digest('hex')).toBe(expected.digest('hex'));
  });

  it('without a length ends with the connection', async () => {
    await using store = await ScriptedStore.open((socket) => socket.end('HTTP/1.1 200 OK\r\n\r\nabc'));
    using lane = openLane();
    expect(await exchange(lane, get(store.url()))).toMatchObject({ failure: null, body: Buffer.from('abc') });
  });

  it('that nobody wants is read on when it is short, in chunks too, and its connection is used again', async () => {
    await using store = await ScriptedStore.open((socket, { text }) => {
      if (text.startsWith('GET /chunks'))
        socket.write('HTTP/1.1 404 No\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n');
      else socket.write(`HTTP/1.1 404 No\r\nContent-Length: 65536\r\n\r\n${'x'.repeat(65_536)}`);
    });
    using lane = openLane();
    for (const path of ['/', '/chunks', '/']) {
      expect(await exchange(lane, get(store.url(path)), { wanted: false })).toMatchObject({ failure: null, chunks: 0 });
    }
    expect(store.connections).toBe(1);
  });

  it.each([
    ['is long', 'Content-Length: 65537\r\n'],
    ['ends with the connection', ''],
  ])('that nobody wants and %s is left, with its connection', async (_, field) => {
    await using store = await ScriptedStore.open((socket) => socket.write(`HTTP/1.1 200 OK\r\n${field}\r\nx`));
    using lane = openLane();
    expect((await exchange(lane, get(store.url()), { wanted: false })).failure).toBe(null);
    await eventually('the connection is closed', () => store.sockets.size === 0);
    await exchange(lane, get(store.url()), { wanted: false });
    expect(store.connections).toBe(2);
  });

  it('in endless chunks that nobody wants is left after 64 KiB', async () => {
    const chunk = `1000\r\n${'x'.repeat(4096)}\r\n`;
    await using store = await ScriptedStore.open((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
      const more = () => socket.writable && socket.write(chunk, () => setImmediate(more));
      more();
    });
    using lane = openLane();
    expect(await exchange(lane, get(store.url()), { wanted: false })).toMatchObject({ failure: null, chunks: 0 });
    await eventually('the connection is closed', () => store.sockets.size === 0);
  });
});

function fetchTimes(lane: HttpLane, url: URL, times: number, done: () => void): void {
  if (times === 0) {
    done();
    return;
  }
  const ended = () => fetchTimes(lane, url, times - 1, done);
  lane.fetch(get(url), { head: () => true, bytes: () => undefined, ended });
}
