// The inspector's answers over HTTP at the operator's port.
import { once } from 'node:events';
import { type IncomingHttpHeaders, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { startInspectedAgent } from '../../support/inspected-agent.ts';
import { startV2EchoRuntime } from '../../support/v2-echo-runtime.ts';

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

async function startAsked() {
  const runtime = await startV2EchoRuntime();
  const agent = await startInspectedAgent(runtime.port);
  const ask = async (path: string, method = 'GET', headers: Record<string, string> = {}): Promise<Answer> => {
    const call = request(`${agent.opsUrl}/inspect/${path}`, { method, headers, agent: false }).end();
    const [answer] = await once(call, 'response');
    return { status: answer.statusCode, headers: answer.headers, body: await text(answer) };
  };
  const send = async (body: string | Buffer) => {
    const answer = await fetch(`${agent.url}/echo`, { method: 'POST', body: new Uint8Array(Buffer.from(body)) });
    await answer.arrayBuffer();
  };
  return { ...agent, runtime, ask, send };
}

const own = { 'X-Outrigger-Inspect': '1' };

it('are JSON that nobody stores or guesses at, and heads alone for HEAD', async () => {
  const { ask } = await startAsked();
  const { status, headers, body } = await ask('exchanges?after=0');
  expect([status, JSON.parse(body).exchanges]).toEqual([200, []]);
  expect(headers).toMatchObject({
    ...{ 'content-type': 'application/json', 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' },
    'cross-origin-resource-policy': 'same-origin',
  });
  const head = await ask('exchanges?after=0', 'HEAD');
  expect([head.status, head.body, head.headers['content-length']]).toEqual([200, '', headers['content-length']]);
});

it('say what is wrong, with the status for it', async () => {
  const { ask, send, ended } = await startAsked();
  await send(Buffer.alloc(300_000));
  await ended(1);
  const wrong = [
    await ask('exchanges?after=x'),
    await ask('exchanges', 'GET', { Host: 'evil.example' }),
    await ask('exchanges/77'),
    await ask('exchanges/77/replay', 'POST', own),
    await ask('exchanges/1', 'DELETE', own),
    await ask('exchanges/1/replay', 'POST', own),
  ];
  expect(wrong.map(({ status }) => status)).toEqual([400, 403, 404, 404, 405, 409]);
  expect(wrong[4]?.headers.allow).toBe('GET, HEAD');
  for (const { body } of wrong) expect(JSON.parse(body)).toEqual({ error: expect.any(String) });
});

it('leave other paths to the other pages', async () => {
  const { opsUrl } = await startAsked();
  expect((await fetch(`${opsUrl}/inspect`)).status).toBe(404);
  expect((await fetch(`${opsUrl}/metrics`)).status).toBe(200);
});

it('a replay sends the same bytes through the agent, and is an exchange of its own', async () => {
  const { ask, send, ended, runtime } = await startAsked();
  await send('{"a": 1.0}');
  await ended(1);
  const { status, body } = await ask('exchanges/1/replay', 'POST', own);
  expect([status, JSON.parse(body)]).toMatchObject([200, { status: 200, grpcStatus: null }]);
  expect(runtime.calls.map((call) => call.body)).toEqual(['{"a": 1.0}', '{"a": 1.0}']);
  expect((await ended(2)).map(({ id, path, outcome }) => [id, path, outcome])).toEqual([
    [1, '/echo', 'ok'],
    [2, '/echo', 'ok'],
  ]);
});

it('a replay that another site asks for sends nothing', async () => {
  const { ask, send, ended, list, runtime } = await startAsked();
  await send('x');
  await ended(1);
  const asked = [
    await ask('exchanges/1/replay', 'POST'),
    await ask('exchanges/1/replay', 'POST', { ...own, Origin: 'http://evil.example' }),
    await ask('exchanges/1/replay', 'POST', { ...own, 'Sec-Fetch-Site': 'cross-site' }),
    await ask('exchanges/1/replay', 'POST', { ...own, Host: 'rebound.example' }),
  ];
  expect(asked.map(({ status }) => status)).toEqual([403, 403, 403, 403]);
  expect([runtime.calls.length, (await list()).cursor]).toEqual([1, 1]);
});

it('a replay that cannot be sent is a 502', async () => {
  const { ask, send, ended, agent } = await startAsked();
  await send('x');
  await ended(1);
  await agent.drain();
  const { status } = await ask('exchanges/1/replay', 'POST', own);
  expect(status).toBe(502);
});
