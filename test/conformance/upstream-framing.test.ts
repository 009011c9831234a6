// What a runtime may say that is not one clear message (reliability.md 6 A 7-10 and G17, the behaviours of nginx-tests).
import { expect, it } from 'vitest';
import { rawClient } from '../support/raw-client.ts';
import { firstAnswer, infer, ok, scriptedRuntime } from '../support/scripted-runtime.ts';
import { startTestAgent } from '../support/test-agent.ts';

/** The client's whole answer to one POST when the runtime answers with exactly `bytes`, and a second POST's after it. */
async function exchange(bytes: string, request = infer(), after: 'fin' | 'open' = 'open') {
  const runtime = await scriptedRuntime((socket, { index }) => {
    socket.write(Buffer.from(index === 0 ? bytes : ok('second'), 'latin1'));
    if (index === 0 && after === 'fin') socket.end();
  });
  const agent = await startTestAgent(runtime.port);
  const client = await rawClient(agent.port);
  client.send(request);
  return { runtime, agent, client };
}

const bad: readonly [string, string][] = [
  ['two Content-Lengths that differ', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}x'],
  ['the same Content-Length twice', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n{}'],
  ['a list as Content-Length', 'HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\n{}'],
  ['a Content-Length with a letter', 'HTTP/1.1 200 OK\r\nContent-Length: 2x\r\n\r\n{}'],
  ['a signed Content-Length', 'HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\n{}'],
  ['a negative Content-Length', 'HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\n{}'],
  ['a Content-Length beyond 2^64', 'HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n{}'],
  ['an empty Content-Length', 'HTTP/1.1 200 OK\r\nContent-Length: \r\n\r\n{}'],
  ['TE and CL', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n'],
  ['CL and TE', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n2\r\n{}\r\n0\r\n\r\n'],
  ['an unknown transfer coding', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: foo\r\n\r\n{}'],
  ['a coding before chunked', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n'],
  ['chunked twice', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n'],
  [
    'two Transfer-Encodings',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  ],
  ['identity as a transfer coding', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\n\r\n{}'],
  ['NUL in a value', 'HTTP/1.1 200 OK\r\nX-A: a\0b\r\nContent-Length: 2\r\n\r\n{}'],
  ['CR in a value', 'HTTP/1.1 200 OK\r\nX-A: a\rb\r\nContent-Length: 2\r\n\r\n{}'],
  ['a space before the colon', 'HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\n{}'],
  ['a name with a space', 'HTTP/1.1 200 OK\r\nX A: 2\r\nContent-Length: 2\r\n\r\n{}'],
  ['no HTTP at all', 'SSH-2.0-OpenSSH_9.2\r\n'],
  ['a status of letters', 'HTTP/1.1 abc OK\r\nContent-Length: 2\r\n\r\n{}'],
  ['an unasked 101', 'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n'],
  ['a head beyond 64 KiB', `HTTP/1.1 200 OK\r\nX-A: ${'a'.repeat(70_000)}\r\nContent-Length: 2\r\n\r\n{}`],
];

for (const [name, bytes] of bad) {
  it(`${name} is a 502 and the connection is not used again`, async () => {
    const { runtime, agent, client } = await exchange(bytes);
    const text = await client.until((all) => firstAnswer(all) !== null);
    expect(firstAnswer(text)?.status).toBe(502);
    expect(JSON.parse(firstAnswer(text)?.body ?? '')).toEqual({ error: expect.any(String) });
    await expect.poll(() => runtime.connections[0]?.ended()).toBe(true);
    client.send(infer());
    await client.until((all) => all.endsWith('second'));
    expect(runtime.requests).toHaveLength(2);
    expect(agent.metrics.errors('UPSTREAM_PROTOCOL_ERROR').value).toBe(1);
  });
}

const surplus: readonly [string, string, string][] = [
  ['bytes after a Content-Length body', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}GARBAGE', '{}'],
  ['an answer nobody asked for', `HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}${ok('smuggled')}`, '{}'],
  ['bytes after the last chunk', `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\nX`, '{}'],
  ['a body shorter than what follows', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n{"a":1}', '{'],
  ['a body after 204', 'HTTP/1.1 204 No Content\r\n\r\nBODY', ''],
  ['a body after 204 with its length', 'HTTP/1.1 204 No Content\r\nContent-Length: 4\r\n\r\nBODY', ''],
  ['a body after 304', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 4\r\n\r\nBODY', ''],
];

for (const [name, bytes, body] of surplus) {
  it(`${name}: the client gets the right message, the rest is dropped, the connection is not used again`, async () => {
    const { runtime, client } = await exchange(bytes);
    await client.until((all) => all.includes('\r\n\r\n') && all.endsWith(body));
    await expect.poll(() => runtime.connections[0]?.ended()).toBe(true);
    client.send(infer());
    const text = await client.until((all) => all.endsWith('second'));
    expect(text).not.toMatch(/GARBAGE|smuggled|BODY|"a":1/);
    expect(runtime.requests.map((each) => each.connection)).toEqual([0, 1]);
  });
}

it('the answer to HEAD has no body, whatever the runtime sends', async () => {
  const { runtime, client } = await exchange(ok('BODY'), 'HEAD /v2 HTTP/1.1\r\nHost: h\r\n\r\n');
  const head = await client.until((all) => all.includes('\r\n\r\n'));
  expect(head).toContain('Content-Length: 4\r\n');
  await expect.poll(() => runtime.connections[0]?.ended()).toBe(true);
  client.send(infer());
  expect(await client.until((all) => all.endsWith('second'))).not.toContain('BODY');
});

it('bytes after a body do not harm a request that waited for that connection', async () => {
  const runtime = await scriptedRuntime((socket, { index }) => {
    if (index === 0)
      setTimeout(() => socket.write(`${ok('first')}GARBAGE`), 50); // the second request waits by then
    else socket.write(ok('second'));
  });
  const agent = await startTestAgent(runtime.port, ['--upstream-max-connections', '1']);
  const [one, two] = [await rawClient(agent.port), await rawClient(agent.port)];
  one.send(infer());
  await expect.poll(() => runtime.requests.length).toBe(1);
  two.send(infer());
  await one.until((all) => all.endsWith('first'));
  expect(await two.until((all) => firstAnswer(all) !== null)).toMatch(/second$/);
  expect(runtime.requests).toHaveLength(2);
});

const truncated: readonly [string, string, 'fin' | 'rst'][] = [
  ['a Content-Length body', 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf', 'fin'],
  ['a Content-Length body', 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf', 'rst'],
  ['a chunked body', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n', 'fin'],
  ['a chunked body', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n', 'rst'],
  ['a chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nhalf', 'fin'],
  ['a Content-Length body that closes', 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 9\r\n\r\nhalf', 'rst'],
  ['a body without a length', 'HTTP/1.1 200 OK\r\n\r\nhalf', 'rst'],
  ['a body without a length, HTTP/1.0', 'HTTP/1.0 200 OK\r\n\r\nhalf', 'rst'],
  ['the last chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n0\r\n', 'fin'],
];

for (const version of ['1.1', '1.0']) {
  for (const [name, bytes, end] of truncated) {
    it(`HTTP/${version}: ${name} cut by ${end} never looks complete`, async () => {
      const runtime = await scriptedRuntime((socket) => socket.write(bytes));
      const agent = await startTestAgent(runtime.port);
      const client = await rawClient(agent.port);
      client.send(infer().replace('HTTP/1.1', `HTTP/${version}`));
      await client.until((all) => all.includes('half')); // so that the cut comes in mid-body
      const { socket } = runtime.connections[0] as (typeof runtime.connections)[0];
      if (end === 'fin') socket.end();
      else socket.resetAndDestroy();
      const text = await client.closed(1000);
      expect(text).not.toContain('\r\n0\r\n\r\n');
      // A message with a length or chunks shows its end; one that ends with the connection must be reset.
      if (!/content-length: \d|transfer-encoding: chunked/i.test(text)) expect(client.failure()).toBe('ECONNRESET');
    });
  }
}

it('a chunk of a size that is no number breaks the answer', async () => {
  const runtime = await scriptedRuntime((socket, { index }) => {
    if (index === 0) socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n');
    else socket.write(ok('second'));
  });
  const agent = await startTestAgent(runtime.port);
  const client = await rawClient(agent.port);
  client.send(infer());
  await client.until((all) => all.includes('half'));
  runtime.connections[0]?.socket.write('zz\r\n{}\r\n0\r\n\r\n');
  expect(await client.closed(1000)).not.toContain('\r\n0\r\n\r\n');
});

it('a body without a length that ends with FIN is whole', async () => {
  const { client } = await exchange('HTTP/1.1 200 OK\r\nX-A: 1\r\n\r\n{"whole":true}', infer(), 'fin');
  const text = await client.until((all) => all.includes('{"whole":true}'));
  expect(text).toContain('X-A: 1\r\n');
  client.send(infer());
  expect(await client.until((all) => all.endsWith('second'))).toContain('second');
});
