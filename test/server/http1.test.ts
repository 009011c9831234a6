import { expect, it } from 'vitest';
import { rawClient } from '../support/raw-client.ts';
import { answering, rawRuntime } from '../support/raw-runtime.ts';
import { startTestAgent } from '../support/test-agent.ts';

it('passes a small POST with its fields and answers with the bytes of the runtime', async () => {
  const runtime = await rawRuntime(answering());
  const agent = await startTestAgent(runtime.port);
  const client = await rawClient(agent.port);
  client.send(
    'POST /v2/models/a%20b/infer?x=1 HTTP/1.1\r\nHost: me:1\r\nX-A: 1\r\nx-a: 2\r\nContent-Length: 2\r\n\r\n{}',
  );
  const answer = await client.until((text) => text.includes('{"ok":true}'));
  expect(answer).toMatch(/^HTTP\/1.1 200 OK\r\n/);
  expect(runtime.received()).toContain('POST /v2/models/a%20b/infer?x=1 HTTP/1.1\r\nhost: me:1\r\n');
  expect(runtime.received()).toContain('X-A: 1\r\nx-a: 2\r\n');
});
