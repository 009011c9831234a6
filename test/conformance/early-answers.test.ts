// Answers that come before the upload ends: the client gets them whole, never a reset, never two answers in one.
import { describe, expect, it } from 'vitest';
import { rawClient } from '../support/raw-client.ts';
import { type RawRuntime, rawRuntime } from '../support/raw-runtime.ts';
import { startTestAgent } from '../support/test-agent.ts';

const get = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const streamHead = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';

async function behindAgent(runtime: RawRuntime) {
  const agent = await startTestAgent(runtime.port);
  return { agent, client: await rawClient(agent.port) };
}

describe('an answer that comes before the upload ends', () => {
  const body = 'x'.repeat(4_999_999); // behind its first byte
  const early = `HTTP/1.1 403 Forbidden\r\nContent-Length: 6\r\n\r\nforbid`;
  const cases = ['', 'Connection: close\r\n'].flatMap((connection) =>
    ['Content-Length: 5000000\r\n', 'Transfer-Encoding: chunked\r\n'].flatMap((framing) =>
      [true, false].map((closes) => ({ name: JSON.stringify([connection, framing]), connection, framing, closes })),
    ),
  );

  it.each(cases)(
    'reaches a client with $name whole (runtime closes: $closes)',
    async ({ connection, framing, closes }) => {
      const answered = new Set<object>();
      const runtime = await rawRuntime((upstream) => {
        if (answered.has(upstream)) return;
        answered.add(upstream);
        upstream.socket.write(early);
        if (closes) upstream.socket.end();
      });
      const { client } = await behindAgent(runtime);
      const chunked = framing.startsWith('T');
      client.send(`POST / HTTP/1.1\r\nHost: a\r\n${connection}${framing}\r\n${chunked ? '4c4b40\r\n' : ''}x`);
      await client.until((text) => text.includes('forbid'));
      client.send(body);
      if (chunked) client.send('\r\n0\r\n\r\n');
      if (connection === '') {
        client.send(get); // the connection is still good, or was closed cleanly
        await client.until((text) => text.split('forbid').length === 3 || client.ended(), 10_000);
      } else await client.closed(10_000);
      expect(client.received()).toMatch(/^HTTP\/1\.1 403 Forbidden\r\n[\s\S]*\r\n\r\nforbid/);
      expect(client.failure()).toBeNull();
    },
  );

  it('a refusal reaches a client that goes on sending', async () => {
    const { client } = await behindAgent(await rawRuntime());
    client.send(`POST / HTTP/1.1\r\nHost: a\r\nHost: b\r\nContent-Length: 5000000\r\n\r\n`);
    await client.until((text) => text.startsWith('HTTP/1.1 400 '));
    client.send(body);
    await client.closed(10_000);
    expect(client.failure()).toBeNull();
  });

  it('a refusal by the parser reaches a client that goes on sending', async () => {
    const { client } = await behindAgent(await rawRuntime());
    client.send(`POST / HTTP/1.1\r\nHost : a\r\nContent-Length: 5000000\r\n\r\n`);
    await client.until((text) => text.startsWith('HTTP/1.1 400 '));
    client.send(body);
    await client.closed(10_000);
    expect(client.received()).toMatch(/\{"error":".*"\}$/);
    expect(client.failure()).toBeNull();
  });

  it('is broken off, not continued by an error, when the upload turns out bad in mid-answer', async () => {
    const runtime = await rawRuntime(({ socket }) => {
      socket.write(`${streamHead}3\r\nabc\r\n`);
    });
    const { client } = await behindAgent(runtime);
    client.send('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n');
    await client.until((text) => text.includes('abc'));
    client.send('zz\r\n');
    expect(await client.closed()).toMatch(/\r\n3\r\nabc\r\n$/);
  });

  it('is the only one when the upload behind it turns out bad', async () => {
    const runtime = await rawRuntime(({ socket }) => {
      socket.write(early);
    });
    const { client } = await behindAgent(runtime);
    client.send('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n');
    await client.until((text) => text.endsWith('forbid'));
    client.send('zz\r\n');
    expect(await client.closed()).toMatch(/^HTTP\/1\.1 403 [\s\S]*\r\n\r\nforbid$/);
    expect(client.failure()).toBeNull();
  });
});
