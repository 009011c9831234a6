// The real agent with a spool, killed in the middle of its load: which events did it owe, and which reached the sink in the end?
import { once } from 'node:events';
import { Agent, createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AgentProcess } from '../../e2e/support/agent-process.ts';
import { eventually } from '../eventually.ts';

export interface KilledAgents extends AsyncDisposable {
  /** Serves clients for so long, and until it owes some events, then dies by SIGKILL. */
  liveAndDie(options: { readonly sync: 'normal' | 'full'; readonly livesMs: number }): Promise<void>;
  /** One more life without load, until the sink has all that is owed (or a time is over). */
  finish(): Promise<Verdict>;
}

interface Verdict {
  readonly owed: number;
  readonly lost: readonly string[];
  /** Another payload than the one that passed, or two events of one name that differ. */
  readonly corrupt: readonly string[];
  readonly repeated: number;
}

const clients = 16;
/** A life without them would show nothing; a busy machine needs its time for them. */
const leastOwed = 50;
const answer = '{"predictions":[1]}';

export async function openKilledAgents(program: string, dir: string): Promise<KilledAgents> {
  const owed = new Set<string>();
  const [runtime, sink] = [await openRuntime(), await openCollector()];
  let calls = 0;
  const flags = (sync: string) => [
    ...['--host', '127.0.0.1', '--port', '0', '--metrics-port', '0', '--component-port', String(runtime.port)],
    ...['--log-url', `http://127.0.0.1:${sink.port}/`, '--log-spool-dir', dir, '--log-spool-sync', sync],
    '--log-spool-wait-ms=10000', // an event that is late is not owed, and nobody could tell afterwards
  ];

  async function liveAndDie({ sync, livesMs }: { sync: string; livesMs: number }): Promise<void> {
    await using agent = new AgentProcess({ program, args: flags(sync) });
    const port = await agent.served();
    const connections = new Agent({ keepAlive: true });
    let alive = true;
    const client = async (): Promise<void> => {
      while (alive) {
        calls += 1;
        await call({ port, id: `call-${calls}`, connections, owed });
      }
    };
    const load = Array.from({ length: clients }, client);
    const before = owed.size;
    await new Promise((resolve) => setTimeout(resolve, livesMs));
    await eventually('it owes some events', () => owed.size >= before + leastOwed);
    alive = false;
    agent.signal('SIGKILL');
    await agent.ended;
    await Promise.all(load);
    connections.destroy();
  }

  async function finish(): Promise<Verdict> {
    await using agent = new AgentProcess({ program, args: flags('normal') });
    await agent.served();
    const missing = () => [...owed].filter((name) => !sink.events.has(name));
    await eventually('all that is owed was delivered', () => missing().length === 0).catch(() => undefined);
    return { owed: owed.size, lost: missing(), corrupt: sink.corrupt, repeated: sink.repeated() };
  }

  return {
    liveAndDie,
    finish,
    async [Symbol.asyncDispose]() {
      for (const { server } of [runtime, sink]) {
        server.closeAllConnections();
        server.close();
      }
    },
  };
}

interface Call {
  readonly port: number;
  readonly id: string;
  readonly connections: Agent;
  readonly owed: Set<string>;
}

/** Resolves when it is over, however that was. */
function call({ port, id, connections, owed }: Call): Promise<void> {
  return new Promise((resolve) => {
    const headers = { 'X-Request-Id': id, 'Content-Type': 'application/json' };
    const options = {
      host: '127.0.0.1',
      port,
      path: '/v1/models/m:predict',
      method: 'POST',
      headers,
      agent: connections,
    };
    const calling = request(options, (response) => {
      owed.add(`request ${id}`); // its first byte is here
      response.resume();
      response.on('end', () => owed.add(`response ${id}`));
      response.on('close', resolve);
    });
    calling.on('error', () => resolve());
    calling.end(bodyOf(id));
  });
}

function bodyOf(id: string): string {
  return `{"instances":["${id}"]}`;
}

async function listen(server: Server): Promise<{ readonly server: Server; readonly port: number }> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, port: (server.address() as AddressInfo).port };
}

function openRuntime() {
  return listen(
    createServer((asked, response) => {
      asked.resume().on('end', () => response.writeHead(200, { 'Content-Type': 'application/json' }).end(answer));
    }),
  );
}

/** Keeps each event once, and looks at every copy of it. */
async function openCollector() {
  const events = new Map<string, string>();
  const corrupt: string[] = [];
  let copies = 0;
  const server = createServer((event, response) => {
    const chunks: Buffer[] = [];
    event.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', () => undefined);
    event.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      const [id, type] = [String(event.headers['ce-id']), String(event.headers['ce-type'])];
      const kind = type.slice(type.lastIndexOf('.') + 1);
      const ours = Object.entries(event.headers).filter(([name]) => name.startsWith('ce-'));
      const whole = JSON.stringify([ours, body]);
      const before = events.get(`${kind} ${id}`);
      if (before !== undefined) copies += 1;
      if ((before ?? whole) !== whole || body !== (kind === 'request' ? bodyOf(id) : answer))
        corrupt.push(`${kind} ${id}`);
      events.set(`${kind} ${id}`, whole);
      response.writeHead(202).end();
    });
  });
  return { ...(await listen(server)), events, corrupt, repeated: () => copies };
}
