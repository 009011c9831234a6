// Does docs/status.schema.json describe what real agents tell at /status, all of it, and nothing else?
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { optionNames } from '../../src/config/options.ts';
import { errorCodes } from '../../src/errors.ts';
import { modelStates } from '../../src/model-report.ts';
import type { BriefReport, StatusReport } from '../../src/ops/status.ts';
import { toolMissing } from '../e2e/support/tool-missing.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-ports.ts';
import { ModelHome } from '../support/puller/model-home.ts';
import { serve } from '../support/runtimes/probed.ts';
import {
  compileStatusSchema,
  type Schema,
  schemasIn,
  statusSchema,
  statusSchemaText,
} from '../support/status-schema.ts';
import { startTestAgent, type TestAgent } from '../support/test-agent.ts';

const isReport = compileStatusSchema({ strict: false });
const isKnownReport = compileStatusSchema({ strict: true });
/** The whole report of each agent, by what is on in it. */
const reports = new Map<string, StatusReport>();

function expectDescribed(report: unknown): void {
  expect(isReport(report), JSON.stringify(isReport.errors)).toBe(true);
  expect(isKnownReport(report), JSON.stringify(isKnownReport.errors)).toBe(true);
}

type Opened = Pick<TestAgent, 'agent' | 'url'>;

async function startWithOps(runtimePort: number, flags: readonly string[] = []): Promise<Opened> {
  return startTestAgent(runtimePort, ['--metrics-port', String(await freePort()), ...flags]);
}

async function ask<Report>(opsPort: number | null, query = ''): Promise<Report> {
  return (await fetch(`http://127.0.0.1:${opsPort}/status${query}`)).json() as Promise<Report>;
}

/** Both, as the schema wants them, and the brief one with nothing but what the other has too. */
async function reportsOf(opsPort: number | null): Promise<StatusReport> {
  const [whole, brief] = [await ask<StatusReport>(opsPort), await ask<BriefReport>(opsPort, '?brief')];
  expectDescribed(whole);
  expectDescribed(brief);
  const { notices: _, config, ...rest } = whole;
  expect(Object.keys(config).length).toBeGreaterThan(50);
  expect(Object.keys(brief)).toEqual(Object.keys(rest));
  return whole;
}

/** Answers V1 with a prediction for each instance, and says of V2 models that they batch. */
const runtime: RequestListener = (request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const { instances } = JSON.parse(Buffer.concat(chunks).toString() || '{}') as { instances?: unknown[] };
    const answer = instances === undefined ? { name: 'm', max_batch_size: 8 } : { predictions: instances };
    response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
  });
};

function predict(url: string, path = '/v1/models/m:predict'): Promise<string> {
  const headers = { 'content-type': 'application/json' };
  return fetch(`${url}${path}`, { method: 'POST', headers, body: '{"instances":[[1,2]]}' }).then((answer) =>
    answer.text(),
  );
}

describe('real agents are described', () => {
  it.each(['auto', 'off'])('plain, before and after traffic, with --lanes %s', async (lanes) => {
    const { port } = await serve(createServer(runtime));
    const { agent, url } = await startWithOps(port, ['--lanes', lanes]);
    await reportsOf(agent.opsPort);
    await predict(url);
    await fetch(`${url}/v2/models/m`, { headers: { connection: 'close' } });
    await eventually(
      'both are counted',
      async () => (await ask<StatusReport>(agent.opsPort)).traffic.requests['2xx'] === 2,
    );
    const report = await reportsOf(agent.opsPort);
    const { traffic } = report;
    for (const { bounds, counts, count } of [traffic.requestSeconds, traffic.upstreamSeconds]) {
      expect([counts.length, counts.reduce((sum, one) => sum + one)]).toEqual([bounds.length + 1, count]);
    }
    expect(traffic).toMatchObject({ byProtocol: { http1: 2, http2: 0, grpc: 0 }, requestSeconds: { count: 2 } });
    expect(traffic.bodyBytes.request).toBe('{"instances":[[1,2]]}'.length);
    expect(traffic.relayedGrpc).toBe(report.lanes.grpc === 'relay' ? 0 : null);
    reports.set(`lanes ${lanes}`, report);
  });

  it('in front of a runtime that is not there', async () => {
    const { agent, url } = await startWithOps(await freePort());
    await predict(url);
    const report = await reportsOf(agent.opsPort);
    expect([report.readiness.ready, report.readiness.reasons.length]).toEqual([false, 1]);
    expect(Object.values(report.traffic.errors)).toEqual([1]);
    reports.set('no runtime', report);
  });

  it('with a batcher, and with a logger that has a spool, a sink that takes events and one that is dead', async () => {
    const { port } = await serve(createServer(runtime));
    const sink = await serve(createServer((request, response) => request.resume().on('end', () => response.end())));
    const spool = mkdtempSync(join(tmpdir(), 'outrigger-status-'));
    onTestFinished(() => rmSync(spool, { recursive: true }));
    const sinks = [sink.port, await freePort()].flatMap((sinkPort) => ['--log-url', `http://127.0.0.1:${sinkPort}/`]);
    const flags = ['--enable-batcher', '--max-latency', '20', ...sinks, '--log-spool-dir', spool];
    const { agent, url } = await startWithOps(port, flags);
    await Promise.all(Array.from({ length: 12 }, () => predict(url)));
    await predict(url, '/v2/models/m/infer');
    await eventually('all that can be told is there', async () => {
      const { batching, logging } = await ask<StatusReport>(agent.opsPort);
      const [live, dead] = logging?.sinks ?? [];
      return batching?.limits.length === 1 && live?.lastDelivery !== null && dead?.lastError !== null;
    });
    const report = await reportsOf(agent.opsPort);
    expect(report.batching?.models.m?.batches).toBeGreaterThan(0);
    expect(report.logging?.sinks.map(({ healthy }) => healthy)).toEqual([true, false]);
    reports.set('batcher and logger', report);
  });

  it('with models that are ready, on their way, missing and too large', async () => {
    const home = await ModelHome.open();
    home.put('good', 'good');
    home.put('slow', 'slow');
    home.storeFault = (request, answer) =>
      request.method === 'GET' && request.key.startsWith('slow/') ? null : answer;
    home.want({ good: 'good', slow: 'slow', gone: 'gone', large: { from: 'good', memory: '1G' } });
    const agent = await home.start(['--model-memory-budget', '10000000', '--model-disk-budget', '10000000']);
    await agent.until('each is where it stays', async () => {
      const { counts, list } = await agent.status();
      return counts.ready === 1 && list.filter(({ failure }) => failure !== null).length === 2;
    });
    const report = await reportsOf(agent.opsPort);
    expect(report.models?.list.find(({ name }) => name === 'slow')?.download).not.toBeNull();
    reports.set('models', report);
  });

  it('while it drains', async () => {
    const held = Promise.withResolvers<void>();
    const { port } = await serve(createServer((_, response) => void held.promise.then(() => response.end())));
    const { agent, url } = await startWithOps(port);
    const request = fetch(url);
    await eventually(
      'the request is there',
      async () => (await ask<StatusReport>(agent.opsPort)).requests.inFlight === 1,
    );
    const drained = agent.drain();
    const report = await reportsOf(agent.opsPort);
    held.resolve();
    await Promise.all([request, drained]);
    expect([report.drain, report.readiness.ready]).not.toEqual(['serving', true]);
    reports.set('draining', report);
  });
});

describe('the schema is not vacuous:', () => {
  /** What agents name as they like: there no field can be missing, and of `config` any plain value will do. */
  const openMaps =
    /^(traffic\.errors|batching\.models|batching\.models\.m\.(flushes|passed)|logging\.sinks\.\d\.dropped)$/;

  function* places(value: unknown, way: readonly string[] = []): Generator<readonly string[]> {
    if (way.length > 0) yield way;
    if (value === null || typeof value !== 'object' || way[0] === 'config') return;
    for (const [name, inner] of Object.entries(value)) yield* places(inner, [...way, name]);
  }

  /** Is it a report when this stands there, or nothing? Leaves it as it was. */
  function passesWith(report: object, way: readonly string[], value: unknown): boolean {
    const holder = way.slice(0, -1).reduce<unknown>((inner, name) => (inner as Record<string, unknown>)[name], report);
    const fields = holder as Record<string, unknown>;
    const last = way.at(-1) as string;
    const was = fields[last];
    if (value === undefined) delete fields[last];
    else fields[last] = value;
    const passes = isReport(report);
    fields[last] = was;
    return passes;
  }

  beforeAll(() => expect(reports.size).toBe(6));

  it('a field of the wrong kind is refused, wherever it is: nothing may be -1', () => {
    for (const report of reports.values()) {
      for (const way of places(report))
        expect(passesWith(report, way, -1), way.join('.')).toBe(way[0] === 'config' && way.length > 1);
    }
  });

  it('a field that is not there is missed, wherever it is', () => {
    for (const report of reports.values()) {
      const fields = [...places(report)].filter(
        (way) => !/^\d+$/.test(way.at(-1) as string) && !openMaps.test(way.slice(0, -1).join('.')),
      );
      for (const way of fields) expect(passesWith(report, way, undefined), way.join('.')).toBe(false);
    }
  });

  it('another version, half of a brief report and words of no closed set are refused, fields of a later release are not', () => {
    const report = reports.get('models') as StatusReport;
    const { notices: _, ...half } = report;
    expect(isReport(half)).toBe(false);
    const [model] = report.models?.list ?? [];
    const models = { ...report.models, list: [{ ...model, state: 'unheard' }] };
    for (const change of [{ schemaVersion: 2 }, { drain: 'leaving' }, { startedAt: 'yesterday' }, { models }])
      expect(isReport({ ...report, ...change })).toBe(false);
    const later = { ...report, news: 1, requests: { ...report.requests, news: 1 } };
    expect([isReport(later), isKnownReport(later)]).toEqual([true, false]);
  });
});

describe('the schema', () => {
  it('says of every field what it is', () => {
    const describe = ({ description, $ref }: Schema): string | undefined =>
      description ?? statusSchema.$defs?.[$ref?.split('/').at(-1) ?? '']?.description;
    const fields = [...schemasIn(statusSchema)].filter(
      ([at]) => /\/properties\/[^/]+$/.test(at) && !at.includes('/oneOf/') && !/\/(if|then|else)\//.test(at),
    );
    expect(fields.length).toBeGreaterThan(120);
    expect(fields.filter(([, field]) => describe(field) === undefined).map(([at]) => at)).toEqual([]);
  });

  it('knows the words of the program', () => {
    const { models, model, failure } = statusSchema.$defs ?? {};
    expect(models?.properties?.counts?.required).toEqual(modelStates);
    expect(model?.properties?.state?.enum).toEqual(modelStates);
    const code = failure?.properties?.code as { readonly pattern?: string };
    for (const word of errorCodes) expect(word).toMatch(new RegExp(code.pattern as string));
    const flags = [...statusSchemaText.matchAll(/--([a-z][a-z-]+)/g)].map(([, name]) => name as string);
    expect(flags.filter((name) => !(optionNames as readonly string[]).includes(name))).toEqual([]);
  });
});

describe('docs/status.md', () => {
  const text = readFileSync(join(import.meta.dirname, '../../docs/status.md'), 'utf8');
  const filters = [...text.matchAll(/\| jq '([^']+)'/g)].map(([, filter]) => filter as string);

  it('has filters that jq understands, and that find something in one of the reports', (context) => {
    context.skip(toolMissing('jq') !== null, 'no jq here');
    expect(filters).toHaveLength(6);
    const input = [...reports.values()].map((report) => JSON.stringify(report)).join('\n');
    for (const filter of filters) {
      const { status, stdout, stderr } = spawnSync('jq', ['-c', filter], { input, encoding: 'utf8' });
      expect([status, stderr], filter).toEqual([0, '']);
      expect(
        stdout.split('\n').filter((found) => found !== '' && found !== '{}'),
        filter,
      ).not.toEqual([]);
    }
  });

  it('says the rule of versions as the schema does', () => {
    const rule = statusSchema.description?.split('. ').at(-1) as string;
    expect(text.replaceAll('`', '').replaceAll(/\s+/g, ' ')).toContain(rule);
  });
});
