import { expect, it } from 'vitest';
import { rawClient } from '../support/raw-client.ts';
import { rawRuntime } from '../support/raw-runtime.ts';
import { firstAnswer, infer, ok, scriptedRuntime } from '../support/scripted-runtime.ts';
import { startTestAgent } from '../support/test-agent.ts';

interface Asked {
  readonly request?: string;
  readonly fin?: boolean;
  readonly flags?: readonly string[];
  until(all: string): boolean;
}

/** What the client receives for one request when the runtime answers with `bytes`. */
async function answered(bytes: string, options: Asked) {
  const runtime = await scriptedRuntime((socket) => {
    socket.write(Buffer.from(bytes, 'latin1'));
    if (options.fin === true) socket.end();
  });
  const agent = await startTestAgent(runtime.port, options.flags);
  const client = await rawClient(agent.port);
  client.send(options.request ?? infer());
  const text = await client.until(options.until);
  return { runtime, agent, client, text };
}

const whole = (all: string) => firstAnswer(all) !== null;

it('a small answer in chunks that is complete at once goes out with its length', async () => {
  const bytes = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n';
  const { text } = await answered(bytes, { until: whole });
  expect(firstAnswer(text)?.body).toBe('{}');
  expect(text).not.toMatch(/transfer-encoding/i);
});

it('an answer in chunks that goes on is a stream', async () => {
  const bytes = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n';
  const { text } = await answered(bytes, { until: (all) => all.endsWith('{\r\n') });
  expect(text).toMatch(/transfer-encoding: chunked/i);
});

it('the head of a silent stream arrives at once', async () => {
  const bytes = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n';
  await answered(bytes, { until: (all) => all.includes('text/event-stream') && all.endsWith('\r\n\r\n') });
});

it('reason phrase, order, case and duplicates of fields are kept', async () => {
  const fields =
    'X-b: 1\r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\nSet-Cookie: a=3\r\nDate: today\r\nx-A: \xe9\r\nX-Empty: \r\n';
  const { text } = await answered(`HTTP/1.1 299 Rather \xc3\xa9 Fine\r\n${fields}Content-Length: 2\r\n\r\n{}`, {
    until: whole,
  });
  expect(text).toContain('HTTP/1.1 299 Rather \xc3\xa9 Fine\r\n');
  expect(text).toContain(fields);
});

it('a reason phrase that cannot be written again becomes the standard one', async () => {
  for (const phrase of ['caf\xe9', 'a\x01b', 'a\x7fb']) {
    const answer = `HTTP/1.1 200 ${phrase}\r\nContent-Length: 2\r\n\r\n{}`;
    const { text } = await answered(answer, { until: whole, flags: ['--lanes', 'off'] });
    expect(text).toMatch(/^HTTP\/1.1 200 OK\r\n/);
  }
});

it('a reason phrase with control characters is no answer to a lane', async () => {
  const { text } = await answered('HTTP/1.1 200 a\x01b\r\nContent-Length: 2\r\n\r\n{}', {
    until: whole,
    flags: ['--lanes', 'auto'],
  });
  expect(text).toMatch(/^HTTP\/1.1 502 Bad Gateway\r\n/);
});

it('no reason phrase is invented', async () => {
  const { text } = await answered('HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\n{}', { until: whole });
  expect(text).toMatch(/^HTTP\/1.1 200 \r\n/);
});

it('hop-by-hop fields of an answer end here', async () => {
  const fields =
    'Connection: X-Hop, keep-alive\r\nX-Hop: 1\r\nKeep-Alive: timeout=99\r\nProxy-Authenticate: Basic\r\nUpgrade: h2c\r\n';
  const { text } = await answered(ok('{}', `${fields}X-End: 1\r\n`), { until: whole });
  expect(text).toContain('X-End: 1\r\n');
  expect(text).not.toMatch(/x-hop|timeout=99|proxy-authenticate|upgrade/i);
});

it('an answer to HEAD keeps its Content-Length', async () => {
  const { text } = await answered('HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\n', {
    request: 'HEAD /v2 HTTP/1.1\r\nHost: h\r\n\r\n',
    until: (all) => all.endsWith('\r\n\r\n'),
  });
  expect(text).toContain('Content-Length: 1234\r\n');
});

for (const [status, field] of [
  ['204 No Content', ''],
  ['304 Not Modified', 'ETag: "1"\r\n'],
  ['304 Not Modified', 'ETag: "1"\r\nContent-Length: 99\r\n'],
] as const) {
  it(`${status} ${JSON.stringify(field)} has no body and gets no length`, async () => {
    const { text, client } = await answered(`HTTP/1.1 ${status}\r\n${field}\r\n`, {
      until: (all) => all.endsWith('\r\n\r\n'),
    });
    expect(text).toContain(`HTTP/1.1 ${status}\r\n${field}`);
    expect(text).not.toMatch(/transfer-encoding/i);
    if (!field.includes('Content-Length')) expect(text).not.toMatch(/content-length/i);
    client.send(infer()); // the client's connection is in step
    await client.until((all) => all.length > text.length);
  });
}

for (const [name, extra] of [
  ['HTTP/1.1', 'HTTP/1.1 200 OK\r\n'],
  ['HTTP/1.0', 'HTTP/1.0 200 OK\r\n'],
]) {
  it(`an answer without a length (${name}) ends with the runtime's connection, and the client's goes on`, async () => {
    const { text, client } = await answered(`${extra}X-A: 1\r\n\r\n{"a":1}`, {
      fin: true,
      until: (all) => whole(all) || all.endsWith('0\r\n\r\n'),
    });
    expect(text).toContain('{"a":1}');
    expect(client.ended()).toBe(false);
  });
}

it('103 is passed on before the answer', async () => {
  const { text } = await answered(`HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${ok('{}')}`, {
    until: (all) => all.endsWith('{}'),
  });
  expect(text).toMatch(/^HTTP\/1.1 103 [\s\S]*Link: <\/a>\r\n\r\nHTTP\/1.1 200 OK\r\n/);
});

it('102, more than once, does not end the exchange', async () => {
  const { text } = await answered(`${'HTTP/1.1 102 Processing\r\n\r\n'.repeat(3)}${ok('{}')}`, {
    until: (all) => all.endsWith('{}'),
  });
  expect(text).toContain('HTTP/1.1 200 OK');
});

// undici takes it for an answer out of turn; node:http, for requests with Expect or chunks, passes over it.
it('an unasked 100 is a 502, never a hang', async () => {
  const { text } = await answered(`HTTP/1.1 100 Continue\r\n\r\n${ok('{}')}`, { until: whole });
  expect(text).toMatch(/^HTTP\/1.1 502 /);
});

it('trailers of an answer reach the client', async () => {
  const bytes =
    'HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nX-Sum: 7\r\n\r\n';
  const { text } = await answered(bytes, { until: (all) => all.endsWith('X-Sum: 7\r\n\r\n') });
  expect(text).toContain('{}');
});

it('a head of 40 KiB passes', async () => {
  const { text } = await answered(ok('{}', `X-A: ${'a'.repeat(40_960)}\r\n`), { until: whole });
  expect(firstAnswer(text)?.status).toBe(200);
});

it('2,500 fields all pass', async () => {
  const fields = Array.from({ length: 2500 }, (_, i) => `X-${i}: 1\r\n`).join('');
  const { text } = await answered(ok('{}', fields), { until: (all) => all.endsWith('{}') });
  expect(text).toContain(fields);
});

for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'GET', 'OPTIONS']) {
  for (const bytes of [2, 100_000]) {
    it(`${method} with a body of ${bytes} bytes keeps its length and its bytes`, async () => {
      const request = infer('x'.repeat(bytes)).replace('POST', method);
      const { runtime } = await answered(ok('{}'), { request, until: whole });
      const [seen] = runtime.requests;
      expect(seen?.text).toMatch(new RegExp(`^${method} /v2/models/m/infer HTTP/1.1\\r\\n`));
      expect(seen?.text.match(/\r\ncontent-length: /gi)).toHaveLength(1);
      expect(seen?.text.endsWith(`\r\n\r\n${'x'.repeat(bytes)}`)).toBe(true);
      expect(runtime.received()).toBe(seen?.text);
    });
  }
}

it('an early answer to a long upload reaches the client, and the rest of the upload is dropped', async () => {
  const runtime = await rawRuntime(({ socket, received }) => {
    if (received().includes('xxx') && socket.bytesWritten === 0)
      socket.write('HTTP/1.1 413 No\r\nContent-Length: 2\r\n\r\n{}');
  });
  const agent = await startTestAgent(runtime.port);
  const client = await rawClient(agent.port);
  client.send(`POST /v2 HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n${'x'.repeat(100_000)}`);
  expect(await client.until(whole)).toMatch(/^HTTP\/1.1 413 No\r\n/);
  client.send('x'.repeat(900_000));
  client.send(infer());
  await expect.poll(() => runtime.connections.length).toBe(2); // the client's connection is in step
});

it('an upload is passed on as it comes', async () => {
  const runtime = await rawRuntime();
  const agent = await startTestAgent(runtime.port);
  const client = await rawClient(agent.port);
  client.send('POST /v2 HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n');
  for (const part of ['one', 'two', 'three']) {
    client.send(part);
    await expect.poll(() => runtime.received().endsWith(part)).toBe(true);
  }
});
