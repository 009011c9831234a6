// What lies in the kernel when a reused connection is taken is never an answer: client, agent and runtime share one event loop here, so
// that both sides of the race become ready within one poll.
import { connect, type Socket } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { firstAnswer, ok, scriptedRuntime } from '../../support/scripted-runtime.ts';
import { startTestAgent } from '../../support/test-agent.ts';

const rounds = 300;

interface Asker {
  readonly socket: Socket;
  /** The body of the answer that comes next. */
  answer(): Promise<string>;
}

/** `onAnswer` is called inside the client's read: in the turn before the agent's next poll. */
function asker(port: number, onAnswer: () => void): Asker {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  onTestFinished(() => void socket.destroy());
  let text = '';
  let told: (body: string) => void = () => undefined;
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    text += chunk;
    const answer = firstAnswer(text);
    if (answer === null) return;
    text = '';
    onAnswer();
    told(answer.body);
  });
  return {
    socket,
    answer: () =>
      new Promise((resolve) => {
        told = resolve;
      }),
  };
}

const request = (number: number): string => {
  const body = `<${number}>`;
  return `POST /v2/models/m/infer HTTP/1.1\r\nHost: h\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
};

const traces: readonly [string, (socket: Socket) => void][] = [
  ['a whole answer', (socket) => void socket.write(ok('wrong'))],
  ['the beginning of an answer', (socket) => void socket.write('HTTP/1.1 200 OK\r\nX: ')],
  ['FIN', (socket) => void socket.end()],
  ['an answer and FIN', (socket) => void socket.end(ok('wrong'))],
  ['RST', (socket) => void socket.resetAndDestroy()],
];

it.each(traces)(
  '%s behind an answer never answers the next request, whichever is read first',
  async (_name, trace) => {
    const runtime = await scriptedRuntime(
      (socket, { text }) => void socket.write(ok(/<\d+>$/.exec(text)?.[0] ?? 'none')),
    );
    const agent = await startTestAgent(runtime.port);
    let number = 0;
    const client = asker(agent.port, () => {
      const traceIt = (): void => {
        const { socket } = runtime.connections.at(-1) as { socket: Socket };
        if (!socket.destroyed && socket.writable) trace(socket);
      };
      if (number % 2 === 0) traceIt();
      number += 1;
      client.socket.write(request(number)); // both are ready when the agent polls next
      if (number % 2 === 0) traceIt();
    });
    client.socket.write(request(0));
    for (let round = 0; round < rounds; round++) expect(await client.answer()).toBe(`<${round}>`);
    expect(agent.metrics.staleRetries.value).toBeGreaterThan(0); // the request was written first, and once more
  },
  30_000,
);

it('an answer that fills a read, and those behind it, are answers', async () => {
  const head = 'HTTP/1.1 200 OK\r\nContent-Length: ';
  const bodyBytes = 65_536 - head.length - 5 - 4;
  const runtime = await scriptedRuntime((socket) => void socket.write(ok('x'.repeat(bodyBytes))));
  const agent = await startTestAgent(runtime.port);
  const client = asker(agent.port, () => undefined);
  for (let round = 0; round < 100; round++) {
    client.socket.write(request(round));
    expect((await client.answer()).length).toBe(bodyBytes);
  }
  expect(agent.metrics.staleRetries.value).toBe(0);
  expect(runtime.connections).toHaveLength(1);
});
