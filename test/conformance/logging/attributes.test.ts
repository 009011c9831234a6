// kserve-agent contract, section "Log events": what every event says of its exchange, one claim a line.
import { expect, it } from 'vitest';
import { rawClient } from '../../support/raw-client.ts';
import { infer } from '../../support/scripted-runtime.ts';
import { answer, answerOk, only, post, startLogging } from './logging.ts';
import { openSink } from './sink.ts';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

it('both events carry what the table says, and nothing else', async () => {
  const flags = [
    '--inference-service',
    'iris',
    '--namespace',
    'shop',
    '--component',
    'predictor',
    '--endpoint',
    'default',
  ];
  const { exchange, agent } = await startLogging({ flags: [...flags, '--source-uri', 'http://pod-7/'] });
  const { request, response } = await exchange(post('{"x":1}', {}, '/v1/models/iris:predict?key=secret'));
  const common = {
    specversion: '1.0',
    id: expect.stringMatching(uuid),
    source: 'http://pod-7/',
    time: expect.stringMatching(rfc3339),
    recordedtime: expect.stringMatching(rfc3339),
    inferenceservicename: 'iris',
    namespace: 'shop',
    component: 'predictor',
    endpoint: 'default',
    metadata: '{}',
    modelname: 'iris',
    path: '/v1/models/iris:predict',
  };
  expect(request.attributes).toEqual({ ...common, type: 'org.kubeflow.serving.inference.request' });
  expect(response.attributes).toEqual({ ...common, type: 'org.kubeflow.serving.inference.response' });
  expect(request.id).toBe(response.id);
  expect(String(request.data)).toBe('{"x":1}');
  expect(String(response.data)).toBe('{"ok":true}');
  expect(Date.parse(request.attributes.time as string)).toBeLessThanOrEqual(
    Date.parse(response.attributes.time as string),
  );
  expect(agent.logged.filter(({ level }) => level === 'error' || level === 'warn')).toEqual([]);
});

it('an event is one POST to the URL as it was given, with a length and without chunks', async () => {
  const sink = await openSink({ path: '/in/box?tenant=7' });
  const { exchange } = await startLogging({ sinks: [{ ...sink, label: sink.label.replace('?tenant=7', '') }] });
  await exchange(post('{"x":1}'));
  for (const { method, target, rawHeaders } of sink.requests) {
    expect([method, target]).toEqual(['POST', '/in/box?tenant=7']);
    const names = rawHeaders.filter((_, at) => at % 2 === 0).map((name) => name.toLowerCase());
    expect(names.filter((name) => ['host', 'content-length'].includes(name)).toSorted()).toEqual([
      'content-length',
      'host',
    ]);
    expect(names).not.toContain('transfer-encoding');
  }
});

it('names that were not given are empty, as KServe sends them', async () => {
  const { exchange, sink } = await startLogging();
  await exchange(post('{}'));
  for (const name of ['inferenceservicename', 'namespace', 'component', 'endpoint']) {
    for (const { rawHeaders } of sink.requests) {
      const at = rawHeaders.findIndex((each) => each.toLowerCase() === `ce-${name}`);
      expect(rawHeaders[at + 1], name).toBe('');
    }
  }
});

it('the source is this agent unless told', async () => {
  const { exchange } = await startLogging();
  const { request } = await exchange(post('{}'));
  expect(request.attributes.source).toMatch(/^http:\/\/localhost:\d+\/$/);
});

const ids: readonly [what: string, headers: Record<string, string>, id: string | RegExp][] = [
  ['Ce-Id', { 'Ce-Id': 'from-caller', 'X-Request-Id': 'from-mesh' }, 'from-caller'],
  ['CE-ID in any case, with any text', { 'CE-ID': 'a b"%ü' }, 'a b"%ü'],
  ['X-Request-Id without Ce-Id', { 'x-request-id': 'from-mesh' }, 'from-mesh'],
  ['a UUID without both', {}, uuid],
  ['a UUID when it is empty', { 'Ce-Id': '' }, uuid],
];
for (const [what, headers, id] of ids) {
  it(`the id of both events: ${what}`, async () => {
    const { exchange } = await startLogging();
    const { request, response } = await exchange(post('{}', headers));
    if (typeof id === 'string') expect(request.id).toBe(id);
    else expect(request.id).toMatch(id);
    expect(response.id).toBe(request.id);
  });
}

it('--log-event-ids=distinct: each its own, and one by which they are joined', async () => {
  const { exchange } = await startLogging({ flags: ['--log-event-ids', 'distinct'] });
  const { request, response } = await exchange(post('{}', { 'Ce-Id': 'e1' }));
  expect([request.id, response.id]).toEqual(['e1-request', 'e1-response']);
  expect([request.attributes.exchangeid, response.attributes.exchangeid]).toEqual(['e1', 'e1']);
});

it('metadata: the headers that were asked for, in any case, all values, under the name as configured', async () => {
  const { agent, events } = await startLogging({
    flags: ['--metadata-headers', 'X-Tenant,traceparent,X-Absent,X-Quote'],
  });
  const client = await rawClient(agent.port);
  client.send(infer('{}', 'x-tenant: a\r\nTRACEPARENT: 00-1\r\nX-Quote: say "hi" 100%\r\nX-TENANT: b\r\n'));
  const want = { 'X-Tenant': ['a', 'b'], traceparent: ['00-1'], 'X-Quote': ['say "hi" 100%'] };
  for (const { attributes } of await events(2)) expect(JSON.parse(attributes.metadata as string)).toEqual(want);
});

it('metadata: Authorization and Cookie only when forced, and the log says so', async () => {
  const asked = ['--metadata-headers', 'Authorization,Cookie,X-Plain'];
  const headers = { Authorization: 'Bearer s3cret', Cookie: 'c=s3cret', 'X-Plain': 'p' };
  const refusing = await startLogging({ flags: asked });
  const { request } = await refusing.exchange(post('{}', headers));
  expect(JSON.parse(request.attributes.metadata as string)).toEqual({ 'X-Plain': ['p'] });
  expect(
    refusing.agent.logged.some(({ level, message }) => level === 'warn' && message.includes('Authorization')),
  ).toBe(true);
  const forced = await startLogging({ flags: [...asked, '--log-sensitive-headers'] });
  const { request: told } = await forced.exchange(post('{}', headers));
  expect(JSON.parse(told.attributes.metadata as string)).toMatchObject({ Authorization: ['Bearer s3cret'] });
});

it('annotations: a JSON object, only when there are some', async () => {
  const { exchange } = await startLogging({ flags: ['--metadata-annotations', 'team=search,cost=a b'] });
  const { request, response } = await exchange(post('{}'));
  for (const { attributes } of [request, response]) {
    expect(JSON.parse(attributes.annotations as string)).toEqual({ team: 'search', cost: 'a b' });
  }
});

it('--log-attributes: on every event, escaped for the header', async () => {
  const { exchange } = await startLogging({ flags: ['--log-attributes', 'region=eu west,note=Grüße 50%'] });
  const { request, response } = await exchange(post('{}'));
  for (const { attributes } of [request, response])
    expect(attributes).toMatchObject({ region: 'eu west', note: 'Grüße 50%' });
});

it('--log-model-attributes=false: neither model nor path', async () => {
  const { exchange } = await startLogging({ flags: ['--log-model-attributes=false'] });
  const { request } = await exchange(post('{}'));
  expect(Object.keys(request.attributes).filter((name) => ['modelname', 'path'].includes(name))).toEqual([]);
});

it('only an answer 200 is logged, its request always', async () => {
  const statuses = [200, 201, 204, 400, 404, 500, 503];
  const { send, events } = await startLogging({
    runtime: (incoming, outgoing) => {
      incoming.resume();
      outgoing.writeHead(Number(incoming.headers['x-status'])).end();
    },
  });
  for (const status of statuses) await send(post('{}', { 'X-Status': String(status), 'Ce-Id': String(status) }));
  const seen = await events(statuses.length + 1);
  expect(
    seen
      .filter(({ type }) => type === 'request')
      .map(({ id }) => id)
      .toSorted(),
  ).toEqual(statuses.map(String));
  expect(seen.filter(({ type }) => type === 'response').map(({ id }) => id)).toEqual(['200']);
});

it('--log-all-responses: every answer with its status, the agent’s own errors too', async () => {
  const { send, events } = await startLogging({
    flags: ['--log-all-responses'],
    runtime: (incoming, outgoing) => {
      if (incoming.headers['x-status'] === 'reset') incoming.socket.destroy();
      else outgoing.writeHead(Number(incoming.headers['x-status']), { 'Content-Type': 'text/plain' }).end('no');
      incoming.resume();
    },
  });
  for (const status of ['200', '404', '503', 'reset']) await send(post('{}', { 'X-Status': status, 'Ce-Id': status }));
  const answers = (await events(8)).filter(({ type }) => type === 'response');
  const codes = Object.fromEntries(answers.map(({ id, attributes }) => [id, attributes.statuscode]));
  expect(codes).toEqual({ 200: '200', 404: '404', 503: '503', reset: '502' });
  const own = answers.find(({ id }) => id === 'reset');
  expect(Object.keys(JSON.parse(String(own?.data)) as object)).toEqual(['error']);
  expect(answers.find(({ id }) => id === '404')).toMatchObject({ contentType: 'text/plain', data: Buffer.from('no') });
});

it('the answer’s content type is its own, and codings stay', async () => {
  const packed = Buffer.from('H4sIAAAAAAAAA6tWSspPUrJSMlCqBQAeTyA6CwAAAA==', 'base64');
  const { exchange } = await startLogging({
    runtime: (incoming, outgoing) => {
      incoming.resume();
      answer(outgoing, packed, { 'Content-Type': 'text/csv; charset=latin1', 'Content-Encoding': 'gzip' });
    },
  });
  const { request, response } = await exchange(post('{"x":1}', { 'Content-Type': 'application/json; charset=utf-8' }));
  expect(request).toMatchObject({ contentType: 'application/json; charset=utf-8', contentEncoding: undefined });
  expect(response).toMatchObject({ contentType: 'text/csv; charset=latin1', contentEncoding: 'gzip', data: packed });
});

it('health checks of Kubernetes are not logged, whoever answers them', async () => {
  let asked = 0;
  const { send, exchange, sink } = await startLogging({
    runtime: (incoming, outgoing) => {
      asked += 1;
      answerOk(incoming, outgoing);
    },
  });
  await send(post('{}', { 'User-Agent': 'kube-probe/1.31' }));
  await send(post('{}', { 'User-Agent': 'Knative-Activator-Probe' }));
  expect(asked).toBe(2); // they are no probes of ours: the runtime has them
  await exchange(post('{"after":1}'));
  expect(sink.events()).toHaveLength(2);
});

it('what has no body is logged without one', async () => {
  const { agent, events } = await startLogging();
  await (await fetch(`${agent.url}/v2/models/m/ready`)).text();
  const seen = await events(2);
  expect(only(seen, 'request').data).toHaveLength(0);
  expect(only(seen, 'request').attributes).toMatchObject({ modelname: 'm', path: '/v2/models/m/ready' });
});
