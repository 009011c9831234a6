import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectSocket } from '../../../src/lanes/socket/connect-socket.ts';
import { eventually } from '../../support/eventually.ts';
import { RememberingReader } from '../../support/lane-sockets.ts';

describe('a connection of ours', () => {
  const accepted: Socket[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    accepted.push(socket.on('error', () => undefined));
    socket.pipe(socket);
  });
  const host = '127.0.0.1';
  const port = (): number => (server.address() as AddressInfo).port;

  beforeAll(async () => {
    server.listen(0, host);
    await once(server, 'listening');
  });

  afterAll(() => {
    for (const socket of accepted) socket.destroy();
    server.close();
  });

  it('is told when it stands, sends what was written before, and reads into the reader’s buffers', async () => {
    const reader = new RememberingReader();
    const lane = connectSocket({ host, port: port() }, reader);
    expect(lane.write(Buffer.from('early '))).toBe(false);
    await reader.heard('drained');
    expect(reader.told).toEqual(['connected', 'drained']);
    expect(lane.write(Buffer.from('later'))).toBe(true);
    await eventually('the echo', () => reader.text === 'early later');
    lane.end();
    await reader.heard('closed');
    expect(reader.told).toEqual(['connected', 'drained', 'ended', 'closed']);
  });

  it('stops and goes on as the reader says', async () => {
    const reader = new RememberingReader();
    reader.goOn = false;
    reader.landing = Buffer.alloc(4);
    const lane = connectSocket({ host, port: port() }, reader);
    await reader.heard('connected');
    lane.write(Buffer.from('12345678'));
    await eventually('the first half', () => reader.text === '1234');
    lane.write(Buffer.from('9'));
    lane.resume();
    await eventually('the second half', () => reader.text === '12345678');
    lane.resume();
    await eventually('the rest', () => reader.text === '123456789');
    lane.destroy();
    await reader.heard('closed');
  });

  it('that fails is closed with its error, and was never connected', async () => {
    const closing = createServer().listen(0, host);
    await once(closing, 'listening');
    const unused = (closing.address() as AddressInfo).port;
    closing.close();
    await once(closing, 'close');
    const reader = new RememberingReader();
    const lane = connectSocket({ host, port: unused }, reader);
    lane.write(Buffer.from('never'));
    await reader.heard('closed ECONNREFUSED');
    expect(reader.told).toEqual(['closed ECONNREFUSED']);
  });

  it.each(['destroy', 'reset'] as const)('can be given up by %s() before it stands', async (how) => {
    const reader = new RememberingReader();
    const lane = connectSocket({ host, port: port() }, reader);
    lane[how]();
    await reader.heard('closed');
    expect(reader.told).toEqual(['closed']);
  });

  it('that is reset by the other side is closed with that error', async () => {
    const before = accepted.length;
    const reader = new RememberingReader();
    connectSocket({ host, port: port() }, reader);
    await eventually('it stands at both ends', () => accepted.length > before && reader.told.includes('connected'));
    accepted.at(-1)?.resetAndDestroy();
    await reader.heard('closed ECONNRESET');
    expect(reader.told).toEqual(['connected', 'closed ECONNRESET']);
  });
});
