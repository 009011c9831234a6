// Back-pressure over HTTP/2: what a slow end does not read waits at the other end, not in the agent; then all of it arrives.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { http2Client, http2Runtime } from '../support/http2-peers.ts';
import { startTestAgent } from '../support/test-agent.ts';

const totalBytes = 64 << 20;
/** Windows, stream buffers and sockets of both hops; the rest has to wait. */
const maxHeldBytes = 8 << 20;
const chunk = Buffer.alloc(1 << 16, 'outrigger');

/** Writes `totalBytes` as fast as the peer takes them; `sent` tells how far it is. */
function flood(target: Writable): { sent: () => number } {
  let sent = 0;
  const more = (): void => {
    while (sent < totalBytes) {
      sent += chunk.length;
      if (!target.write(chunk)) {
        target.once('drain', more);
        return;
      }
    }
    target.end();
  };
  more();
  return { sent: () => sent };
}

/** Until nothing moved for a while. */
async function standstill(sent: () => number): Promise<number> {
  let [last, same] = [-1, 0];
  await eventually('a standstill', () => {
    same = sent() === last ? same + 1 : 0;
    last = sent();
    return same > 40; // polls, 5 ms apart
  });
  return last;
}

async function digestOf(source: Readable): Promise<string> {
  const hash = createHash('sha256');
  source.on('data', (part: Buffer) => hash.update(part));
  await once(source, 'end');
  return hash.digest('hex');
}

const expected = createHash('sha256');
for (let bytes = 0; bytes < totalBytes; bytes += chunk.length) expected.update(chunk);
const digest = expected.digest('hex');

it('an answer of 64 MiB waits in the runtime while its client does not read', async () => {
  let sent = (): number => 0;
  const runtime = await http2Runtime((stream) => {
    stream.respond({ ':status': 200 });
    ({ sent } = flood(stream));
  });
  const agent = await startTestAgent(runtime.port);
  const stream = http2Client(agent.port).request({ ':path': '/' });
  stream.pause();
  await once(stream, 'response');
  expect(await standstill(() => sent())).toBeLessThan(maxHeldBytes);
  expect(await digestOf(stream.resume())).toBe(digest);
});

it('an upload of 64 MiB waits in the client while the runtime does not read', async () => {
  let received: Readable | null = null;
  const runtime = await http2Runtime((stream) => {
    received = stream.pause();
    stream.respond({ ':status': 200 });
    stream.end('early');
  });
  const agent = await startTestAgent(runtime.port);
  const stream = http2Client(agent.port).request({ ':method': 'POST', ':path': '/' });
  stream.resume();
  const { sent } = flood(stream);
  expect(await standstill(sent)).toBeLessThan(maxHeldBytes);
  const whole = digestOf(received as unknown as Readable);
  (received as unknown as Readable).resume();
  expect(await whole).toBe(digest);
});
