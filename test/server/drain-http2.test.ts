// What does an HTTP/2 client see of a drain? GOAWAY in time, and every stream to its end.
import { once } from 'node:events';
import { type ClientHttp2Session, connect, createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, it, onTestFinished } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { startTestAgent } from '../support/test-agent.ts';

/** Answers in two pieces; the second one comes when the test lets it. */
async function startHttp2Runtime() {
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const server = createServer((incoming, outgoing) => {
    outgoing.write('first ');
    const rest = incoming.url === '/slow' ? released : Promise.resolve();
    void rest.then(() => outgoing.end('second'));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { port: (server.address() as AddressInfo).port, release };
}

function openSession(url: string): ClientHttp2Session {
  const session = connect(url);
  onTestFinished(() => session.destroy());
  return session;
}

it('finishes streams in flight, serves new ones until GOAWAY, then closes the session', async () => {
  const runtime = await startHttp2Runtime();
  const agent = await startTestAgent(runtime.port, ['--drain-min-wait', '300ms']);
  const session = openSession(agent.url);
  const slow = session.request({ ':path': '/slow' });
  await once(slow, 'response');
  const goaway = once(session, 'goaway');
  const drained = agent.agent.drain();
  expect(await text(session.request({ ':path': '/quick' }))).toBe('first second');
  const [code] = await goaway;
  expect(code).toBe(0);
  runtime.release();
  expect(await text(slow)).toBe('first second');
  expect(await drained).toBe(0);
  await eventually('the session is closed', () => session.closed);
});

it('tells a session that came after the others were asked, too: one busy client cannot hold up the end', async () => {
  const runtime = await startHttp2Runtime();
  const agent = await startTestAgent(runtime.port, ['--drain-quiet-period', '500ms']);
  const drained = agent.agent.drain();
  await eventually('the drain has begun', () => agent.logged.some(({ message }) => message.startsWith('draining')));
  const session = openSession(agent.url);
  const away = once(session, 'goaway');
  let answered = 0;
  try {
    for (; !session.closed; answered++) {
      expect(await text(session.request({ ':path': '/quick' }))).toBe('first second');
    }
  } catch (error) {
    // The client's own end refuses a request that it is given while GOAWAY comes in.
    expect(error).toMatchObject({ code: 'ERR_HTTP2_STREAM_ERROR', message: expect.stringContaining('REFUSED_STREAM') });
  }
  await away;
  expect(answered).toBeGreaterThan(0);
  expect(await drained).toBe(0);
});
