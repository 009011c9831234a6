import { expect, it } from 'vitest';
import { rawClient } from '../support/raw-client.ts';
import { rawRuntime } from '../support/raw-runtime.ts';
import { firstAnswer, ok } from '../support/scripted-runtime.ts';
import { startTestAgent } from '../support/test-agent.ts';

const chunkedHead = 'POST /v2/models/m/infer HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n';

it('request trailers reach the runtime and the trailers of its answer reach the client', async () => {
  const runtime = await rawRuntime(({ socket, received }) => {
    if (!received().endsWith('X-Sum: 1\r\n\r\n')) return;
    socket.write(
      'HTTP/1.1 200 OK\r\nTrailer: X-End\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nX-End: 2\r\n\r\n',
    );
  });
  const agent = await startTestAgent(runtime.port);
  const client = await rawClient(agent.port);
  client.send(`${chunkedHead}Trailer: X-Sum\r\n\r\n2\r\n{}\r\n0\r\nX-Sum: 1\r\n\r\n`);
  const answer = await client.until((all) => all.endsWith('X-End: 2\r\n\r\n'));
  expect(answer).toContain('\r\n2\r\n{}\r\n0\r\nX-End: 2\r\n');
  expect(runtime.received()).toContain('\r\n0\r\nX-Sum: 1\r\n\r\n');
});

it('chunks of a request are passed on as they come, and an early answer ends the exchange', async () => {
  const runtime = await rawRuntime(({ socket, received }) => {
    if (received().includes('first') && socket.bytesWritten === 0) {
      socket.write('HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\n{}');
    }
  });
  const agent = await startTestAgent(runtime.port);
  const client = await rawClient(agent.port);
  client.send(`${chunkedHead}\r\n5\r\nfirst\r\n`);
  expect(await client.until((all) => all.endsWith('{}'))).toMatch(/^HTTP\/1.1 413 Too Large\r\n/);
});

it('the head of a chunked request reaches the runtime before the first byte of its body', async () => {
  const runtime = await rawRuntime();
  const agent = await startTestAgent(runtime.port);
  const client = await rawClient(agent.port);
  client.send(`${chunkedHead}\r\n`);
  await expect.poll(() => runtime.received().includes('\r\n\r\n')).toBe(true);
});

it('bytes above ASCII in fields pass as they are when neither body is there yet', async () => {
  const runtime = await rawRuntime(({ socket, received }) => {
    if (received().endsWith('\r\n\r\n')) {
      const head = 'HTTP/1.1 200 OK\r\nX-Name: \xe9\xff\r\nTransfer-Encoding: chunked\r\n\r\n';
      socket.write(Buffer.from(head, 'latin1'));
    }
  });
  const agent = await startTestAgent(runtime.port);
  const client = await rawClient(agent.port);
  client.send(`${chunkedHead}X-Name: \xe8\xfe\r\n\r\n`);
  expect(await client.until((all) => all.endsWith('\r\n\r\n'))).toContain('\r\nX-Name: \xe9\xff\r\n');
  expect(runtime.received()).toContain('\r\nX-Name: \xe8\xfe\r\n');
});

it('Expect: the client is told to continue when the runtime says so, once', async () => {
  const runtime = await rawRuntime(({ socket, received }) => {
    if (received().endsWith('\r\n\r\n')) socket.write('HTTP/1.1 100 Continue\r\n\r\n');
    else if (received().endsWith('{}')) socket.write(ok('{"ok":1}'));
  });
  const agent = await startTestAgent(runtime.port);
  const client = await rawClient(agent.port);
  client.send('POST /v2 HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n');
  await client.until((all) => all.includes('100 Continue'));
  expect(runtime.received()).toMatch(/\r\nExpect: 100-continue\r\n/);
  client.send('{}');
  const text = await client.until((all) => all.endsWith('{"ok":1}'));
  expect(text.match(/100 Continue/g)).toHaveLength(1);
});

it('Expect: a runtime that says no gets no body', async () => {
  const runtime = await rawRuntime(({ socket }) => socket.write('HTTP/1.1 417 No\r\nContent-Length: 0\r\n\r\n'));
  const agent = await startTestAgent(runtime.port);
  const client = await rawClient(agent.port);
  client.send('POST /v2 HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n');
  const text = await client.until((all) => firstAnswer(all) !== null);
  expect(text).toMatch(/^HTTP\/1.1 417 No\r\n/);
  expect(text).not.toContain('100 Continue');
});

it('Expect: a runtime that knows nothing of it gets the body all the same', async () => {
  const runtime = await rawRuntime(({ socket, received }) => {
    if (received().endsWith('{}')) socket.write(ok('{"ok":1}'));
  });
  const agent = await startTestAgent(runtime.port);
  const client = await rawClient(agent.port);
  client.send('POST /v2 HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n{}');
  expect(await client.until((all) => all.endsWith('{"ok":1}'))).toContain(' 200 ');
});

it('OPTIONS * passes as it is', async () => {
  const runtime = await rawRuntime(({ socket }) => socket.write('HTTP/1.1 204 None\r\nAllow: GET\r\n\r\n'));
  const agent = await startTestAgent(runtime.port);
  const client = await rawClient(agent.port);
  client.send('OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n');
  expect(await client.until((all) => all.endsWith('\r\n\r\n'))).toContain('Allow: GET\r\n');
  expect(runtime.received()).toMatch(/^OPTIONS \* HTTP\/1.1\r\n/);
});

it('103 is passed on', async () => {
  const runtime = await rawRuntime(({ socket, received }) => {
    if (!received().endsWith('0\r\n\r\n')) return;
    socket.write(`HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${ok('{}')}`);
  });
  const agent = await startTestAgent(runtime.port);
  const client = await rawClient(agent.port);
  client.send(`${chunkedHead}\r\n0\r\n\r\n`);
  expect(await client.until((all) => all.endsWith('{}'))).toMatch(
    /^HTTP\/1.1 103 [\s\S]*Link: <\/a>\r\n\r\nHTTP\/1.1 200 OK/,
  );
});

it('an unasked 101 is a 502', async () => {
  const runtime = await rawRuntime(({ socket }) =>
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n'),
  );
  const agent = await startTestAgent(runtime.port);
  const client = await rawClient(agent.port);
  client.send(`${chunkedHead}\r\n0\r\n\r\n`);
  expect(await client.until((all) => firstAnswer(all) !== null)).toMatch(/^HTTP\/1.1 502 /);
});

for (const [name, bytes, status] of [
  ['a head of 40 KiB passes', `HTTP/1.1 200 OK\r\nX-A: ${'a'.repeat(40_960)}\r\nContent-Length: 2\r\n\r\n{}`, 200],
  [
    'a head beyond 64 KiB is a 502',
    `HTTP/1.1 200 OK\r\nX-A: ${'a'.repeat(70_000)}\r\nContent-Length: 2\r\n\r\n{}`,
    502,
  ],
  ['an unknown transfer coding is a 502', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: foo\r\n\r\n{}', 502],
  ['two lengths are a 502', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n{}', 502],
] as const) {
  it(name, async () => {
    const runtime = await rawRuntime(({ socket }) => socket.write(bytes));
    const agent = await startTestAgent(runtime.port);
    const client = await rawClient(agent.port);
    client.send(`${chunkedHead}\r\n0\r\n\r\n`);
    expect(firstAnswer(await client.until((all) => firstAnswer(all) !== null))?.status).toBe(status);
  });
}

it('2,500 fields of an answer all pass', async () => {
  const fields = Array.from({ length: 2500 }, (_, i) => `X-${i}: 1\r\n`).join('');
  const runtime = await rawRuntime(({ socket }) => socket.write(ok('{}', fields)));
  const agent = await startTestAgent(runtime.port);
  const client = await rawClient(agent.port);
  client.send(`${chunkedHead}\r\n0\r\n\r\n`);
  expect(await client.until((all) => all.endsWith('{}'))).toContain(fields);
});

for (const end of ['fin', 'rst']) {
  it(`an answer without a length that ends with ${end} is ${end === 'fin' ? 'whole' : 'broken'}`, async () => {
    const runtime = await rawRuntime(({ socket }) => socket.write('HTTP/1.1 200 OK\r\n\r\nbody'));
    const agent = await startTestAgent(runtime.port);
    const client = await rawClient(agent.port);
    client.send(`${chunkedHead}\r\n0\r\n\r\n`);
    await client.until((all) => all.includes('body'));
    const { socket } = runtime.connections[0] as (typeof runtime.connections)[0];
    if (end === 'fin') {
      socket.end();
      await client.until((all) => all.endsWith('\r\n0\r\n\r\n'));
    } else {
      socket.resetAndDestroy();
      expect(await client.closed(1000)).not.toContain('\r\n0\r\n\r\n');
    }
  });
}

it('a chunked body of OPTIONS * that came at once reaches the runtime framed, not as a request of its own', async () => {
  const runtime = await rawRuntime(({ socket, received }) => {
    if (received().endsWith('\r\n\r\nGET /')) socket.write('HTTP/1.1 204 No Content\r\n\r\n');
  });
  const agent = await startTestAgent(runtime.port);
  const client = await rawClient(agent.port);
  client.send('OPTIONS * HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nGET /\r\n0\r\n\r\n');
  await client.until((all) => all.endsWith('\r\n\r\n'));
  expect(runtime.received()).toMatch(/^OPTIONS \* HTTP\/1\.1\r\n(.*\r\n)*content-length: 5\r\n(.*\r\n)*\r\nGET \/$/i);
});
