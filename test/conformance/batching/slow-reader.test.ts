// A caller that does not read its answer: it keeps nobody else waiting.
import { expect, it } from 'vitest';
import { scripted } from '../../support/oracle-runtime/runtime-answer.ts';
import { rawClient } from '../../support/raw-client.ts';
import { startBatching } from './batching.ts';
import { sums } from './sent.ts';

for (const policy of ['adaptive', 'window'] as const) {
  it(`a large answer that nobody reads keeps no other caller of its kind waiting (${policy})`, async () => {
    const { agent, oracle, send } = await startBatching({ rows: 8, latencyMs: 5, policy });
    const large = scripted(200, `{"model_name":"m","outputs":[]}${' '.repeat(32 * 1024 * 1024)}`);
    oracle.script(() => (oracle.calls.length === 1 ? large : null));
    const still = await rawClient(agent.port);
    still.socket.pause();
    const { path, body } = sums(1, 1);
    still.send(`POST ${path} HTTP/1.1\r\nHost: h\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    await oracle.received(1);
    const answers = await Promise.all([send(sums(1, 2)), send(sums(1, 3))]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  });
}
