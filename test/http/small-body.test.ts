// What becomes of a chunked body that is complete at once, and of one that is not.
import { describe, expect, it } from 'vitest';
import { rawClient } from '../support/raw-client.ts';
import { type RawConnection, rawRuntime } from '../support/raw-runtime.ts';
import { startTestAgent } from '../support/test-agent.ts';

const head = 'POST /v2 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n';
const answer = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}';

/** Answers once `enough` was received since the last answer. */
function answeringAfter(enough: (received: string) => boolean): (connection: RawConnection) => void {
  let from = 0;
  return (connection) => {
    if (!enough(connection.received().slice(from))) return;
    from = connection.received().length;
    connection.socket.write(answer);
  };
}

describe('a chunked body', () => {
  it('that came whole goes on with its length, over the pool', async () => {
    const runtime = await rawRuntime(answeringAfter((text) => text.endsWith('hello')));
    const { port } = await startTestAgent(runtime.port);
    const client = await rawClient(port);
    for (const asked of [1, 2, 3]) {
      client.send(`${head}\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n`);
      await client.until((text) => text.split('{}').length > asked);
    }
    expect(runtime.connections).toHaveLength(1);
    expect(runtime.received().match(/content-length: 5\r\n/gi)).toHaveLength(3);
  });

  it('that is still coming is streamed, with nothing of it lost', async () => {
    const runtime = await rawRuntime(answeringAfter((text) => text.endsWith('0\r\n\r\n')));
    const { port } = await startTestAgent(runtime.port);
    const client = await rawClient(port);
    client.send(`${head}\r\n2\r\nhe\r\n`);
    await expect.poll(() => runtime.received()).toMatch(/transfer-encoding: chunked[\s\S]*\r\n\r\n2\r\nhe\r\n$/i);
    client.send('3\r\nllo\r\n0\r\n\r\n');
    await client.until((text) => text.endsWith('{}'));
    expect(runtime.received()).toMatch(/2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n$/);
  });

  it('that came whole with trailers keeps its chunks and its trailers', async () => {
    const runtime = await rawRuntime(answeringAfter((text) => text.endsWith('X-Sum: 1\r\n\r\n')));
    const { port } = await startTestAgent(runtime.port);
    const client = await rawClient(port);
    client.send(`${head}Trailer: X-Sum\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n`);
    await client.until((text) => text.endsWith('{}'));
    expect(runtime.received()).toMatch(/5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n$/);
  });

  it('whose chunks turn bad in the same read is 400, and nothing of it reaches the runtime', async () => {
    const runtime = await rawRuntime();
    const { port } = await startTestAgent(runtime.port);
    const client = await rawClient(port);
    client.send(`${head}\r\n2\r\nhe\r\nzz\r\n`);
    expect(await client.closed()).toMatch(/^HTTP\/1.1 400 /);
    expect(runtime.connections).toHaveLength(0);
  });

  it('that came whole and is too large is 413', async () => {
    const runtime = await rawRuntime();
    const { port } = await startTestAgent(runtime.port, ['--max-body-bytes', '4']);
    const client = await rawClient(port);
    client.send(`${head}\r\n5\r\nhello\r\n0\r\n\r\n`);
    expect(await client.until((text) => text.includes('}'))).toMatch(/^HTTP\/1.1 413 /);
    expect(runtime.received()).toBe('');
  });
});
