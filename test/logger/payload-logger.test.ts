import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config/read.ts';
import type { LoggerConfig } from '../../src/config/slices.ts';
import { OutriggerError } from '../../src/errors.ts';
import { Cancellation } from '../../src/http/cancellation.ts';
import { Client } from '../../src/http/client.ts';
import type { Body, Handler, ProxyRequest, ProxyResponse } from '../../src/http/exchange.ts';
import { FlatHeaderBlock } from '../../src/http/header-block.ts';
import { attributeOf, type LogEvent } from '../../src/logger/event/log-event.ts';
import { PayloadLogger } from '../../src/logger/payload-logger.ts';
import { openMetrics } from '../../src/metrics.ts';
import { silentLog } from '../support/members.ts';

function configOf(...flags: string[]): LoggerConfig {
  return readConfig({ argv: ['--log-url=http://sink/', ...flags], env: {} }).logger as LoggerConfig;
}

function open(next: Handler, flags: string[] = [], owed: () => Promise<void> | null = () => null) {
  const events: LogEvent[] = [];
  const { logging: metrics } = openMetrics();
  const account = metrics.sink('http://sink/');
  const intake = {
    offer(event: LogEvent) {
      events.push(event);
      return owed();
    },
  };
  const config = configOf(...flags);
  const stage = new PayloadLogger({ config, metrics, log: silentLog, outlets: [{ intake, metrics: account }], next });
  /** Events are made when the answer is on its way. */
  const handle = (request: ProxyRequest) => stage.handle(request).finally(turns);
  const logger = { handle };
  return { events, metrics, account, logger };
}

function requestOf(body: Body, headers: string[] = []): ProxyRequest {
  return {
    protocol: 'http1',
    method: 'POST',
    path: '/v1/models/m:predict',
    authority: 'host',
    headers: new FlatHeaderBlock(['Content-Type', 'application/json', ...headers]),
    body,
    contentLength: null,
    trailers: null,
    expectContinue: false,
    cancellation: new Cancellation(),
    client: new Client(false),
    sendInformational: () => undefined,
  };
}

function answerOf(body: Body, status = 200): ProxyResponse {
  return { status, headers: new FlatHeaderBlock(['Content-Type', 'application/json']), body, trailers: null };
}

const bytes = (text: string) => Buffer.from(text);
const payloads = (events: readonly LogEvent[]) =>
  events.map(({ kind, data }) => `${kind} ${Buffer.concat(data).toString()}`);
const drained = async ({ body }: ProxyResponse) =>
  (body instanceof Uint8Array ? Buffer.from(body) : await buffer(body)).toString();

async function turns(): Promise<void> {
  for (let i = 0; i < 5; i += 1) await turn();
}

describe('an exchange in memory', () => {
  it('is two events with one id, and passes as it is', async () => {
    const request = requestOf(bytes('{"instances":[1]}'), ['X-Request-Id', 'r-1']);
    const { events, logger } = open((asked) => {
      expect(asked).toBe(request);
      return Promise.resolve(answerOf(bytes('{"predictions":[2]}')));
    });
    expect(await drained(await logger.handle(request))).toBe('{"predictions":[2]}');
    expect(payloads(events)).toEqual(['request {"instances":[1]}', 'response {"predictions":[2]}']);
    expect(events.map((event) => attributeOf(event, 'id'))).toEqual(['r-1', 'r-1']);
  });

  it('streams on while it is copied, and is an event at its end', async () => {
    const [upload, answer] = [new PassThrough(), new PassThrough()];
    const { events, logger } = open((asked) => {
      (asked.body as Readable).pipe(new PassThrough()).resume();
      return Promise.resolve(answerOf(answer));
    });
    const { body } = await logger.handle(requestOf(upload));
    const got: string[] = [];
    (body as Readable).on('data', (chunk: Buffer) => got.push(chunk.toString())).resume();
    answer.write('one');
    await turns();
    expect([got, events]).toEqual([['one'], []]);
    upload.end('asked');
    answer.end('two');
    await turns();
    expect(got.join('')).toBe('onetwo');
    expect(payloads(events)).toEqual(['request asked', 'response onetwo']);
  });

  it('whose answer breaks off says so', async () => {
    const answer = new PassThrough();
    answer.on('error', () => undefined);
    const { events, logger } = open(() => Promise.resolve(answerOf(answer)));
    const { body } = await logger.handle(requestOf(bytes('x')));
    (body as Readable).on('error', () => undefined).resume();
    answer.write('half');
    await turns();
    answer.destroy(new Error('gone'));
    await turns();
    expect(payloads(events)).toEqual(['request x', 'response half']);
    expect(attributeOf(events[1] as LogEvent, 'incomplete')).toBe('true');
  });

  it('that failed inside the agent is told with the answer that its client gets, if all answers are wanted', async () => {
    const failing = () => Promise.reject(new OutriggerError('UPSTREAM_UNREACHABLE', 'no runtime'));
    const all = open(failing, ['--log-all-responses']);
    await expect(all.logger.handle(requestOf(bytes('x')))).rejects.toThrow('no runtime');
    expect(payloads(all.events)).toEqual(['request x', 'response {"error":"no runtime"}']);
    expect(attributeOf(all.events[1] as LogEvent, 'statuscode')).toBe('502');
    const usual = open(failing);
    await expect(usual.logger.handle(requestOf(bytes('x')))).rejects.toThrow('no runtime');
    expect(payloads(usual.events)).toEqual(['request x']);
  });

  it('whose client left has no answer', async () => {
    const left = () => Promise.reject(new OutriggerError('CLIENT_GONE', 'left'));
    const { events, logger } = open(left, ['--log-all-responses']);
    await expect(logger.handle(requestOf(bytes('x')))).rejects.toThrow('left');
    expect(payloads(events)).toEqual(['request x']);
  });

  it('is one event when both are wanted together, whichever is over first', async () => {
    const upload = new PassThrough();
    const { events, logger } = open(() => Promise.resolve(answerOf(bytes('[2]'))), ['--log-combined']);
    await logger.handle(requestOf(upload));
    expect(events).toEqual([]);
    upload.end('[1]');
    upload.resume();
    await turns();
    expect(events.map(({ kind }) => kind)).toEqual(['exchange']);
    const { request, response } = JSON.parse(Buffer.concat(events[0]?.data ?? []).toString());
    expect([request.data, response.data, response.statuscode]).toEqual([[1], [2], 200]);
  });

  it.each([
    ['request', ['request x']],
    ['response', ['response y']],
  ])('is logged by half with --log-mode %s', async (mode, expected) => {
    const { events, logger } = open(() => Promise.resolve(answerOf(bytes('y'))), [`--log-mode=${mode}`]);
    await logger.handle(requestOf(bytes('x')));
    expect(payloads(events)).toEqual(expected);
  });

  it('that cannot be copied for want of room is counted, and its client sees nothing of it', async () => {
    const flags = ['--log-queue-max-bytes=1Ki'];
    const answer = Readable.from([Buffer.alloc(800, 'a'), Buffer.alloc(800, 'b')]);
    const { events, account, logger } = open(() => Promise.resolve(answerOf(answer)), flags);
    expect(await drained(await logger.handle(requestOf(bytes('x'))))).toHaveLength(1600);
    await turns();
    expect(payloads(events)).toEqual(['request x']);
    expect(account.drops.get('capture_full')?.value).toBe(1);
    expect(account.queued.value).toBe(0);
  });

  it('that streams up is no event before its answer has begun: a sink must not get in the way of it', async () => {
    const upload = new PassThrough();
    const { promise, resolve } = Promise.withResolvers<ProxyResponse>();
    const { events, metrics, logger } = open(() => promise);
    const answer = logger.handle(requestOf(upload));
    upload.resume().end('asked');
    await turns();
    expect([events, metrics.captureBytes.value]).toEqual([[], 5]);
    resolve(answerOf(bytes('y')));
    await answer;
    expect([payloads(events), metrics.captureBytes.value]).toEqual([['request asked', 'response y'], 0]);
  });

  it('that the logger itself cannot cope with is passed on all the same, and counted', async () => {
    const { metrics, logger } = open(() => Promise.resolve(answerOf(bytes('y'))));
    const headers = {
      get(): never {
        throw new Error('a fault of ours');
      },
      write: (into: string[]) => into,
      wireBytes: 0,
      copyTo: (_target: Buffer, at: number) => at,
      [Symbol.iterator]: () => [][Symbol.iterator](),
    };
    expect(await drained(await logger.handle({ ...requestOf(bytes('x')), headers }))).toBe('y');
    const broken = { ...answerOf(bytes('y')), headers };
    const second = open(() => Promise.resolve(broken));
    expect(await drained(await second.logger.handle(requestOf(bytes('x'))))).toBe('y');
    expect([metrics.skipped('fault').value, second.metrics.skipped('fault').value]).toEqual([1, 1]);
  });

  it('outside the sample is passed on and counted', async () => {
    const { events, metrics, logger } = open(() => Promise.resolve(answerOf(bytes('y'))), ['--log-sample-rate=0']);
    expect(await drained(await logger.handle(requestOf(bytes('x'))))).toBe('y');
    expect([events, metrics.skipped('sampled_out').value]).toEqual([[], 1]);
  });
});

describe('an exchange with a spool', () => {
  const spool = ['--log-spool-dir=/tmp/unused'];

  it('is answered when its events are on disk', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const { events, logger } = open(
      () => Promise.resolve(answerOf(bytes('y'))),
      spool,
      () => promise,
    );
    let answered = false;
    const answer = logger.handle(requestOf(bytes('x'))).finally(() => {
      answered = true;
    });
    await turns();
    expect([answered, events.length]).toEqual([false, 2]);
    resolve();
    expect(await drained(await answer)).toBe('y');
  });

  it('that streams waits with its last byte only', async () => {
    let commit: () => void = () => undefined;
    const events: LogEvent[] = [];
    const { logging: metrics } = openMetrics();
    const offer = (event: LogEvent): Promise<void> => {
      events.push(event);
      if (event.kind === 'request') return Promise.resolve();
      return new Promise((resolve) => {
        commit = resolve;
      });
    };
    const answer = new PassThrough();
    const logger = new PayloadLogger({
      config: configOf(...spool),
      metrics,
      log: silentLog,
      outlets: [{ intake: { offer }, metrics: metrics.sink('http://sink/') }],
      next: () => Promise.resolve(answerOf(answer)),
    });
    const { body } = await logger.handle(requestOf(bytes('x')));
    const got: string[] = [];
    (body as Readable).on('data', (chunk: Buffer) => got.push(chunk.toString())).on('end', () => got.push('end'));
    (body as Readable).resume();
    answer.write('one');
    await turns();
    expect(got).toEqual(['one']);
    answer.end();
    await turns();
    expect([got, payloads(events)]).toEqual([['one'], ['request x', 'response one']]);
    commit();
    await turns();
    expect(got).toEqual(['one', 'end']);
  });

  it('tells of a failure when the request is on disk', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const failing = () => Promise.reject(new OutriggerError('UPSTREAM_UNREACHABLE', 'no runtime'));
    const { logger } = open(failing, spool, () => promise);
    let told = false;
    const answer = logger.handle(requestOf(bytes('x'))).catch(() => {
      told = true;
    });
    await turns();
    expect(told).toBe(false);
    resolve();
    await answer;
    expect(told).toBe(true);
  });
});

it('with a spool the last byte waits for a request, too, that ended after the head of its answer', async () => {
  const [upload, answer] = [new PassThrough(), new PassThrough()];
  const written: (() => void)[] = [];
  const owed = (): Promise<void> => new Promise((resolve) => written.push(resolve));
  const { logger } = open(
    (asked) => {
      (asked.body as Readable).resume();
      return Promise.resolve(answerOf(answer));
    },
    ['--log-spool-dir=/nowhere'],
    owed,
  );
  const { body } = await logger.handle(requestOf(upload));
  let ended = false;
  (body as Readable).on('end', () => (ended = true)).resume();
  upload.end('asked');
  await turns();
  answer.end('told');
  await turns();
  expect(written).toHaveLength(2);
  written[1]?.(); // the answer's event is on disk
  await turns();
  expect(ended).toBe(false);
  written[0]?.();
  await turns();
  expect(ended).toBe(true);
});
