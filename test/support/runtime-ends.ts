// The two ends of HTTP/1.1 towards a runtime, each alone and with a pool of its own: what one does, the other does.
import type { Readable } from 'node:stream';
import { onTestFinished } from 'vitest';
import { readConfig } from '../../src/config/read.ts';
import { Cancellation } from '../../src/http/cancellation.ts';
import { Client } from '../../src/http/client.ts';
import type { ProxyRequest, ProxyResponse } from '../../src/http/exchange.ts';
import { FlatHeaderBlock } from '../../src/http/header-block.ts';
import { emptyBody } from '../../src/http/small-body.ts';
import { ReadMoment } from '../../src/lanes/read-moment.ts';
import { openRuntimeLane } from '../../src/lanes/runtime/runtime-lane.ts';
import { ReadBuffers } from '../../src/lanes/socket/read-buffers.ts';
import { Scratch } from '../../src/lanes/socket/scratch.ts';
import { type Metrics, openMetrics } from '../../src/metrics.ts';
import { BufferCollector } from '../../src/upstream/buffer-collector.ts';
import { openHttp1Upstream } from '../../src/upstream/http1.ts';
import { Reachability } from '../../src/upstream/reachability.ts';
import type { Upstream } from '../../src/upstream/upstream.ts';

export const runtimeEnds = ['undici', 'lane'] as const;

export interface RuntimeEnd {
  readonly handle: Upstream['handle'];
  readonly metrics: Metrics;
  /** Of the lane: what its connections read into. */
  readonly buffers: ReadBuffers;
}

export function openRuntimeEnd(
  name: (typeof runtimeEnds)[number],
  port: number,
  flags: readonly string[] = [],
): RuntimeEnd {
  const { upstream: config } = readConfig({ argv: ['--component-port', String(port), ...flags], env: {} });
  const metrics = openMetrics();
  const parts = { config, metrics, reachability: new Reachability(), buffers: new BufferCollector() };
  const buffers = new ReadBuffers();
  const upstream =
    name === 'undici'
      ? openHttp1Upstream(parts)
      : openRuntimeLane(parts, { buffers, scratch: new Scratch(), way: 'public', reading: new ReadMoment() });
  onTestFinished(() => upstream[Symbol.asyncDispose]());
  return { handle: upstream.handle, metrics, buffers };
}

export const openLane = (port: number, flags: readonly string[] = []): RuntimeEnd =>
  openRuntimeEnd('lane', port, flags);

export interface RequestFields extends Partial<Omit<ProxyRequest, 'headers'>> {
  readonly fields?: readonly string[]; // flat
}

/** A GET of /v2 unless `given` says otherwise; a body without a length is bytes. */
export function proxyRequest({ fields = [], ...given }: RequestFields = {}): ProxyRequest {
  const body = given.body ?? emptyBody;
  return {
    protocol: 'http1',
    method: 'GET',
    path: '/v2',
    authority: 'h',
    headers: new FlatHeaderBlock(fields),
    body,
    contentLength: body instanceof Uint8Array ? body.length : null,
    trailers: null,
    expectContinue: false,
    cancellation: new Cancellation(),
    client: new Client(false),
    sendInformational: () => undefined,
    ...given,
  };
}

export const post = (body: string, given: RequestFields = {}): ProxyRequest =>
  proxyRequest({ method: 'POST', body: Buffer.from(body, 'latin1'), ...given });

/** All of a body; rejects when it breaks. */
export async function wholeBody(body: Uint8Array | Readable): Promise<Buffer> {
  if (body instanceof Uint8Array) return Buffer.from(body);
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** What a client could see of an exchange, or the code that it failed with. */
export async function outcome(answer: Promise<ProxyResponse>) {
  let head: object = {};
  try {
    const { status, reason, headers, body, trailers } = await answer;
    head = { status, reason, fields: [...headers] };
    const text = (await wholeBody(body)).toString('latin1');
    return { ...head, text, trailers: trailers && [...(trailers.fields ?? [])] };
  } catch (error) {
    return { ...head, failed: (error as { code?: string }).code ?? String(error) };
  }
}
