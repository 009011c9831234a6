// Requests and members of batches as tests of single stages need them: read as the agent reads them, over no connection.
import { Batch } from '../../src/batcher/batch.ts';
import { BatchQueue, type CallRuntime } from '../../src/batcher/batch-queue.ts';
import { ClientSources } from '../../src/batcher/client-sources.ts';
import type { Content } from '../../src/batcher/content.ts';
import { type Member, openMember } from '../../src/batcher/member.ts';
import type { ReleasePolicy } from '../../src/batcher/policy/release-policy.ts';
import { openWindowPolicy } from '../../src/batcher/policy/window-policy.ts';
import { WaitingRoom } from '../../src/batcher/waiting-room.ts';
import type { BatcherConfig } from '../../src/config/slices.ts';
import { Cancellation } from '../../src/http/cancellation.ts';
import { Client } from '../../src/http/client.ts';
import type { ProxyRequest, ProxyResponse } from '../../src/http/exchange.ts';
import { FlatHeaderBlock } from '../../src/http/header-block.ts';
import type { Log } from '../../src/log.ts';
import { Metrics } from '../../src/metrics.ts';
import { inferRequest, predictRequest } from './merge-texts.ts';

export const batcherConfig: BatcherConfig = {
  maxRows: 8,
  maxLatencyMs: 1000,
  policy: 'window',
  response: 'runtime',
  keyHeaders: null,
  models: ['*'],
  rerun: true,
  header: false,
  maxBodyBytes: 1000,
  maxWaitingRows: 16,
  maxWaitingBytes: 2000,
  maxKeys: 3,
};

const quiet = () => undefined;
export const silentLog: Log = { debug: quiet, info: quiet, warn: quiet, error: quiet };

export interface MemberSettings {
  /** name, value, name, value, ... */
  readonly headers?: readonly string[];
  readonly client?: Client;
  readonly cancellation?: Cancellation;
  readonly arrivedMs?: number;
  readonly queue?: BatchQueue;
  readonly path?: string;
}

export function proxyRequest(body: Uint8Array, settings: MemberSettings = {}): ProxyRequest {
  const { headers = [], client = new Client(false), cancellation = new Cancellation() } = settings;
  return {
    protocol: 'http1',
    method: 'POST',
    path: settings.path ?? '/v2/models/m/infer',
    authority: 'runtime:8080',
    headers: new FlatHeaderBlock(headers),
    body,
    contentLength: body.length,
    trailers: null,
    expectContinue: false,
    cancellation,
    client,
    sendInformational: () => undefined,
  };
}

export const rowsOf = (rows: number, id?: string): string =>
  `{${id === undefined ? '' : `"id":"${id}",`}"inputs":[{"name":"x","shape":[${rows},1],"datatype":"INT32","data":[${Array.from({ length: rows }, (_, row) => row)}]}]}`;

/** Of V2, so many rows of x INT32 [rows, 1] unless told. */
export function inferMember(rows: number, settings: MemberSettings = {}, json = rowsOf(rows)): Member {
  return memberOf({ protocol: 'v2', request: inferRequest(json) }, settings);
}

export function predictMember(json: string, settings: MemberSettings = {}): Member {
  return memberOf({ protocol: 'v1', request: predictRequest(json) }, { path: '/v1/models/m:predict', ...settings });
}

function memberOf(content: Content, settings: MemberSettings): Member {
  const request = proxyRequest(content.request.body, settings);
  const sources = settings.queue?.sourcesOf(request.client) ?? noSources();
  const member = openMember({ request, content, sources, arrivedMs: settings.arrivedMs ?? performance.now() });
  member.response.catch(() => undefined); // whoever does not ask for it does not care
  return member;
}

const noSources = (): ClientSources => new ClientSources(openWindowPolicy({ maxRows: 8, maxLatencyMs: 1 }), false);

export interface TestQueue {
  readonly queue: BatchQueue;
  readonly metrics: Metrics;
  readonly room: WaitingRoom;
}

/** The model is `m`; the policy a window of 8 rows and 1000 ms unless told. */
export function openQueue(callRuntime: CallRuntime, policy?: ReleasePolicy<unknown>, maxRows = 8): TestQueue {
  const metrics = new Metrics();
  const room = new WaitingRoom(batcherConfig, metrics);
  const queue = new BatchQueue({
    model: 'm',
    policy: policy ?? openWindowPolicy({ maxRows, maxLatencyMs: 1000 }),
    room,
    callRuntime,
    metrics: (answered) => (answered ? metrics.batching.model('m') : metrics.batching.modelIfKnown('m')),
  });
  queue.limit(maxRows, null);
  return { queue, metrics, room };
}

export function batchOf(members: readonly Member[], facts: { queue?: BatchQueue; sentMs?: number } = {}): Batch {
  const { queue } = openQueue(() => Promise.reject(new Error('nothing is sent')));
  return new Batch(members, facts.queue ?? queue, facts.sentMs);
}

export function textResponse(body: string, status = 200, headers: readonly string[] = []): ProxyResponse {
  return { status, headers: new FlatHeaderBlock(headers), body: Buffer.from(body), trailers: null };
}

/** Fields as `name: value`, in wire order. */
export function fieldsOf({ headers }: Pick<ProxyResponse, 'headers'>): string[] {
  return [...headers].map(([name, value]) => `${name}: ${value}`);
}

export function bodyText({ body }: Pick<ProxyResponse, 'body'>): string {
  if (!(body instanceof Uint8Array)) throw new Error('the body is a stream');
  return Buffer.from(body).toString('latin1');
}
