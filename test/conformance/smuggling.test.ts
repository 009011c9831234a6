// Can one request be read as two? Each payload is answered 4xx (or 501) and closed, or is legal and arrives as exactly one.
import { afterAll, describe, expect, it } from 'vitest';
import { rawClient } from '../support/raw-client.ts';
import { type RawRuntime, rawRuntime } from '../support/raw-runtime.ts';
import { readSentRequests, type SentRequest } from '../support/strict-request.ts';
import { startTestAgent } from '../support/test-agent.ts';
import { payloads } from './smuggling/payloads.ts';
import type { Payload } from './smuggling/words.ts';

const counts = { refused: 0, refusedLate: 0, passes: 0 };
const noContent = 'HTTP/1.1 204 No Content\r\n\r\n';
const finalAnswer = /HTTP\/1\.1 [2-5]\d\d /g;

describe('request smuggling', () => {
  it.each(payloads)('$fate: $name', async (payload) => {
    const runtime = await answeringStrictly();
    const agent = await startTestAgent(runtime.port);
    await expectAlive(agent.port); // and a warm connection to the runtime, so that nothing is slower than the refusal
    const client = await rawClient(agent.port);
    client.send(payload.bytes);
    if (payload.fate === 'passes') {
      await client.until((text) => (text.match(finalAnswer)?.length ?? 0) >= (payload.upstream ?? 1));
    } else {
      client.socket.end(); // a message that only lacks its end is over now
      const answer = await client.closed();
      expect(answer).toMatch(/^HTTP\/1\.1 (4\d\d|501) [\s\S]*\r\nConnection: close\r\n/);
      expect(answer.match(finalAnswer)).toHaveLength(1);
    }
    await expectAlive(agent.port);
    expectSound(payload, runtime);
    counts[payload.fate] += 1;
  });

  it('has at least 200 payloads that must not pass, all different', () => {
    expect(payloads.filter(({ fate }) => fate !== 'passes').length).toBeGreaterThanOrEqual(200);
    expect(new Set(payloads.map(({ bytes }) => bytes)).size).toBe(payloads.length);
  });

  afterAll(() => {
    console.info(`smuggling payloads that held: ${JSON.stringify(counts)} of ${payloads.length}`);
  });
});

/** What reached the runtime, on every connection, parses strictly and is as much as the payload may cause. */
function expectSound(payload: Payload, runtime: RawRuntime): void {
  const sent = runtime.connections
    .flatMap((connection) => readSentRequests(connection.received()))
    .filter(({ target }) => target !== '/alive');
  if (payload.fate === 'refused') expect(sent).toEqual([]);
  else if (payload.fate === 'refusedLate') {
    expect(sent.length).toBeLessThanOrEqual(1);
    for (const request of sent) expect(request.complete, 'a refused request looks complete').toBe(false);
  } else {
    expect(sent).toHaveLength(payload.upstream ?? 1);
    for (const request of sent) expect(request.complete).toBe(true);
  }
  const smuggled = sent.filter(({ target }) => target === '/smuggled');
  expect(smuggled).toHaveLength(payload.upstream === 2 ? 1 : 0);
}

async function expectAlive(port: number): Promise<void> {
  const client = await rawClient(port);
  client.send('GET /alive HTTP/1.1\r\nHost: a\r\n\r\n');
  await client.until((text) => text.startsWith('HTTP/1.1 204'));
}

/** Answers 204 to every complete request that a strict reader finds. */
async function answeringStrictly(): Promise<RawRuntime> {
  const answered = new Map<object, number>();
  return rawRuntime((connection) => {
    let complete: SentRequest[] = [];
    try {
      complete = readSentRequests(connection.received()).filter((request) => request.complete);
    } catch {
      return; // a head that is not whole yet, or a fault that expectSound will name
    }
    for (let done = answered.get(connection) ?? 0; done < complete.length; done++) connection.socket.write(noContent);
    answered.set(connection, complete.length);
  });
}
