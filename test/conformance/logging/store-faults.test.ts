// What object stores do to the agent that logs to them, and what it does about it: no client notices, nothing is lost.
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { expect, it, onTestFinished } from 'vitest';
import { AgentProcess } from '../../e2e/support/agent-process.ts';
import { eventually } from '../../support/eventually.ts';
import { serve, serveHttp } from '../../support/runtimes/probed.ts';
import { errorAnswer } from '../../support/stores/s3-answers.ts';
import type { Alter } from '../../support/stores/s3-server.ts';
import { send } from '../batching/caller.ts';
import { answerOk, post } from './logging.ts';
import { label, recordsOf, s3Environment, startBucket, startStoreLogging } from './store-logging.ts';

const program = join(import.meta.dirname, '../../../src/main.ts');
const one = ['--log-mode', 'request'];
const idsOf = (objects: ReadonlyMap<string, Buffer>) => recordsOf(objects).map(({ id }) => id);

/** Answers with the first of `alters`, then the second, until there are none. */
function inTurn(...alters: Alter[]): Alter {
  const plainly: Alter = (_, answer) => answer;
  return (...seen) => (alters.shift() ?? plainly)(...seen);
}

it('an upload that is refused is done again, whatever the reason, with the same key and the same bytes', async () => {
  const codes = {
    500: 'InternalError',
    503: 'SlowDown',
    403: 'AccessDenied',
    404: 'NoSuchBucket',
    400: 'ExpiredToken',
  };
  const refusals = Object.entries({ ...codes, 409: 'ConditionalRequestConflict' }).map(
    ([status, code]): Alter =>
      ({ key }) => {
        logging.server.bucket('logs').delete(key); // it was not to be stored
        return errorAnswer(Number(status), code);
      },
  );
  const attempts = refusals.length + 1;
  const logging = await startStoreLogging(one, { alter: inTurn(...refusals) });
  await logging.infer('a');
  await expect.poll(logging.account).toMatchObject({ received: 1, delivered: 1, dropped: 0 });
  const { requests } = logging.server;
  expect(requests.length - attempts).toBeOneOf([0, 1]); // once more, to see whether the store heeds conditions
  expect(new Set(requests.map(({ key, body }) => `${key} ${body}`)).size).toBe(1);
  expect([...logging.server.bucket('logs').keys()]).toEqual(['prefix/a-request.json']);
});

it('the thread of stores may die: what it had under way is done by another one', async () => {
  const threads: Worker[] = [];
  const onWorker = (worker: Worker) => void threads.push(worker);
  process.on('worker', onWorker);
  onTestFinished(() => void process.off('worker', onWorker));
  const { infer, server, account } = await startStoreLogging(one, { alter: inTurn(() => null) });
  await infer('a');
  await eventually('an upload is on its way', () => server.requests.length === 1);
  await threads.at(-1)!.terminate();
  await infer('b');
  await expect.poll(account).toMatchObject({ received: 2, delivered: 2, dropped: 0 });
  expect(threads).toHaveLength(2);
});

it('a store that is down while many are logged has all of them when it is back, in batches that stayed together', async () => {
  const server = await startBucket();
  let down = true;
  const front = createServer((incoming, response) => {
    if (down) {
      incoming.socket.destroy();
      return;
    }
    const { method, url: path, headers } = incoming;
    const onward = request({ host: '127.0.0.1', port: server.port, method, path, headers }, (answer) => {
      response.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(response);
    });
    incoming.pipe(onward);
  });
  const { port } = await serve(front);
  const flags = [...one, '--log-batch-size', '10', '--log-batch-interval', '20ms', '--workers', '2'];
  const logging = await startStoreLogging(flags, server, s3Environment({ url: `http://127.0.0.1:${port}` }));
  const ids = Array.from({ length: 60 }, (_, nth) => `e${nth}`);
  for (const id of ids) expect((await logging.infer(id)).status).toBe(200);
  await eventually('the log says that it is down', () =>
    logging.agent.logged.some(({ level, fields }) => level === 'warn' && fields.sink === label),
  );
  expect(await logging.account()).toMatchObject({ received: 60, delivered: 0, queued: 60, dropped: 0 });
  down = false;
  await expect.poll(logging.account).toMatchObject({ delivered: 60, queued: 0, dropped: 0 });
  const objects = await logging.stored(1);
  expect(idsOf(objects).toSorted()).toEqual(ids.toSorted());
  for (const [key, body] of objects) {
    const [first] = [JSON.parse(body.toString())].flat();
    expect(key).toBe(`prefix/${first.id}-request.json`);
  }
});

it('requests are answered while the store answers nothing, and beyond the queue the newest is dropped', async () => {
  const silent: Alter = () => null;
  const flags = [...one, '--workers', '2', '--log-queue-max-events', '20'];
  const { infer, account } = await startStoreLogging(flags, { alter: silent });
  for (let nth = 0; nth < 100; nth++) expect((await infer(`e${nth}`)).status).toBe(200);
  await expect.poll(account).toMatchObject({ received: 100, delivered: 0, queued: 20, dropped: 80 });
});

it('an upload in flight is waited for when the agent ends', async () => {
  const answer = Promise.withResolvers<void>();
  const slow: Alter = (_, plain, response) => {
    void answer.promise.then(() => response.writeHead(plain.status, { ...plain.headers }).end(plain.body));
    return null;
  };
  const { infer, account, agent, server } = await startStoreLogging(one, { alter: inTurn(slow) });
  await infer('a');
  await eventually('it is on its way', () => server.requests.length === 1);
  const drained = agent.agent.drain();
  answer.resolve();
  await drained;
  expect(await account()).toMatchObject({ received: 1, delivered: 1, queued: 0, dropped: 0 });
});

it('an upload that is not answered in time is tried again', async () => {
  const flags = [...one, '--log-client-timeout', '200ms'];
  const { infer, stored, account } = await startStoreLogging(flags, { alter: inTurn(() => null) });
  await infer('a');
  // The first one was stored, though nobody said so: what comes again is kept beside it.
  expect(new Set(idsOf(await stored(2)))).toEqual(new Set(['a']));
  expect(await account()).toMatchObject({ received: 1, delivered: 1 });
});

it('a store that knows no condition has the digest in the key', async () => {
  const unknown: Alter = ({ headers }, plain) =>
    headers.has('if-none-match') ? errorAnswer(501, 'NotImplemented') : plain;
  const { infer, server, account } = await startStoreLogging(one, { alter: unknown });
  await infer('a');
  await expect.poll(account).toMatchObject({ delivered: 1 });
  expect([...server.bucket('logs').keys()].at(-1)).toMatch(/^prefix\/a-request-[0-9a-f]{12}\.json$/);
});

it('a URL that names no bucket ends the start', async () => {
  await expect(startStoreLogging(['--log-url', 's3://a..b/x'])).rejects.toMatchObject({ code: 'MODEL_URI_INVALID' });
});

it('a store whose client cannot be opened is said in the log before any request', async () => {
  const { agent } = await startStoreLogging(['--logger-ca-cert-file', '/no/such/file']);
  const warnings = () => agent.logged.filter(({ level, fields }) => level === 'warn' && fields.sink === label);
  await eventually('the log says so', () => warnings().length > 0);
  expect(String(warnings()[0]!.fields.reason)).toContain('/no/such/file');
});

it('nothing that was signed with is in the log or in what /status shows', async () => {
  const { infer, agent } = await startStoreLogging(one, { accounts: [] });
  await infer('a');
  const warned = () => agent.logged.some(({ level }) => level === 'warn');
  await eventually('the log says that it is refused', warned);
  expect(JSON.stringify(agent.logged)).not.toMatch(/TESTKEY|test-secret|Signature=/);
  expect(JSON.stringify(agent.logged)).toContain(label);
});

it('kill -9 after the answer: with a spool the record is stored after the next start', async () => {
  let down = true;
  const refuse: Alter = ({ key }, plain) => {
    if (!down) return plain;
    server.bucket('logs').delete(key);
    return errorAnswer(503, 'SlowDown');
  };
  const server = await startBucket({ alter: refuse });
  const { port } = await serveHttp(answerOk);
  const folder = mkdtempSync(join(tmpdir(), 'outrigger-spool-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const local = ['--host', '127.0.0.1', '--port', '0', '--metrics-port', '0', '--component-port', String(port)];
  const args = [...local, ...one, '--log-url', label, '--log-spool-dir', folder, '--log-spool-wait-ms', '5000'];
  const start = () => new AgentProcess({ program, args, env: s3Environment(server) });
  const ids = Array.from({ length: 20 }, (_, nth) => `e${nth}`);
  {
    await using killed = start(); // by SIGKILL
    const agentPort = await killed.served();
    await Promise.all(ids.map((id) => send(agentPort, post('{}', { 'Ce-Id': id }))));
  }
  down = false;
  await using next = start();
  await next.served();
  await eventually('all are stored', () => server.bucket('logs').size >= ids.length);
  const objects = [...server.bucket('logs').values()].map(({ body }) => JSON.parse(body.toString()).id);
  expect(new Set(objects)).toEqual(new Set(ids));
});
