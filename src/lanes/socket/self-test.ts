// Does the swap work in this node? Tried once at start between two sockets of this process, whatever node's documentation leaves open.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { acceptSocket, type SocketWay } from './accept-socket.ts';
import type { ClientSocket } from './lane-socket.ts';
import { nextRounds, TrialReader } from './trial-reader.ts';

/** It takes a few milliseconds; a machine that is slower than this serves by the documented way. */
const patienceMs = 500;

/** Never rejects; `refused` hears why it is not the swap. Everything that it opened is closed. */
export async function tryTheSwap(refused: (reason: string) => void = () => undefined): Promise<SocketWay> {
  const opened = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true, noDelay: true, keepAlive: true, pauseOnConnect: true });
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no result within ${patienceMs} ms`)), patienceMs);
  });
  try {
    await Promise.race([tryAll(server, opened), tooLate]);
    return 'swap';
  } catch (error) {
    refused(error instanceof Error ? error.message : String(error));
    return 'public';
  } finally {
    clearTimeout(timer);
    server.close();
    for (const socket of opened) socket.destroy();
  }
}

async function tryAll(server: Server, opened: Set<Socket>): Promise<void> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  await tryReading(await openPair(server, opened));
  await tryHandingBack(await openPair(server, opened), opened);
}

interface Pair {
  readonly client: Socket;
  readonly lane: ClientSocket;
  readonly reader: TrialReader;
}

async function openPair(server: Server, opened: Set<Socket>): Promise<Pair> {
  const { port } = server.address() as AddressInfo;
  const accepted = once(server, 'connection');
  const client = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  opened.add(client);
  client.on('error', () => undefined); // it shows as a wait that is never over
  const [socket] = (await accepted) as [Socket];
  opened.add(socket);
  const reader = new TrialReader();
  const lane = acceptSocket(socket, reader, 'swap');
  opened.add(lane.socket);
  return { client, lane, reader };
}

async function tryReading({ client, lane, reader }: Pair): Promise<void> {
  demand(lane.socket.remoteAddress === '127.0.0.1', 'the address of the client is lost');
  reader.goOn = false; // behind the first read
  client.write('first');
  await reader.until(() => reader.text === 'first', 'a read');
  client.write('second');
  await nextRounds(2);
  demand(reader.text === 'first', 'read although it was told to stop');
  reader.goOn = true;
  lane.resume();
  await reader.until(() => reader.text === 'firstsecond', 'a read behind resume()');
  demand(reader.changedBuffers, 'a read landed in a buffer that was exchanged');
  client.end();
  await reader.until(() => reader.hasEnded, 'the end of the other side');
  demand(lane.write(Buffer.from('answer')), 'a small write is pending');
  lane.end();
  const answer = await readToEnd(client);
  demand(answer === 'answer', 'the half-closed side could not be written');
  await reader.until(() => reader.hasClosed, 'the close');
}

async function tryHandingBack({ client, lane, reader }: Pair, opened: Set<Socket>): Promise<void> {
  client.write('first');
  await reader.until(() => reader.text === 'first', 'a read');
  const socket = lane.handBack(Buffer.from('unread'));
  opened.add(socket);
  client.end('later');
  const [text] = await Promise.all([readToEnd(socket), once(socket, 'end')]);
  demand(text === 'unreadlater', 'a connection that was handed back reads something else');
  socket.end('answer');
  demand((await readToEnd(client)) === 'answer', 'a connection that was handed back writes something else');
  demand(reader.text === 'first' && !reader.hasEnded, 'reads went on behind the hand-back');
}

async function readToEnd(socket: Socket): Promise<string> {
  let text = '';
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) text += chunk;
  return text;
}

function demand(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise);
}
