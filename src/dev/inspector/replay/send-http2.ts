// One request over HTTP/2 without TLS, gRPC with it: whose status comes behind the answer, or instead of it.
import { once } from 'node:events';
import { connect, type IncomingHttpHeaders } from 'node:http2';
import { FlatHeaderBlock } from '../../../http/header-block.ts';
import { toHttp2Fields } from '../../../http/http2-fields.ts';
import { fieldsToRepeat } from '../sent-again.ts';
import { spokenProtocol } from '../view/spoken-protocol.ts';
import { type Answered, drain, type Sending } from './sending.ts';

export async function sendHttp2({ request, agentUrl, deadline, maxAnswerBytes }: Sending): Promise<Answered> {
  const { method, path, authority, body } = request;
  const session = connect(agentUrl);
  const failed = once(session, 'error', { signal: deadline }).then(([error]) => Promise.reject(error as Error));
  failed.catch(() => undefined); // the race below has it
  try {
    const grpc = spokenProtocol(request) === 'gRPC' ? ['te', 'trailers'] : [];
    const pseudo = [
      ':method',
      method,
      ':scheme',
      'http',
      ':authority',
      authority || new URL(agentUrl).host,
      ':path',
      path,
    ];
    const block = new FlatHeaderBlock([...fieldsToRepeat(request).flat(), ...grpc]);
    const stream = session.request(toHttp2Fields(pseudo, block), { signal: deadline });
    const trailers: IncomingHttpHeaders = {};
    stream.on('trailers', (fields) => Object.assign(trailers, fields));
    stream.on('error', () => undefined); // it ends the reading below
    stream.end(body?.bytes);
    const [fields] = (await Promise.race([once(stream, 'response', { signal: deadline }), failed])) as [
      IncomingHttpHeaders,
    ];
    await drain(stream, maxAnswerBytes);
    return {
      status: Number(fields[':status']),
      grpcStatus: readStatus(trailers['grpc-status'] ?? fields['grpc-status']),
    };
  } finally {
    session.destroy();
  }
}

function readStatus(field: string | string[] | undefined): number | null {
  return typeof field === 'string' && /^\d{1,3}$/.test(field) ? Number(field) : null;
}
