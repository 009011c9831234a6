// Connections that come before their server is loaded are served by it, and end with it.
import { Socket } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { lateServer } from '../../src/server/late-server.ts';
import type { ProtocolServer } from '../../src/server/protocol-server.ts';

function rig() {
  const said: string[] = [];
  const sockets: Socket[] = [];
  const loaded = Promise.withResolvers<ProtocolServer>();
  const server: ProtocolServer = {
    accept: (socket) => said.push(`accept ${sockets.indexOf(socket)}`),
    askClientsToLeave: () => said.push('ask'),
    endIdle: () => said.push('end'),
  };
  let loads = 0;
  const late = lateServer(() => {
    loads += 1;
    return loaded.promise;
  });
  const socket = (): Socket => {
    const made = new Socket();
    sockets.push(made);
    onTestFinished(() => void made.destroy());
    return made;
  };
  return { said, late, socket, load: () => loaded.resolve(server), loads: () => loads };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

it('is loaded by the first connection, once, and gets those that waited in their order', async () => {
  const { said, late, socket, load, loads } = rig();
  late.askClientsToLeave();
  expect(loads()).toBe(0);
  late.accept(socket());
  const gone = socket();
  late.accept(gone);
  late.accept(socket());
  gone.destroy();
  expect(said).toEqual([]);
  load();
  await turn();
  late.accept(socket());
  expect(said).toEqual(['accept 0', 'accept 2', 'accept 3']);
  expect(loads()).toBe(1);
});

it('that was told to end while it was loaded knows so before it gets those that waited', async () => {
  const { said, late, socket, load } = rig();
  late.accept(socket());
  late.endIdle();
  load();
  await turn();
  expect(said).toEqual(['end', 'accept 0']);
  late.askClientsToLeave();
  late.endIdle();
  expect(said).toEqual(['end', 'accept 0', 'ask', 'end']);
});
