// What goes wrong with an exchange, what it is called, and that the lane is good for the next one.
import { describe, expect, it } from 'vitest';
import { OutriggerError } from '../../../src/errors.ts';
import type { FetchFailure } from '../../../src/storage/http/http-client.ts';
import { eventually } from '../../support/eventually.ts';
import { exchange, get, openLane } from './exchanges.ts';
import { type Script, ScriptedStore } from './scripted-store.ts';

const hello = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello';
const begun = 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello';

/** Misbehaves once, then answers. */
function firstOf(script: Script): Script {
  let turn = 0;
  return (socket, asked) => {
    turn += 1;
    if (turn === 1) script(socket, asked);
    else socket.write(hello);
  };
}

describe('an exchange fails as', () => {
  const table: readonly [kind: string, what: string, script: Script][] = [
    ['broken', 'the connection is closed before an answer', (socket) => socket.end()],
    ['broken', 'the connection is reset before an answer', (socket) => socket.resetAndDestroy()],
    ['broken', 'the connection is closed in mid-body', (socket) => socket.end(begun)],
    ['broken', 'the connection is reset in mid-body', (socket) => socket.write(begun, () => socket.resetAndDestroy())],
    ['broken', 'the head is cut', (socket) => socket.end('HTTP/1.1 200 OK\r\nConte')],
    [
      'broken',
      'chunks are cut',
      (socket) => socket.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc'),
    ],
    [
      'broken',
      'a body without a length is reset',
      (socket) => socket.write('HTTP/1.1 200 OK\r\n\r\nabc', () => socket.resetAndDestroy()),
    ],
    ['protocol', 'it is no HTTP', (socket) => socket.write('SSH-2.0-x\r\n')],
    [
      'protocol',
      'framing is unclear',
      (socket) => socket.write(`${hello.slice(0, 17)}Content-Length: 1\r\n${hello.slice(17)}`),
    ],
    ['stalled', 'no byte comes', () => undefined],
    ['stalled', 'the body stops', (socket) => socket.write(begun)],
  ];
  it.each(table)('%s when %s', async (kind, _, script) => {
    await using store = await ScriptedStore.open(firstOf(script));
    using lane = openLane({ transfer: { idleTimeoutMs: 80 } });
    const { failure } = await exchange(lane, get(store.url('/secret?sig=secret')));
    expect(failure).toMatchObject({ kind, message: expect.stringContaining(`127.0.0.1:${store.port}`) });
    expect(failure?.message).not.toContain('secret');
    expect((await exchange(lane, get(store.url()))).body.toString()).toBe('hello');
    expect(store.connections).toBe(2);
  });

  it('connect when nobody listens', async () => {
    const store = await ScriptedStore.open(() => undefined);
    const url = store.url();
    await store[Symbol.asyncDispose]();
    using lane = openLane();
    expect((await exchange(lane, get(url))).failure).toMatchObject({
      kind: 'connect',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });

  it('connect when a name has no address', async () => {
    using lane = openLane();
    expect((await exchange(lane, get(new URL('http://nobody.invalid/')))).failure?.kind).toBe('connect');
  });

  it('connect when TLS is not answered in time', async () => {
    await using store = await ScriptedStore.open(() => undefined);
    using lane = openLane({ transfer: { connectTimeoutMs: 60 } });
    expect((await exchange(lane, get(store.url('/', 'https')))).failure?.kind).toBe('connect');
    await eventually('the connection is closed', () => store.sockets.size === 0);
  });

  it.each(['http://169.254.169.254/', 'http://[fe80::1]/', 'http://[::ffff:169.254.169.254]/', 'http://0xa9fea9fe/'])(
    'refused for %s, whatever the reach',
    async (url) => {
      using lane = openLane({}, 'anywhere');
      const { failure } = await exchange(lane, get(new URL(url)));
      expect(failure?.kind).toBe('refused');
      expect(failure?.cause).toBeInstanceOf(OutriggerError);
    },
  );

  it('refused for what is not public, be it an address or a name, unless it is allowed', async () => {
    await using store = await ScriptedStore.open((socket) => socket.write(hello));
    const named = new URL(`http://localhost:${store.port}/`);
    using lane = openLane({}, 'public');
    for (const url of [store.url(), named]) expect((await exchange(lane, get(url))).failure?.kind).toBe('refused');
    expect(store.connections).toBe(0);
    using allowed = openLane({ allowAddresses: ['127.0.0.0/8'] }, 'public');
    for (const url of [store.url(), named]) expect((await exchange(allowed, get(url))).failure).toBe(null);
  });

  it.each(['head', 'bytes'] as const)('receiver when %s throws', async (place) => {
    await using store = await ScriptedStore.open((socket) => socket.write(hello));
    using lane = openLane();
    const thrown = new Error('disk full');
    const { promise, resolve } = Promise.withResolvers<FetchFailure | null>();
    lane.fetch(get(store.url()), {
      head() {
        if (place === 'head') throw thrown;
        return true;
      },
      bytes() {
        throw thrown;
      },
      ended: resolve,
    });
    expect(await promise).toEqual({ kind: 'receiver', message: 'disk full', cause: thrown });
    await eventually('the connection is closed', () => store.sockets.size === 0);
    expect((await exchange(lane, get(store.url()))).failure).toBe(null);
  });
});

describe('slow but steady', () => {
  it('bytes are no stall', async () => {
    await using store = await ScriptedStore.open((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n');
      let sent = 0;
      const timer = setInterval(() => {
        socket.write('x');
        sent += 1;
        if (sent === 12) clearInterval(timer);
      }, 40);
    });
    using lane = openLane({ transfer: { idleTimeoutMs: 320 } });
    expect((await exchange(lane, get(store.url()))).body.length).toBe(12);
  });
});

describe('a cancelled exchange', () => {
  it.each(['before the connection', 'before the answer', 'in mid-body'])('tells nothing more: %s', async (when) => {
    await using store = await ScriptedStore.open((socket, { text }) => {
      if (text.startsWith('GET /next')) socket.write(hello);
      else if (when === 'in mid-body') socket.write(begun);
    });
    using lane = openLane({ transfer: { idleTimeoutMs: 50 } });
    let told = 0;
    let cancelled = false;
    const tell = () => {
      if (cancelled) told += 1;
    };
    const bytes = () => {
      tell();
      cancel();
      cancelled = true;
    };
    const receiver = { head: () => tell() === undefined, bytes, ended: tell };
    const cancel = lane.fetch(get(store.url()), receiver);
    if (when === 'before the answer') await eventually('it was asked', () => store.asked.length === 1);
    if (when === 'in mid-body') await eventually('it is cancelled', () => cancelled);
    cancel();
    cancelled = true;
    await eventually('the connection is closed', () => store.sockets.size === 0);
    expect((await exchange(lane, get(store.url('/next')))).body.toString()).toBe('hello');
    const { connections } = store;
    const next = exchange(lane, get(store.url('/next')));
    cancel(); // of an exchange long gone
    expect((await next).body.toString()).toBe('hello');
    expect(store.connections).toBe(connections);
    expect(told).toBe(0);
  });

  it('within a chunk is told of none of those that came with it', async () => {
    const chunks = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n1\r\nb\r\n0\r\n\r\n';
    await using store = await ScriptedStore.open((socket) => socket.write(chunks));
    using lane = openLane();
    const told: string[] = [];
    const bytes = (chunk: Uint8Array) => {
      told.push(Buffer.from(chunk).toString());
      cancel();
    };
    const cancel = lane.fetch(get(store.url()), { head: () => true, bytes, ended: () => told.push('ended') });
    await eventually('it was cancelled', () => told.length > 0 && store.sockets.size === 0);
    expect(told).toEqual(['a']);
  });

  it('within a chunk gives way to the next at once', async () => {
    await using store = await ScriptedStore.open((socket) => socket.write(hello));
    using lane = openLane();
    const next = await new Promise<Awaited<ReturnType<typeof exchange>>>((resolve) => {
      const cancel = lane.fetch(get(store.url()), {
        head: () => true,
        bytes() {
          cancel();
          resolve(exchange(lane, get(store.url())));
        },
        ended: () => expect.fail('it was cancelled'),
      });
    });
    expect(next.body.toString()).toBe('hello');
    expect(store.connections).toBe(2);
  });
});

describe('a closed lane', () => {
  it('tells the exchange under way that it is broken, once', async () => {
    await using store = await ScriptedStore.open((socket) => socket.write(begun));
    using lane = openLane();
    const ends: (FetchFailure | null)[] = [];
    const receiver = {
      head: () => true,
      bytes: () => lane.close(),
      ended: (end: FetchFailure | null) => ends.push(end),
    };
    lane.fetch(get(store.url()), receiver);
    await eventually('it ended', () => ends.length > 0 && store.sockets.size === 0);
    lane.close();
    expect(ends).toMatchObject([{ kind: 'broken' }]);
  });

  it('leaves no connection behind', async () => {
    await using store = await ScriptedStore.open((socket) => socket.write(hello));
    const lane = openLane();
    await exchange(lane, get(store.url()));
    expect(store.sockets.size).toBe(1);
    lane.close();
    await eventually('the connection is closed', () => store.sockets.size === 0);
  });
});
