import { describe, expect, it } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { rawClient } from '../../support/raw-client.ts';
import { answer, bodyOf, gate, openLaneRig } from './lane-rig.ts';

const get = (path = '/', more = '') => `GET ${path} HTTP/1.1\r\nHost: me\r\n${more}\r\n`;
const post = (body: string, more = '') =>
  `POST /p HTTP/1.1\r\nHost: me\r\n${more}Content-Length: ${body.length}\r\n\r\n${body}`;
const count = (text: string, part: string) => text.split(part).length - 1;

describe.each(['swap', 'public'] as const)('by the %s way', (way) => {
  it('answers a plain request, and the next one on the same connection', async () => {
    const rig = await openLaneRig({
      way,
      handler: async (request) => answer(`${request.method} ${request.path} ${await bodyOf(request)}`),
    });
    const client = await rawClient(rig.port);
    client.send(get('/a?b=1'));
    expect(await client.until((text) => text.endsWith('/a?b=1 '))).toBe(
      'HTTP/1.1 200 OK\r\nContent-Length: 11\r\nConnection: keep-alive\r\nKeep-Alive: timeout=120\r\n\r\nGET /a?b=1 ',
    );
    client.send(post('{}'));
    await client.until((text) => text.endsWith('POST /p {}'));
    expect(rig.handedOver()).toBe(0);
    expect(rig.connections.size).toBe(1);
    client.socket.destroy();
    await eventually('the connection is over', () => rig.connections.size === 0);
  });

  it('reads a request in any pieces, also byte by byte', async () => {
    const rig = await openLaneRig({ way, handler: async (request) => answer(await bodyOf(request)) });
    const client = await rawClient(rig.port);
    for (const byte of post('hello')) {
      client.send(byte);
      await new Promise(setImmediate);
    }
    await client.until((text) => text.endsWith('hello'));
    expect(rig.handedOver()).toBe(0);
  });

  it('answers a request that comes behind another behind its answer', async () => {
    const held = gate();
    let running = 0;
    const rig = await openLaneRig({
      way,
      handler: async (request) => {
        expect(++running).toBe(1);
        await held.promise;
        running--;
        return answer(`<${request.path}:${await bodyOf(request)}>`);
      },
    });
    const client = await rawClient(rig.port);
    client.send(get('/1'));
    await eventually('it is being answered', () => rig.metrics.inFlight.value === 1);
    client.send(post('two').slice(0, -1));
    held.resolve();
    await client.until((text) => text.endsWith('</1:>'));
    client.send(post('two').slice(-1));
    const received = await client.until((text) => text.endsWith('</p:two>'));
    expect(received.match(/<.*?>/g)).toEqual(['</1:>', '</p:two>']);
    expect(rig.handedOver()).toBe(0);
  });

  it('hands requests that come together to node:http, which takes them side by side', async () => {
    const both = Promise.withResolvers<void>();
    let running = 0;
    const rig = await openLaneRig({
      way,
      handler: async (request) => {
        if (++running === 2) both.resolve();
        await both.promise;
        return answer(`<${request.path}>`);
      },
    });
    const client = await rawClient(rig.port);
    client.send(get('/1') + get('/2'));
    const received = await client.until((text) => text.endsWith('</2>'));
    expect(received.match(/<.*?>/g)).toEqual(['</1>', '</2>']);
    expect(rig.handedOver()).toBe(1);
  });

  it('hands on what comes behind a client that has ended, and its end with it', async () => {
    const held = Promise.withResolvers<void>();
    const rig = await openLaneRig({
      way,
      handler: async (request) => {
        await held.promise;
        return answer(`<${request.path}>`);
      },
    });
    const client = await rawClient(rig.port);
    client.send(get('/1'));
    await eventually('it is being answered', () => rig.metrics.inFlight.value === 1);
    client.socket.end(get('http://me/2'));
    await new Promise(setImmediate);
    held.resolve();
    expect((await client.closed()).match(/<.*?>/g)).toEqual(['</1>', '</2>']);
    expect(rig.handedOver()).toBe(1);
  });

  it('hands what is unusual to node:http with all its bytes, also behind plain requests', async () => {
    const rig = await openLaneRig({ way, handler: async (request) => answer(`<${request.path}>`) });
    const client = await rawClient(rig.port);
    client.send(get('/1') + get('http://me/2') + get('/3'));
    const received = await client.until((text) => text.endsWith('</3>'));
    expect(received.match(/<.*?>/g)).toEqual(['</1>', '</2>', '</3>']);
    expect(rig.handedOver()).toBe(1);
    client.socket.destroy();
    await eventually('the connection is over', () => rig.connections.size === 0);
  });

  it('streams a large body of a known length and of chunks, unchanged', async () => {
    const body = Buffer.alloc(3_000_000, '0123456789abcdefghijklmnopqrstuvw'); // a period of 33 bytes
    const rig = await openLaneRig({
      way,
      handler: async (request) => {
        const came = await bodyOf(request);
        return answer(`${came.length} ${came.equals(body)}|`);
      },
    });
    const client = await rawClient(rig.port);
    client.send(`POST / HTTP/1.1\r\nHost: me\r\nContent-Length: ${body.length}\r\n\r\n`);
    client.send(body);
    await client.until((text) => text.endsWith('3000000 true|'));
    client.send('POST / HTTP/1.1\r\nHost: me\r\nTransfer-Encoding: chunked\r\n\r\n');
    for (let at = 0; at < body.length; at += 50_000) {
      client.send('C350;a=b\r\n');
      client.send(body.subarray(at, at + 50_000));
      client.send('\r\n');
    }
    client.send(`0\r\n\r\n${get()}`);
    const received = await client.until((text) => count(text, '|') === 3);
    expect(count(received, '3000000 true|')).toBe(2);
    expect(received).toMatch(/0 false\|$/);
  });

  it('is idle only between requests: endIdle ends nothing else', async () => {
    const [open, asked] = [gate(), gate()];
    const rig = await openLaneRig({
      way,
      handler: async () => {
        asked.resolve();
        await open.promise;
        return answer('late');
      },
    });
    const clients = await Promise.all([1, 2, 3, 4].map(() => rawClient(rig.port)));
    const [silent, begun, busy] = clients as [(typeof clients)[0], (typeof clients)[0], (typeof clients)[0]];
    begun?.send('GET / HT');
    busy?.send(get());
    await eventually('one is busy', () => rig.metrics.inFlight !== undefined && rig.connections.size === 4);
    await new Promise((resolve) => setTimeout(resolve, 20));
    rig.lane.endIdle();
    await silent?.closed();
    open.resolve();
    await busy?.until((text) => text.endsWith('late'));
    begun?.send(get().slice(8));
    await begun?.until((text) => text.endsWith('late'));
  });
});
