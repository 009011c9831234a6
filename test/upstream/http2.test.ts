// The HTTP/2 end towards the runtime: sessions, their limits, and the ways in which they break.
import { once } from 'node:events';
import { constants } from 'node:http2';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-ports.ts';
import { call, http2Client, http2Runtime, type OnStream, resultOf } from '../support/http2-peers.ts';
import { serve, serveBytes, serveSilence } from '../support/runtimes/probed.ts';
import { startTestAgent } from '../support/test-agent.ts';

const grpc = { ':method': 'POST', ':path': '/a.B/C', 'content-type': 'application/grpc', te: 'trailers' };
const get = { ':path': '/v2' };
const small = { body: Buffer.from('{}') };

const ok: OnStream = (stream) => {
  stream.respond({ ':status': 200, 'content-type': 'application/json' });
  stream.end('{"ok":true}');
};

async function through(port: number, flags: readonly string[] = []) {
  const agent = await startTestAgent(port, flags);
  return { agent, session: http2Client(agent.port) };
}

describe('no HTTP/2 runtime', () => {
  it('answers 503 as JSON, and UNAVAILABLE to gRPC, while the runtime was never up', async () => {
    const { session } = await through(await freePort());
    const rest = await call(session, get);
    expect([rest.status, rest.headers['content-type']]).toEqual([503, 'application/json']);
    expect(JSON.parse(rest.body.toString())).toEqual({ error: expect.stringContaining('not up yet') });
    const answer = await call(session, grpc, small);
    expect([answer.status, answer.headers['grpc-status'], answer.headersOnly]).toEqual([200, '14', true]);
    expect(answer.headers['grpc-message']).toContain('connection refused');
  });

  it.each([
    ['answers in HTTP/1.1', () => serveBytes('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n')],
    ['closes the connection at once', () => serve(createServer((socket) => socket.destroy()))],
    ['reads the preface and ends', () => serve(createServer((socket) => socket.once('data', () => socket.end())))],
    ['accepts and never says a word', () => serveSilence()],
  ])('tells 502 and UNAVAILABLE when the runtime %s', async (_name, start) => {
    const { session } = await through((await start()).port, ['--upstream-connect-timeout', '300ms']);
    const [rest, answer] = await Promise.all([call(session, get), call(session, grpc, small)]);
    expect(rest.status).toBe(502);
    expect(JSON.parse(rest.body.toString()).error).toContain('does not speak HTTP/2');
    expect([answer.headers['grpc-status'], answer.headersOnly]).toEqual(['14', true]);
  });

  it('connects again after a failure', async () => {
    const port = await freePort();
    const { session } = await through(port);
    expect((await call(session, get)).status).toBe(503);
    await http2Runtime(ok, {}, port);
    expect((await call(session, get)).status).toBe(200);
  });
});

describe('stream limits of the runtime', () => {
  it('opens further sessions when one is full, never more streams than allowed', async () => {
    let [open, most] = [0, 0];
    const perSession = new Map<unknown, number>();
    const runtime = await http2Runtime(
      (stream) => {
        const { session } = stream;
        open += 1;
        perSession.set(session, (perSession.get(session) ?? 0) + 1);
        most = Math.max(most, perSession.get(session) ?? 0);
        stream.on('close', () => {
          open -= 1;
          perSession.set(session, (perSession.get(session) ?? 0) - 1);
        });
        setImmediate(() => ok(stream, {}, 0, []));
      },
      { settings: { maxConcurrentStreams: 1 } },
    );
    const { agent, session } = await through(runtime.port, ['--upstream-max-connections', '8']);
    const results = await Promise.all(Array.from({ length: 80 }, () => call(session, get)));
    expect(results.every(({ status }) => status === 200)).toBe(true);
    expect(most).toBe(1);
    expect(runtime.sessions.length).toBeLessThanOrEqual(8);
    await eventually('nothing open', () => open === 0 && agent.metrics.inFlight.value === 0);
  });

  it('refuses at once what exceeds sessions and queue', async () => {
    const held: Parameters<OnStream>[0][] = [];
    let answering = false;
    const runtime = await http2Runtime(
      (stream) => {
        if (answering) ok(stream, {}, 0, []);
        else held.push(stream);
      },
      { settings: { maxConcurrentStreams: 1 } },
    );
    const { agent, session } = await through(runtime.port, ['--upstream-max-connections', '2']);
    const calls = Array.from({ length: 30 }, () => call(session, get));
    await eventually('refusals', () => agent.metrics.errors('OVERLOADED').value >= 8); // 2 streams, 20 waiters
    answering = true;
    for (const stream of held) ok(stream, {}, 0, []);
    const statuses = (await Promise.all(calls)).map(({ status }) => status);
    const refused = statuses.filter((status) => status === 503).length;
    expect([8, 9, 10]).toContain(refused); // requests that came before the second session was open had one stream less
    expect(statuses.filter((status) => status === 200)).toHaveLength(30 - refused);
  });

  it('carries 2,000 streams of one client, whose own limit makes them wait', async () => {
    const runtime = await http2Runtime(ok, { settings: { maxConcurrentStreams: 100 } });
    const { session } = await through(runtime.port);
    await once(session, 'remoteSettings');
    const results = await Promise.all(Array.from({ length: 2000 }, () => call(session, grpc, small)));
    expect(results.filter(({ status }) => status === 200)).toHaveLength(2000);
  });

  it('forgets a waiting request whose client left', async () => {
    const runtime = await http2Runtime(() => undefined, { settings: { maxConcurrentStreams: 1 } });
    const { agent, session } = await through(runtime.port, ['--upstream-max-connections', '1']);
    const first = session.request(get);
    first.on('error', () => undefined);
    await eventually('the first is with the runtime', () => runtime.streams() === 1);
    const second = session.request(get);
    second.on('error', () => undefined);
    await eventually('two in flight', () => agent.metrics.inFlight.value === 2);
    second.close(constants.NGHTTP2_CANCEL);
    await eventually('one in flight', () => agent.metrics.inFlight.value === 1);
    expect(runtime.streams()).toBe(1);
  });
});

describe('a session that ends', () => {
  it('lets running streams finish after GOAWAY and opens a new session for the next', async () => {
    const held: Parameters<OnStream>[0][] = [];
    const runtime = await http2Runtime((stream) => {
      if (held.push(stream) > 1) ok(stream, {}, 0, []);
    });
    const { session } = await through(runtime.port);
    const first = call(session, get);
    await eventually('a stream', () => held.length === 1);
    runtime.sessions[0]?.close();
    await eventually('a second session', () => {
      void call(session, get);
      return runtime.sessions.length === 2;
    });
    ok(held[0]!, {}, 0, []);
    expect((await first).status).toBe(200);
  });

  it('fails every stream with UNAVAILABLE when the runtime dies, and the next call connects anew', async () => {
    const runtime = await http2Runtime((stream) => {
      if (runtime.streams() > 3) ok(stream, {}, 0, []);
    });
    const { agent, session } = await through(runtime.port, ['--lanes', 'off', '--retry-stale-connection=false']);
    const calls = [call(session, grpc, small), call(session, grpc, small), call(session, get)];
    await eventually('three streams', () => runtime.streams() === 3);
    runtime.kill();
    const [one, two, rest] = await Promise.all(calls);
    expect([one?.headers['grpc-status'], two?.headers['grpc-status'], rest?.status]).toEqual(['14', '14', 502]);
    expect((await call(session, get)).status).toBe(200);
    await eventually('nothing in flight', () => agent.metrics.inFlight.value === 0);
  });

  it('fails every relayed call with UNAVAILABLE when the runtime dies, and asks the client to connect anew', async () => {
    const runtime = await http2Runtime((stream) => {
      if (runtime.streams() > 3) ok(stream, {}, 0, []);
    });
    const { agent, session } = await through(runtime.port, ['--lanes', 'auto']);
    const calls = [call(session, grpc, small), call(session, grpc, small), call(session, grpc, small)];
    const goaway = once(session, 'goaway');
    await eventually('three streams', () => runtime.streams() === 3);
    runtime.kill();
    const statuses = (await Promise.all(calls)).map(({ headers }) => headers['grpc-status']);
    expect(statuses).toEqual(['14', '14', '14']);
    expect((await goaway)[0]).toBe(constants.NGHTTP2_NO_ERROR);
    expect((await call(http2Client(agent.port), grpc, small)).status).toBe(200);
    await eventually('nothing in flight', () => agent.metrics.inFlight.value === 0);
  });

  it('sends a request once more when a used session dies before its answer, and only once', async () => {
    let kills = 1;
    const runtime = await http2Runtime((stream) => {
      if (runtime.streams() > 1 && kills-- > 0) runtime.kill();
      else ok(stream, {}, 0, []);
    });
    const { agent, session } = await through(runtime.port);
    expect((await call(session, get)).status).toBe(200);
    expect((await call(session, { ...get, ':method': 'POST' }, small)).status).toBe(200);
    expect(agent.metrics.staleRetries.value).toBe(1);
    kills = 2;
    expect((await call(session, get)).status).toBe(502);
    expect(agent.metrics.staleRetries.value).toBe(2);
  });
});

describe('resets', () => {
  it.each([
    ['REFUSED_STREAM', constants.NGHTTP2_REFUSED_STREAM],
    ['CANCEL', constants.NGHTTP2_CANCEL],
    ['ENHANCE_YOUR_CALM', constants.NGHTTP2_ENHANCE_YOUR_CALM],
    ['INTERNAL_ERROR', constants.NGHTTP2_INTERNAL_ERROR],
  ])('passes the runtime’s %s on before the answer began', async (_name, code) => {
    const runtime = await http2Runtime((stream) => stream.close(code));
    const { session } = await through(runtime.port, ['--retry-stale-connection=false']);
    expect((await call(session, grpc, small)).rstCode).toBe(code);
  });

  const { NGHTTP2_NO_ERROR: noError, NGHTTP2_CANCEL: cancel, NGHTTP2_INTERNAL_ERROR: internal } = constants;

  it.each([
    ['off', 'NO_ERROR', noError, cancel],
    ['off', 'CANCEL', cancel, cancel],
    ['off', 'INTERNAL_ERROR', internal, cancel],
    ['auto', 'NO_ERROR', noError, noError], // relayed: the client's own word
    ['auto', 'CANCEL', cancel, cancel],
    ['auto', 'INTERNAL_ERROR', internal, internal],
  ])(
    'cancels the call at the runtime (--lanes %s) when the client resets with %s',
    async (lanes, _name, code, told) => {
      let rst: number | undefined;
      const runtime = await http2Runtime((stream, headers) => {
        stream.on('close', () => {
          rst = stream.rstCode;
        });
        if (headers[':path'] === '/begun') {
          stream.respond({ ':status': 200 });
          stream.write('x');
        }
      });
      const { agent, session } = await through(runtime.port, ['--lanes', lanes]);
      for (const path of ['/silent', '/begun']) {
        rst = undefined;
        const before = runtime.streams();
        const stream = session.request({ ...grpc, ':path': path });
        stream.on('error', () => undefined);
        stream.write('part');
        await eventually('the stream is there', () => runtime.streams() > before);
        if (path === '/begun') await once(stream, 'data');
        stream.close(code);
        await eventually('the runtime is told', () => rst !== undefined);
        expect(rst).toBe(told);
        await eventually('nothing in flight', () => agent.metrics.inFlight.value === 0);
      }
    },
  );

  it('cancels every call of a client whose connection breaks', async () => {
    let cancelled = 0;
    const runtime = await http2Runtime((stream) => {
      stream.on('close', () => {
        cancelled += 1;
      });
    });
    const { agent, session } = await through(runtime.port);
    const streams = Array.from({ length: 20 }, () => resultOf(session.request(get)));
    await eventually('20 streams', () => runtime.streams() === 20);
    session.destroy();
    await eventually('20 cancelled', () => cancelled === 20);
    await Promise.all(streams);
    await eventually('nothing in flight', () => agent.metrics.inFlight.value === 0);
  });

  it('ends an exchange at the configured timeout', async () => {
    const runtime = await http2Runtime(() => undefined);
    const { session } = await through(runtime.port, ['--upstream-request-timeout', '200ms']);
    const [rest, answer] = await Promise.all([call(session, get), call(session, grpc, small)]);
    expect([rest.status, answer.headers['grpc-status']]).toEqual([504, '4']);
  });
});
