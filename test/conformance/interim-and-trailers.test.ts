// What surrounds a message: Expect and 1xx before it, trailers behind it, and answers that have no body.
import { describe, expect, it } from 'vitest';
import { rawClient } from '../support/raw-client.ts';
import { type RawConnection, rawRuntime } from '../support/raw-runtime.ts';
import { readSentRequests, valuesOf } from '../support/strict-request.ts';
import { startTestAgent } from '../support/test-agent.ts';

const get = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const go = 'HTTP/1.1 100 Continue\r\n\r\n';
const expecting = (framing = 'Content-Length: 5') =>
  `POST / HTTP/1.1\r\nHost: a\r\n${framing}\r\nExpect: 100-continue\r\n\r\n`;

async function behindAgent(onData: (connection: RawConnection, chunk: string) => void) {
  const runtime = await rawRuntime(onData);
  const agent = await startTestAgent(runtime.port);
  return { runtime, client: await rawClient(agent.port) };
}

/** A runtime that says `first` to the head and `last` to the end of the body. */
const twoSteps = (first: string, last: string, end: string) => (connection: RawConnection) => {
  if (connection.received().endsWith(end)) connection.socket.write(last);
  else if (connection.received().endsWith('\r\n\r\n')) connection.socket.write(first);
};

describe('29 Expect: 100-continue', () => {
  it.each([
    ['Content-Length: 5', 'hello'],
    ['Transfer-Encoding: chunked', '5\r\nhello\r\n0\r\n\r\n'],
  ])('%s: the runtime is asked, its 100 reaches the client once', async (framing, body) => {
    const { runtime, client } = await behindAgent(twoSteps(go, ok, body));
    client.send(expecting(framing));
    expect(await client.until((text) => text.includes('\r\n\r\n'))).toBe(go);
    client.send(body);
    const answer = await client.until((text) => text.endsWith('ok'));
    expect(answer.split('HTTP/1.1 100')).toHaveLength(2);
    const [sent] = readSentRequests(runtime.received());
    expect([sent?.body, valuesOf(sent!, 'expect')]).toEqual(['hello', ['100-continue']]);
  });

  it.each(['417 Expectation Failed', '401 Unauthorized'])(
    'an early %s comes instead of 100, then close',
    async (status) => {
      const { runtime, client } = await behindAgent(({ socket }) => {
        socket.write(`HTTP/1.1 ${status}\r\nContent-Length: 2\r\n\r\nno`);
      });
      client.send(expecting());
      const answer = await client.closed();
      expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status}\r\n[\\s\\S]*\r\nConnection: close\r\n[\\s\\S]*no$`));
      expect(client.failure()).toBeNull();
      expect(runtime.received()).not.toContain('hello');
    },
  );

  it('a runtime that ignores Expect: the client is told to go on all the same', async () => {
    const { client } = await behindAgent(twoSteps('', ok, 'hello'));
    client.send(expecting());
    expect(await client.until((text) => text.includes('\r\n\r\n'))).toBe(go);
    client.send('hello');
    expect(await client.until((text) => text.endsWith('ok'))).toMatch(/^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 200 /);
  });

  it('a client that does not wait is answered, and told at most once', async () => {
    const { client } = await behindAgent(twoSteps(go, ok, 'hello'));
    client.send(`${expecting()}hello`);
    const answer = await client.until((text) => text.endsWith('ok'));
    expect(answer.split('HTTP/1.1 100').length).toBeLessThanOrEqual(2);
    expect(answer).toMatch(/HTTP\/1.1 200 OK\r\n/);
  });

  it.each([
    ['', 1],
    ['Content-Length: 5\r\n', 0],
  ])(
    '%j: answered without 100 the connection ends, and nothing behind it reaches the runtime',
    async (framing, whole) => {
      const { runtime, client } = await behindAgent(({ socket }) => socket.write(ok));
      client.send(`POST / HTTP/1.1\r\nHost: a\r\n${framing}Expect: 100-continue\r\n\r\n${framing && 'hello'}${get}`);
      expect(await client.closed()).toMatch(/^HTTP\/1.1 200 [\s\S]*\r\nConnection: close\r\n\r\nok$/i);
      expect(client.failure()).toBeNull();
      expect(runtime.received()).not.toContain('GET');
      expect(readSentRequests(runtime.received()).filter(({ complete }) => complete)).toHaveLength(whole);
    },
  );

  it('told to go on, the request behind it is not lost in silence: the connection ends', async () => {
    const { runtime, client } = await behindAgent(twoSteps(go, ok, 'hello'));
    client.send(`${expecting()}hello${get}`);
    expect(await client.closed()).toMatch(/HTTP\/1.1 200 [\s\S]*\r\nConnection: close\r\n\r\nok$/i);
    expect(runtime.received()).not.toContain('GET');
  });
});

describe('1xx', () => {
  const hints = 'HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\nLink: </b>\r\n\r\n';

  it('103 reaches the client at once, fields included, as often as it is sent', async () => {
    const { runtime, client } = await behindAgent(({ socket }) => socket.write(hints));
    client.send(get);
    const first = await client.until((text) => text.includes('\r\n\r\n'));
    expect(first).toMatch(/^HTTP\/1.1 103 .*\r\nLink: <\/a>; rel=preload\r\nLink: <\/b>\r\n\r\n$/);
    runtime.connections[0]?.socket.write(hints + ok);
    const answer = await client.until((text) => text.endsWith('ok'));
    expect(answer.split('HTTP/1.1 103')).toHaveLength(3);
    expect(answer).toMatch(/\r\n\r\nHTTP\/1.1 200 OK\r\n/);
  });

  it('an HTTP/1.0 client gets none', async () => {
    const { client } = await behindAgent(({ socket }) => socket.write(hints + ok));
    client.send('GET / HTTP/1.0\r\n\r\n');
    expect(await client.closed()).toMatch(/^HTTP\/1.1 200 OK\r\n[\s\S]*ok$/);
  });
});

describe('answers without a body', () => {
  it.each([
    ['HEAD with a length', 'HEAD', 'HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\n', 'Content-Length: 1234'],
    ['HEAD of a chunked answer', 'HEAD', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX: y\r\n\r\n', 'X: y'],
    [
      'HEAD that announces trailers',
      'HEAD',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: Z\r\nX: y\r\n\r\n',
      'X: y',
    ],
    ['204', 'GET', 'HTTP/1.1 204 No Content\r\nX: y\r\n\r\n', 'X: y'],
    [
      '304 with a length',
      'GET',
      'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\nContent-Length: 99\r\n\r\n',
      'Content-Length: 99',
    ],
  ])('%s: the head alone, and the connection carries on', async (_name, method, answer, field) => {
    const { client } = await behindAgent(({ socket }) => socket.write(answer));
    for (const round of [1, 2]) {
      client.send(`${method} / HTTP/1.1\r\nHost: a\r\n\r\n`);
      await client.until((text) => text.split('\r\n\r\n').length === round + 1);
    }
    const [first = '', second = '', rest] = client.received().split('\r\n\r\n');
    expect([first, rest]).toEqual([second, '']);
    expect(first.split('\r\n')).toContain(field);
    expect(first).not.toMatch(/transfer-encoding/i);
  });
});

describe('trailers', () => {
  it('of a request reach the runtime in order, without those that would route or authorise', async () => {
    const { runtime, client } = await behindAgent(({ socket }, chunk) => {
      if (chunk.endsWith('\r\n\r\n') && chunk.includes('X-Sum')) socket.write(ok);
    });
    const hostile = 'Host: evil\r\nAuthorization: x\r\nX-Forwarded-For: 6.6.6.6\r\nConnection: close\r\nCookie: c\r\n';
    client.send('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n');
    client.send(`2\r\nhi\r\n0\r\nX-A: 1\r\n${hostile}x-a: 2\r\nX-Sum: \xe9\r\n\r\n`);
    await client.until((text) => text.endsWith('ok'));
    const [sent] = readSentRequests(runtime.received());
    expect(sent?.body).toBe('hi');
    expect(sent?.trailers).toEqual([
      ['X-A', '1'],
      ['x-a', '2'],
      ['X-Sum', '\xe9'],
    ]);
  });

  it('announced but not sent: the answer is complete all the same', async () => {
    const { client } = await behindAgent(({ socket }) => {
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n2\r\nhi\r\n0\r\n\r\n');
    });
    client.send(get);
    expect(await client.until((text) => text.includes('hi'))).toMatch(/^HTTP\/1.1 200 OK\r\n/);
  });

  it.each(['at once', 'later'])('of an answer that is complete %s reach the client', async (when) => {
    const head = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n2\r\nhi\r\n';
    const end = '0\r\nX-Sum: 1\r\nTransfer-Encoding_: x\r\nx-sum: 2\r\nSet-Cookie: c\r\nTrailer: y\r\n\r\n';
    const { runtime, client } = await behindAgent(({ socket }) => socket.write(when === 'at once' ? head + end : head));
    client.send(get);
    if (when === 'later') {
      await client.until((text) => text.endsWith('hi\r\n'));
      runtime.connections[0]?.socket.write(end);
    }
    const answer = await client.until((text) => text.endsWith('\r\n\r\n') && text.includes('\r\n0\r\n'));
    expect(answer.slice(answer.indexOf('\r\n0\r\n') + 5)).toBe('X-Sum: 1\r\nTransfer-Encoding_: x\r\nx-sum: 2\r\n\r\n');
  });
});
