import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { acceptSocket, type SocketWay } from '../../../src/lanes/socket/accept-socket.ts';
import { mostLent, ReadBuffers } from '../../../src/lanes/socket/read-buffers.ts';
import { eventually } from '../../support/eventually.ts';
import { RelayReader } from '../../support/lane-relay.ts';
import { LanePort, readToEnd, ways } from '../../support/lane-sockets.ts';
import { seededRandom } from '../../support/random.ts';
import { seed } from '../../support/seed.ts';

describe('read buffers', () => {
  it('are lent to one connection each, the last one given back first', () => {
    const buffers = new ReadBuffers();
    const [first, second] = [buffers.lend(), buffers.lend()] as [Buffer, Buffer];
    expect(first.length).toBe(262_144);
    expect(first.buffer).not.toBe(second.buffer);
    buffers.giveBack(first);
    buffers.giveBack(second);
    expect(buffers.lend()).toBe(second);
    expect(buffers.lend()).toBe(first);
  });

  it('are bounded, also in what is kept behind a burst', () => {
    const buffers = new ReadBuffers();
    const lent: Buffer[] = [];
    for (let next = buffers.lend(); next !== null; next = buffers.lend()) lent.push(next);
    expect(lent).toHaveLength(mostLent);
    for (const buffer of lent) buffers.giveBack(buffer);
    const again = Array.from({ length: mostLent }, () => buffers.lend());
    expect(again.filter((buffer) => lent.includes(buffer as Buffer))).toHaveLength(16);
  });

  it('cannot be given back twice, nor by a stranger', () => {
    const buffers = new ReadBuffers();
    const buffer = buffers.lend() as Buffer;
    buffers.giveBack(buffer);
    expect(() => buffers.giveBack(buffer)).toThrow('not lent');
    expect(() => buffers.giveBack(buffers.shared)).toThrow('not lent');
  });

  it('that are lost make room for another and never come back', () => {
    const buffers = new ReadBuffers();
    const lent = Array.from({ length: mostLent }, () => buffers.lend() as Buffer);
    expect(buffers.lend()).toBe(null);
    buffers.lose(lent[0] as Buffer);
    expect(lent.includes(buffers.lend() as Buffer)).toBe(false);
  });
});

const content = randomBytes(4_000_000);

/** Answers a stream by its hash; now and then it reads nothing for a while. */
function openStallingSink(random: () => number): Server {
  return createServer({ allowHalfOpen: true }, (socket) => {
    const hash = createHash('sha1');
    let isFirst = true;
    socket.on('data', (chunk: Buffer) => {
      hash.update(chunk);
      if (!isFirst && random() < 0.9) return;
      socket.pause();
      let rounds = isFirst ? 300 : Math.floor(random() * 8); // at first until a large body fills the kernel's buffers
      isFirst = false;
      const goOn = (): void => {
        if (rounds-- > 0) setImmediate(goOn);
        else socket.resume();
      };
      goOn();
    });
    socket.on('end', () => socket.end(hash.digest('hex')));
  }).listen(0, '127.0.0.1');
}

/** Sends `bytes` of the content in pieces of many sizes. @returns their hash */
function send(client: Socket, bytes: number, random: () => number): string {
  const hash = createHash('sha1');
  for (let sent = 0; sent < bytes; ) {
    const start = Math.floor(random() * (content.length / 2));
    const piece = content.subarray(start, start + Math.min(bytes - sent, 1 + Math.floor(random() ** 3 * 2_000_000)));
    hash.update(piece);
    client.write(piece);
    sent += piece.length;
  }
  client.end();
  return hash.digest('hex');
}

describe.each(ways)('what is relayed by the way of %s', (way: SocketWay) => {
  it.each([
    ['a few large bodies', [14_000_000, 14_000_000, 14_000_000, 1_048_576]],
    ['two hundred at once', Array.from({ length: 200 }, (_, index) => 20_000 + index * 300)],
  ])('arrives unchanged at a sink that stalls: %s', async (_what, sizes) => {
    const random = seededRandom(seed);
    const sink = openStallingSink(random);
    await once(sink, 'listening');
    const buffers = new ReadBuffers();
    const { port: targetPort } = sink.address() as AddressInfo;
    await using port = await LanePort.open((socket) => {
      const reader = new RelayReader({ buffers, targetPort, wantPrivate: () => random() < 0.7 });
      reader.client = acceptSocket(socket, reader, way);
      port.track(reader.client.socket);
    });
    const results = sizes.map(async (bytes) => {
      const client = port.connect();
      const answer = readToEnd(client);
      return [send(client, bytes, random), (await answer).toString()];
    });
    for (const [sent, arrived] of await Promise.all(results)) expect(arrived).toBe(sent);
    sink.close();
    const nothingLent = (): boolean => {
      const all = Array.from({ length: mostLent }, () => buffers.lend());
      for (const buffer of all) if (buffer !== null) buffers.giveBack(buffer);
      return !all.includes(null);
    };
    await eventually('every buffer is given back', nothingLent);
  });
});
