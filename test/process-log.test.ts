// Are log lines what collectors expect, free of what must not be logged, and is the agent alive whatever becomes of stdout?
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { PassThrough, Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { OutriggerError } from '../src/errors.ts';
import { openMetrics } from '../src/metrics.ts';
import { openLog } from '../src/process-log.ts';

async function openRead(level: 'debug' | 'info' | 'warn' | 'error' = 'debug') {
  const destination = new PassThrough();
  const log = await openLog({ level, pretty: false }, { destination });
  const lines = (): Record<string, unknown>[] =>
    String(destination.read() ?? '')
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  return { log, lines };
}

test('a line is JSON with the level as a word, the time in ISO 8601, the message and the fields, and no more', async () => {
  const { log, lines } = await openRead();
  log.info({ port: 9081 }, 'listening');
  const [line] = lines();
  expect(line).toEqual({ level: 'info', time: expect.any(String), port: 9081, msg: 'listening' });
  expect(new Date(String(line?.time)).toISOString()).toBe(line?.time);
});

test.each([
  ['debug', ['debug', 'info', 'warn', 'error']],
  ['info', ['info', 'warn', 'error']],
  ['warn', ['warn', 'error']],
  ['error', ['error']],
] as const)('level %s writes %j', async (level, written) => {
  const { log, lines } = await openRead(level);
  for (const at of ['debug', 'info', 'warn', 'error'] as const) log[at]({}, 'x');
  expect(lines().map((line) => line.level)).toEqual(written);
});

test('an error is written with its code and the chain of its causes', async () => {
  const { log, lines } = await openRead();
  const refused = Object.assign(new Error('connect refused'), { code: 'ECONNREFUSED' });
  const err = new OutriggerError('UPSTREAM_UNREACHABLE', 'no runtime', {
    cause: new TypeError('failed', { cause: refused }),
  });
  log.error({ err }, 'x');
  expect(lines()[0]?.err).toMatchObject({
    type: 'OutriggerError',
    code: 'UPSTREAM_UNREACHABLE',
    message: 'no runtime',
    stack: expect.stringContaining('process-log.test'),
    cause: { type: 'TypeError', message: 'failed', cause: { code: 'ECONNREFUSED', message: 'connect refused' } },
  });
});

test('a chain of causes that bites its own tail ends', async () => {
  const { log, lines } = await openRead();
  const err = new Error('circle');
  err.cause = err;
  log.error({ err }, 'x');
  expect(JSON.stringify(lines()[0]?.err).match(/"message"/g)).toHaveLength(9);
});

test('what is thrown need not be an Error, and what hangs on one is not written', async () => {
  const { log, lines } = await openRead();
  const err = Object.assign(new Error('store'), {
    request: { headers: { authorization: 'canary-1' } },
    token: 'canary-2',
  });
  log.error({ err }, 'x');
  log.error({ err: 'text' }, 'x');
  log.error({ err: { secret: 'canary-3' } }, 'x');
  log.error({ headers: { cookie: 'canary-4' }, body: 'canary-5' }, 'x');
  const written = lines();
  expect(JSON.stringify(written)).not.toContain('canary');
  expect(written[1]?.err).toEqual({ type: 'string', message: 'text' });
  expect(written[2]?.err).toEqual({ type: 'object', message: 'not an Error' });
});

test('pretty lines are for people: no JSON, no colours unless for a terminal', async () => {
  for (const isTTY of [false, true]) {
    const destination = Object.assign(new PassThrough(), { isTTY });
    const log = await openLog({ level: 'info', pretty: true }, { destination });
    log.info({ port: 9081 }, 'listening');
    log.error({ err: new OutriggerError('INTERNAL', 'broken') }, 'bad');
    const text = String(destination.read());
    expect(text).toMatch(/INFO.*listening[\s\S]*port.*9081[\s\S]*ERROR.*bad[\s\S]*INTERNAL/);
    expect(text).not.toMatch(/^\{"/m);
    expect(text.includes('\u001b[')).toBe(isTTY);
  }
});

test('a reader that stalls costs lines beyond the backlog, each counted, and is told so once it reads again', async () => {
  const { logLinesDropped } = openMetrics();
  const destination = new PassThrough({ highWaterMark: 1024 });
  const log = await openLog({ level: 'info', pretty: false }, { destination, drops: logLinesDropped });
  const sent = 5000;
  for (let index = 0; index < sent; index += 1) log.info({ text: 'x'.repeat(500) }, 'line');
  expect(logLinesDropped.full.value).toBeGreaterThan(0);
  expect(destination.writableLength).toBeLessThan(1.1 * 1024 * 1024);
  let text = '';
  destination.on('data', (chunk) => {
    text += chunk;
  });
  await once(destination, 'drain');
  await log[Symbol.asyncDispose]();
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines.length).toBe(sent - logLinesDropped.full.value + 1);
  expect(lines.at(-1)).toMatchObject({ level: 'warn', droppedLines: logLinesDropped.full.value });
});

test('dispose waits for a slow reader, and gives up on one that never reads', async () => {
  const destination = new PassThrough({ highWaterMark: 16 });
  const log = await openLog({ level: 'info', pretty: false }, { destination });
  for (const index of [1, 2, 3]) log.info({ index }, 'line');
  await log[Symbol.asyncDispose](); // nobody reads: comes back all the same
  expect(destination.writableLength).toBeGreaterThan(0);
  const flushed = log[Symbol.asyncDispose]();
  destination.resume();
  await flushed;
  expect(destination.writableLength).toBe(0);
});

test('lines for a destination that has ended or fails are counted, not thrown', async () => {
  const { logLinesDropped } = openMetrics();
  const failing = new Writable({ write: (_chunk, _encoding, done) => done(new Error('EPIPE')) });
  const log = await openLog({ level: 'info', pretty: false }, { destination: failing, drops: logLinesDropped });
  log.info({}, 'first');
  await new Promise((resolve) => failing.on('close', resolve)); // `once` of node:events would throw its error
  log.info({}, 'second');
  await log[Symbol.asyncDispose]();
  expect(logLinesDropped.closed.value).toBe(2);
});

// A process of its own whose stdout is the real one; it tells over IPC what it counted.
const CHILD = `
  const { openLog } = await import(process.env.MODULE);
  const drops = { full: 0, closed: 0 };
  const log = await openLog({ level: 'info', pretty: false }, {
    drops: { full: { add: () => { drops.full += 1; } }, closed: { add: () => { drops.closed += 1; } } },
  });
  process.on('message', async (message) => {
    if (message === 'exit') return log[Symbol.asyncDispose]().then(() => process.exit(0));
    for (let index = 0; index < message; index += 1) log.info({ index, text: 'x'.repeat(1000) }, 'line');
    setImmediate(() => process.send({ alive: true, ...drops }));
  });
  process.send('open');
`;

async function spawnLogger(stdout: 'pipe' | 'ignore' | number): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', CHILD], {
    stdio: ['ignore', stdout, 'inherit', 'ipc'],
    env: { MODULE: new URL('../src/process-log.ts', import.meta.url).href },
  });
  await once(child, 'message');
  return child;
}

async function writeLines(
  child: ChildProcess,
  count: number,
): Promise<{ alive: boolean; full: number; closed: number }> {
  const answer = once(child, 'message');
  child.send(count);
  const [message] = await answer;
  return message as { alive: boolean; full: number; closed: number };
}

async function end(child: ChildProcess): Promise<number | null> {
  const exit = once(child, 'exit');
  child.send('exit');
  const [code] = await exit;
  return code as number | null;
}

test('a process whose stdout was closed lives on, counts the lost lines and exits 0', async () => {
  const child = await spawnLogger('pipe');
  child.stdout?.destroy();
  await writeLines(child, 10);
  const { alive, closed } = await writeLines(child, 10);
  expect(alive).toBe(true);
  expect(closed).toBeGreaterThan(0);
  expect(await end(child)).toBe(0);
});

test('a process whose stdout nobody reads is not held up, bounds its backlog and exits 0', async () => {
  const child = await spawnLogger('pipe');
  const { alive, full } = await writeLines(child, 5000);
  expect(alive).toBe(true);
  expect(full).toBeGreaterThan(3000);
  expect(await end(child)).toBe(0);
});

test('a process whose stdout is a full disk lives on and exits 0', async () => {
  const disk = openSync('/dev/full', 'w');
  const child = await spawnLogger(disk);
  closeSync(disk);
  expect((await writeLines(child, 10)).closed).toBeGreaterThan(0);
  expect(await end(child)).toBe(0);
});

test('lines that wait for a slow reader when the process ends are flushed', async () => {
  const child = await spawnLogger('pipe');
  await writeLines(child, 300); // 300 kB: more than the pipe holds
  let text = '';
  child.stdout?.on('data', (chunk) => {
    text += chunk;
  });
  const closed = once(child, 'close');
  expect(await end(child)).toBe(0);
  await closed;
  expect(
    text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).index),
  ).toEqual([...Array(300).keys()]);
});
