// One request over HTTP/1.1, on a connection of its own.
import { once } from 'node:events';
import { type IncomingMessage, request as open } from 'node:http';
import { fieldsToRepeat } from '../sent-again.ts';
import { type Answered, drain, type Sending } from './sending.ts';

export async function sendHttp1({ request, agentUrl, deadline, maxAnswerBytes }: Sending): Promise<Answered> {
  const { method, path, authority, body } = request;
  const { hostname, port } = new URL(agentUrl);
  const bytes = body?.bytes ?? Buffer.alloc(0);
  const fields = fieldsToRepeat(request).flat();
  const length = bytes.length > 0 || !bodilessMethods.has(method) ? ['Content-Length', String(bytes.length)] : [];
  const host = ['Host', authority || `${hostname}:${port}`];
  const outgoing = open({
    host: hostname.replace(/^\[|\]$/g, ''),
    port,
    method,
    path,
    headers: [...host, ...fields, ...length],
    agent: false,
    signal: deadline,
  });
  outgoing.end(bytes);
  const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
  await drain(incoming, maxAnswerBytes);
  return { status: incoming.statusCode ?? 0, grpcStatus: null };
}

/** Content-Length: 0 would be odd there. */
const bodilessMethods = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS']);
