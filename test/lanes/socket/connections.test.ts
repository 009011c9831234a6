import { once } from 'node:events';
import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { acceptSocket } from '../../../src/lanes/socket/accept-socket.ts';
import type { ClientSocket } from '../../../src/lanes/socket/lane-socket.ts';
import { eventually } from '../../support/eventually.ts';
import { LanePort, RememberingReader, ways } from '../../support/lane-sockets.ts';

const connections = 400;
const atOnce = 100;

/** How a connection ends, by turns. */
const endings: readonly ((lane: ClientSocket, client: Socket, reader: RememberingReader) => void)[] = [
  (_lane, client) => client.end(),
  (lane) => lane.end(),
  (lane) => lane.destroy(),
  (lane) => lane.reset(),
  (_lane, client) => client.destroy(),
  (_lane, client) => client.resetAndDestroy(),
  (lane, client, reader) => {
    const socket = lane.handBack(reader.received);
    socket.on('end', () => socket.end()).resume();
    client.end();
  },
  (lane, _client, reader) => lane.handBack(reader.received).destroy(),
];

const openSockets = (): number => process.getActiveResourcesInfo().filter((what) => what.startsWith('TCP')).length;

describe.each(ways)('by the way of %s', (way) => {
  it(`${connections} connections that end in all ways leave nothing behind`, async () => {
    const before = openSockets();
    let count = 0;
    let closed = 0;
    {
      await using port = await LanePort.open((accepted) => {
        const ending = endings[count++ % endings.length];
        const reader = new RememberingReader();
        reader.landing = landing;
        reader.closed = () => {
          closed += 1;
        };
        const lane = acceptSocket(accepted, reader, way);
        reader.ended = () => lane.end();
        reader.inside = () => ending?.(lane, clients.get(lane.socket.remotePort as number) as Socket, reader);
      });
      const landing = Buffer.alloc(65_536);
      const clients = new Map<number, Socket>();
      const open = async (): Promise<void> => {
        const client = port.connect();
        client.on('end', () => client.end()).resume();
        await once(client, 'connect');
        const localPort = client.localPort as number;
        clients.set(localPort, client);
        client.write('x');
        await new Promise((resolve) => client.once('close', resolve));
        clients.delete(localPort);
      };
      for (let opened = 0; opened < connections; opened += atOnce) {
        await Promise.all(Array.from({ length: atOnce }, open));
      }
      await eventually('each is told', () => closed === (connections * 6) / endings.length);
    }
    expect(count).toBe(connections);
    await eventually('all is closed', () => openSockets() === before);
  });
});
