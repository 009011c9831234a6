// Can the agent's own ports be bound? Where one is taken: by an Outrigger that runs, or by somebody else?
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Config } from '../config/slices.ts';
import { openRuntimeCalls } from '../puller/runtime/runtime-call.ts';
import { type Check, type Finding, note, ok, problem } from './finding.ts';

const group = 'Ports';

interface OwnPort {
  readonly what: string;
  readonly flag: string;
  readonly host: string;
  readonly port: number;
}

/** `callMs`: how long who has a port may take to say what he is. */
export function portChecks({ listener, ops }: Config, callMs = 3000): readonly Check[] {
  const ports: OwnPort[] = [{ what: 'clients', flag: '--port', host: listener.host, port: listener.port }];
  if (ops !== null) ports.push({ what: 'the operator', flag: '--metrics-port', host: ops.host, port: ops.port });
  return ports.map((own) => ({
    group,
    subject: `port ${own.port}`,
    run: async (signal: AbortSignal) => [await checkPort(own, { signal, callMs, opsPort: ops?.port ?? null })],
  }));
}

interface Around {
  readonly signal: AbortSignal;
  readonly callMs: number;
  /** Null: it is off. */
  readonly opsPort: number | null;
}

async function checkPort(own: OwnPort, around: Around): Promise<Finding> {
  const name = `port ${own.port} for ${own.what}`;
  if (own.port === 0) return ok(`${name}: any that is free`);
  const code = await tryToBind(own);
  if (code === null) return ok(`${name} is free`);
  if (code === 'EACCES') return problem(`${name} may not be bound by this user`, `take one above 1023 by ${own.flag}`);
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    const flag = own.flag === '--port' ? '--host' : '--metrics-host';
    return problem(`${name}: this machine has no address ${own.host}`, `name another one by ${flag}`);
  }
  if (code !== 'EADDRINUSE') return problem(`${name} cannot be bound: ${code}`);
  const running = await runningVersion(around);
  if (running !== null) return note(`${name} is taken by the Outrigger ${running} that runs here`);
  return problem(`${name} is taken`, `end what listens there, or take another by ${own.flag}`);
}

/** Null: it could be bound, and is free again. */
async function tryToBind({ host, port }: OwnPort): Promise<string | null> {
  const server = createServer();
  try {
    server.listen(port, host === '' ? undefined : host);
    await once(server, 'listening');
    server.close();
    await once(server, 'close');
    return null;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? (error as Error).message;
  }
}

/** Null: who listens at the operator's port is no Outrigger, or says nothing. */
async function runningVersion({ opsPort, callMs, signal }: Around): Promise<string | null> {
  if (opsPort === null) return null;
  await using calls = openRuntimeCalls({ host: '127.0.0.1', port: opsPort });
  try {
    const { text } = await calls.call({ method: 'GET', path: '/status?brief', deadlineMs: callMs, signal });
    const { version, startedAt, ready } = JSON.parse(text) as Record<string, unknown>;
    const isOurs = typeof version === 'string' && (startedAt !== undefined || ready !== undefined);
    return isOurs ? version : null;
  } catch {
    return null;
  }
}
