// The runtime's faults (reliability.md 6 A, numbers in the names), each as a real socket. 4 and 6: stale-connections.test.ts;
// 7 to 10: upstream-framing.test.ts; 12: test/upstream/back-pressure.test.ts; 14 and 15: test/readiness/readiness.test.ts.
import { createServer } from 'node:net';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config/read.ts';
import { rawClient } from '../support/raw-client.ts';
import { rawRuntime } from '../support/raw-runtime.ts';
import { firstAnswer, infer, ok, scriptedRuntime } from '../support/scripted-runtime.ts';
import { silentPort } from '../support/silent-port.ts';
import { startTestAgent } from '../support/test-agent.ts';

/** A port that nobody listens at. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function answerTo(port: number, request = infer()) {
  const client = await rawClient(port);
  client.send(request);
  const text = await client.until((all) => firstAnswer(all) !== null);
  return firstAnswer(text) as NonNullable<ReturnType<typeof firstAnswer>>;
}

const chunked = infer()
  .replace(/Content-Length: \d+/, 'Transfer-Encoding: chunked')
  .replace('{"x":1}', '7\r\n{"x":1}\r\n0\r\n\r\n');

describe('refused', () => {
  for (const [kind, request] of [
    ['a body held as bytes', infer()],
    ['a streamed body', chunked],
  ] as const) {
    it(`1: before the runtime was ever reached it is 503 with a JSON error (${kind})`, async () => {
      const agent = await startTestAgent(await freePort());
      const answer = await answerTo(agent.port, request);
      expect(answer.status).toBe(503);
      expect(answer.head).toContain('Content-Type: application/json\r\n');
      expect(JSON.parse(answer.body)).toEqual({ error: expect.any(String) });
      expect(agent.metrics.errors('UPSTREAM_NOT_STARTED').value).toBe(1);
      expect(agent.metrics.upstreamConnects('failed').value).toBe(1);
    });
  }

  for (const first of ['bytes', 'streamed']) {
    it(`2: after the runtime was reached it is 502, one attempt for each request (reached by a ${first} body)`, async () => {
      const server = createServer((socket) => socket.once('data', () => socket.end(ok('up'))));
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const agent = await startTestAgent((server.address() as { port: number }).port);
      expect((await answerTo(agent.port, first === 'bytes' ? infer() : chunked)).status).toBe(200);
      await new Promise((resolve) => server.close(resolve));
      const answers = await Promise.all(Array.from({ length: 20 }, () => answerTo(agent.port)));
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([502]));
      expect((await answerTo(agent.port, chunked)).status).toBe(502);
      expect(agent.metrics.upstreamConnects('failed').value).toBe(21);
      expect(agent.metrics.errors('UPSTREAM_UNREACHABLE').value).toBe(21);
    });
  }
});

describe('timeouts', () => {
  it('3: no timeout by default: a long inference is never cut', () => {
    expect(readConfig({ argv: [], env: {} }).upstream.requestTimeoutMs).toBeNull();
  });

  for (const [kind, request] of [
    ['a body held as bytes', infer()],
    ['a streamed body', chunked],
  ] as const) {
    it(`3: a runtime that accepts and never answers is 504 at the configured timeout (${kind})`, async () => {
      const runtime = await rawRuntime();
      const agent = await startTestAgent(runtime.port, ['--upstream-request-timeout', '100ms']);
      const answer = await answerTo(agent.port, request);
      expect(answer.status).toBe(504);
      expect(JSON.parse(answer.body)).toEqual({ error: expect.any(String) });
      await expect.poll(() => runtime.connections[0]?.ended()).toBe(true);
      expect(agent.metrics.errors('UPSTREAM_TIMEOUT').value).toBe(1);
    });

    it(`3: the timeout in mid-body breaks the answer (${kind})`, async () => {
      const runtime = await rawRuntime(({ socket }) => {
        if (socket.bytesWritten === 0)
          socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n');
      });
      const agent = await startTestAgent(runtime.port, ['--upstream-request-timeout', '200ms']);
      const client = await rawClient(agent.port);
      client.send(request);
      const text = await client.closed();
      expect(text).toContain('half');
      expect(text).not.toContain('\r\n0\r\n');
      await expect.poll(() => runtime.connections[0]?.ended()).toBe(true);
    });

    it(`3: no connection within --upstream-connect-timeout is 504 (${kind})`, async () => {
      const agent = await startTestAgent(await silentPort(), ['--upstream-connect-timeout', '100ms']);
      expect((await answerTo(agent.port, request)).status).toBe(504);
      expect(agent.metrics.errors('UPSTREAM_TIMEOUT').value).toBe(1);
      expect(agent.metrics.upstreamConnects('failed').value).toBe(1);
    });
  }

  it('3: a slot of the pool is free again after a timeout', async () => {
    const runtime = await scriptedRuntime((socket, { index }) => {
      if (index > 0) socket.write(ok('second'));
    });
    const flags = ['--upstream-request-timeout', '100ms', '--upstream-max-connections', '1'];
    const agent = await startTestAgent(runtime.port, flags);
    expect((await answerTo(agent.port)).status).toBe(504);
    expect((await answerTo(agent.port)).body).toBe('second');
  });

  it('3: the timeout counts the wait for a connection', async () => {
    const runtime = await rawRuntime();
    const flags = ['--upstream-request-timeout', '100ms', '--upstream-max-connections', '1'];
    const agent = await startTestAgent(runtime.port, flags);
    const answers = await Promise.all([answerTo(agent.port), answerTo(agent.port)]);
    expect(answers.map(({ status }) => status)).toEqual([504, 504]);
  });
});

describe('mid-answer', () => {
  for (const [framing, head] of [
    ['Content-Length', 'Content-Length: 9'],
    ['chunked', 'Transfer-Encoding: chunked'],
  ]) {
    it(`5: a runtime that dies in mid-body (${framing}) breaks the client's message`, async () => {
      const runtime = await scriptedRuntime((socket) => {
        socket.write(`HTTP/1.1 200 OK\r\n${head}\r\n\r\n${framing === 'chunked' ? '4\r\nhalf\r\n' : 'half'}`);
      });
      const agent = await startTestAgent(runtime.port);
      const failure = fetch(`${agent.url}/v2`, { method: 'POST', body: '{}' }).then((answer) => answer.text());
      const outcome = expect(failure).rejects.toThrow();
      await expect.poll(() => runtime.requests.length).toBe(1);
      runtime.connections[0]?.socket.destroy();
      await outcome;
    });
  }

  it('11: an answer in slices of one byte is passed on as it comes', async () => {
    const body = 'slices';
    const runtime = await scriptedRuntime((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`);
    });
    const agent = await startTestAgent(runtime.port);
    const client = await rawClient(agent.port);
    client.send(infer());
    await client.until((all) => all.endsWith('\r\n\r\n')); // the head arrives though no byte of the body is there
    for (let i = 1; i <= body.length; i++) {
      runtime.connections[0]?.socket.write(body.slice(i - 1, i));
      await client.until((all) => all.endsWith(body.slice(0, i))); // byte k before byte k+1 is written
    }
  });

  it('11: a head in slices of one byte is read', async () => {
    const runtime = await scriptedRuntime(async (socket) => {
      for (const byte of ok('{}', 'X-A: 1\r\n')) await new Promise((sent) => socket.write(byte, sent));
    });
    const agent = await startTestAgent(runtime.port);
    const answer = await answerTo(agent.port);
    expect(answer.head).toContain('X-A: 1\r\n');
    expect(answer.body).toBe('{}');
  });

  for (const [kind, request] of [
    ['a body held as bytes', infer()],
    ['a streamed body', chunked],
  ] as const) {
    it(`16: the first token of an event stream is there before the runtime writes the second (${kind})`, async () => {
      const runtime = await rawRuntime(({ socket }) => {
        if (socket.bytesWritten > 0) return;
        socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n');
      });
      const agent = await startTestAgent(runtime.port);
      const client = await rawClient(agent.port);
      client.send(request);
      const token = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`;
      await client.until((all) => all.includes('text/event-stream')); // silent so far
      for (const text of ['data: one\n\n', 'data: two\n\n']) {
        runtime.connections[0]?.socket.write(token(text));
        await client.until((all) => all.endsWith(token(text)));
      }
      runtime.connections[0]?.socket.write('0\r\n\r\n');
      expect(await client.until((all) => all.endsWith('0\r\n\r\n'))).toContain('data: two');
    });
  }
});

describe('untouched', () => {
  for (const status of [400, 404, 422, 429, 500, 501, 503]) {
    it(`13: the runtime's own ${status} passes byte for byte`, async () => {
      const body = `{"error":  "a b \xe4",\n"code":${status}}`;
      const answer = `HTTP/1.1 ${status} Own Words\r\nContent-Type: x/y\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
      const runtime = await scriptedRuntime((socket) => socket.write(Buffer.from(answer, 'latin1')));
      const agent = await startTestAgent(runtime.port);
      const seen = await answerTo(agent.port);
      expect(seen.head).toMatch(new RegExp(`^HTTP/1.1 ${status} Own Words\\r\\nContent-Type: x/y\\r\\n`));
      expect(seen.body).toBe(body);
    });
  }

  it('17: a gzip answer keeps its bytes and its Content-Encoding, and nobody asks the runtime for one', async () => {
    const zipped = gzipSync('{"ok":true}').toString('latin1');
    const runtime = await scriptedRuntime((socket) => {
      socket.write(Buffer.from(ok(zipped, 'Content-Encoding: gzip\r\n'), 'latin1'));
    });
    const agent = await startTestAgent(runtime.port);
    const answer = await answerTo(agent.port);
    expect(answer.body).toBe(zipped);
    expect(answer.head).toContain('Content-Encoding: gzip\r\n');
    expect(runtime.received()).not.toMatch(/accept-encoding/i);
  });
});
