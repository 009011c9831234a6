// The HTTP/2 end towards clients: REST over h2c, fields, 1xx, trailers, limits.
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:http2';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { endHeaders, endStream, fieldBlock, frame, frameType } from '../support/http2-frames.ts';
import { call, http2Client, http2Runtime, type OnStream } from '../support/http2-peers.ts';
import { frameClient } from '../support/http2-raw.ts';
import { startTestAgent } from '../support/test-agent.ts';

const run = promisify(execFile);
const post = { ':method': 'POST', ':path': '/v2/models/m/infer', 'content-type': 'application/json' };

async function agentBefore(onStream: OnStream, flags: readonly string[] = []) {
  const runtime = await http2Runtime(onStream);
  const agent = await startTestAgent(runtime.port, flags);
  return { runtime, agent, session: http2Client(agent.port) };
}

const echo: OnStream = (stream, headers) => {
  stream.respond({ ':status': 200, 'content-type': headers['content-type'] ?? 'text/plain' });
  stream.pipe(stream);
};

describe('REST over HTTP/2', () => {
  it('serves curl with prior knowledge', async () => {
    const { agent } = await agentBefore(echo);
    const url = `http://127.0.0.1:${agent.port}/v2/models/m/infer`;
    const flags = ['-sS', '--max-time', '5', '--http2-prior-knowledge', '-H', 'Content-Type: application/json'];
    const { stdout } = await run('curl', [...flags, '-d', '{"a":1}', '-w', ' %{http_version} %{http_code}', url]);
    expect(stdout).toBe('{"a":1} 2 200');
  });

  it('passes fields in their order with duplicates, and adds only where the request came from', async () => {
    let received: string[] = [];
    const { session } = await agentBefore((stream, _headers, _flags, raw) => {
      received = raw;
      stream.respond([
        ':status',
        '200',
        'x-a',
        '1',
        'x-b',
        '2',
        'x-a',
        '3',
        'set-cookie',
        'a',
        'set-cookie',
        'b',
      ] as never);
      stream.end();
    });
    const fields = [
      'x-q',
      '1',
      'user-agent',
      'me',
      'x-r',
      '2',
      'x-q',
      '3',
      'cookie',
      'a=1',
      'cookie',
      'b=2',
      'te',
      'trailers',
    ];
    const { raw } = await call(session, [':path', '/%2f?q=%20', ':authority', 'host:1', ...fields] as never);
    expect(received.slice(0, 8)).toEqual([
      ':method',
      'GET',
      ':scheme',
      'http',
      ':authority',
      'host:1',
      ':path',
      '/%2f?q=%20',
    ]);
    expect(received.slice(8)).toEqual([...fields, 'x-forwarded-for', '127.0.0.1']);
    expect(raw.filter((_, index) => !raw.includes('date') || index < raw.indexOf('date'))).toEqual([
      ...[':status', '200', 'x-a', '1', 'x-b', '2', 'x-a', '3', 'set-cookie', 'a', 'set-cookie', 'b'],
    ]);
  });

  it('passes duplicates of fields that should be single', async () => {
    let received: string[] = [];
    const { session, agent } = await agentBefore((stream, _headers, _flags, raw) => {
      received = raw;
      stream.respond({ ':status': 200 });
      stream.end();
    });
    const client = await frameClient(agent.port);
    const head = [
      [':method', 'GET'],
      [':scheme', 'http'],
      [':authority', 'a'],
      [':path', '/'],
      ['user-agent', 'x'],
      ['user-agent', 'y'],
    ] as const;
    client.send(frame(frameType.headers, endHeaders | endStream, 1, fieldBlock(head)));
    const answer = await client.until('an answer', ({ type }) => type === frameType.headers);
    expect(answer.payload[0]).toBe(0x88); // :status 200
    expect(received.filter((_, index) => received[index - 1] === 'user-agent')).toEqual(['x', 'y']);
    session.close();
  });

  it('answers HEAD, 204 and 304 without a body and without an end of their own', async () => {
    const { session } = await agentBefore((stream, headers) => {
      const status = Number(headers[':path']?.slice(1));
      stream.respond(
        { ':status': status, 'content-length': headers[':method'] === 'HEAD' ? '1234' : undefined },
        { endStream: true },
      );
    });
    const head = await call(session, { ':method': 'HEAD', ':path': '/200' });
    expect([head.status, head.headers['content-length'], head.headersOnly]).toEqual([200, '1234', true]);
    for (const status of [204, 304]) {
      const answer = await call(session, { ':path': `/${status}` });
      expect([answer.status, answer.body.length, answer.headersOnly]).toEqual([status, 0, true]);
    }
  });

  it('keeps Content-Length of requests and answers', async () => {
    let announced: string | undefined;
    const { session } = await agentBefore((stream, headers) => {
      announced = headers['content-length'];
      stream.respond({ ':status': 200, 'content-length': 4 });
      stream.end('four');
    });
    const answer = await call(session, { ...post, 'content-length': '3' }, { body: Buffer.from('abc') });
    expect([announced, answer.headers['content-length'], answer.body.toString()]).toEqual(['3', '4', 'four']);
  });

  it('adds no Date of its own', async () => {
    const { session } = await agentBefore((stream) => {
      stream.respond({ ':status': 200 }, { sendDate: false } as never);
      stream.end();
    });
    expect((await call(session, { ':path': '/' })).headers.date).toBeUndefined();
  });

  it('passes informational answers before the final one', async () => {
    const { session } = await agentBefore((stream) => {
      stream.additionalHeaders({ ':status': 103, link: '</a>; rel=preload' });
      stream.respond({ ':status': 200 });
      stream.end('x');
    });
    const { informational, status } = await call(session, { ':path': '/' });
    expect(informational).toMatchObject([{ ':status': 103, link: '</a>; rel=preload' }]);
    expect(status).toBe(200);
  });

  it.each([
    ['small', 10],
    ['streamed', 500_000],
  ])('passes request trailers behind a %s body', async (_name, bytes) => {
    const { session } = await agentBefore((stream) => {
      let trailers: object = {};
      stream.on('trailers', (received) => {
        trailers = received;
      });
      stream.resume().on('end', () => {
        stream.respond({ ':status': 200 });
        stream.end(JSON.stringify(trailers));
      });
    });
    const { body } = await call(session, post, { body: Buffer.alloc(bytes), trailers: { 'x-sum': 'abc' } });
    expect(JSON.parse(body.toString())).toMatchObject({ 'x-sum': 'abc' });
  });

  it('passes answer trailers of REST too', async () => {
    const { session } = await agentBefore((stream) => {
      stream.respond({ ':status': 200 }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'x-sum': 'abc' }));
      stream.end('body');
    });
    expect((await call(session, { ':path': '/' })).trailers).toMatchObject({ 'x-sum': 'abc' });
  });

  it('echoes a body of 20 MB byte by byte', async () => {
    const { session } = await agentBefore(echo);
    const body = Buffer.alloc(20 << 20, 'outrigger');
    const answer = await call(session, post, { body });

    expect(answer.body.equals(body)).toBe(true);
  });
});

describe('refusals', () => {
  it('answers CONNECT-like and too long requests with JSON, the stream ends, the session goes on', async () => {
    const { session } = await agentBefore(echo, ['--max-url-bytes', '100']);
    const trace = await call(session, { ':method': 'TRACE', ':path': '/' });
    expect([trace.status, trace.headers.allow]).toEqual([405, expect.stringContaining('POST')]);
    const long = await call(session, { ':path': `/${'a'.repeat(200)}` });
    expect([long.status, JSON.parse(long.body.toString())]).toEqual([414, { error: expect.any(String) }]);
    const head = await call(session, { ':method': 'HEAD', ':path': `/${'a'.repeat(200)}` });
    expect([head.status, head.body.length]).toEqual([414, 0]);
    expect((await call(session, { ':path': '/' })).status).toBe(200);
  });

  it('refuses fields beyond the limits by 431, gRPC by RESOURCE_EXHAUSTED', async () => {
    const { session } = await agentBefore(echo, ['--max-header-bytes', '2048', '--max-header-count', '20']);
    expect((await call(session, { ':path': '/', 'x-long': 'l'.repeat(3000) })).status).toBe(431);
    const many = Object.fromEntries(Array.from({ length: 21 }, (_, index) => [`x-${index}`, '1']));
    expect((await call(session, { ':path': '/', ...many })).status).toBe(431);
    const grpc = { ':method': 'POST', ':path': '/', 'content-type': 'application/grpc', 'x-long': 'l'.repeat(3000) };
    const answer = await call(session, grpc, { body: Buffer.from('x') });
    expect([answer.status, answer.headers['grpc-status']]).toEqual([200, '8']);
    const over = await call(session, { ':path': '/', 'x-long': 'l'.repeat(60_000) });
    expect(over.rstCode).toBe(constants.NGHTTP2_ENHANCE_YOUR_CALM);
    expect((await call(session, { ':path': '/' })).status).toBe(200);
  });

  it('refuses bodies beyond --max-body-bytes by 413: announced, collected and streamed ones', async () => {
    let cancelled = 0;
    const { session, agent } = await agentBefore(
      (stream) => {
        stream.resume().on('close', () => {
          if (stream.rstCode !== 0) cancelled += 1;
        });
      },
      ['--max-body-bytes', '1000'],
    );
    expect((await call(session, { ...post, 'content-length': '2000' }, { body: Buffer.alloc(2000) })).status).toBe(413);
    expect((await call(session, post, { body: Buffer.alloc(2000) })).status).toBe(413);
    const slow = session.request(post);
    const answered = once(slow, 'response');
    slow.write(Buffer.alloc(600));
    await eventually('the first part is read', () => agent.metrics.inFlight.value === 1);
    slow.end(Buffer.alloc(600));
    const [headers] = await answered;
    expect(headers[':status']).toBe(413);
    slow.resume();
    const large = await call(session, post, { body: Buffer.alloc(3 << 20) });
    expect([large.status, JSON.parse(large.body.toString()).error]).toEqual([413, 'the body exceeds 1000 bytes']);
    await eventually('nothing in flight', () => agent.metrics.inFlight.value === 0);
    expect(cancelled).toBeLessThanOrEqual(2);
  });
});
